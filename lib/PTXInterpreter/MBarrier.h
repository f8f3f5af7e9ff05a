// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// mbarrier objects and the tensor copies that complete on them.
#ifndef CAMBER_PTXINTERPRETER_MBARRIER_H
#define CAMBER_PTXINTERPRETER_MBARRIER_H

#include "Races.h"

namespace camber::ptx {

struct Inst;
struct Warp;
struct Block;

/// More in a cluster are an error: their number is the size of clocks.
inline constexpr int kMaxMBarriers = 64;

/// Completes a phase when `pending` arrivals and `bytes` are both down to zero.
struct MBarrier {
  uint32_t count = 0;     ///< arrivals of a phase
  int64_t pending = 0;    ///< arrivals that the current phase lacks
  int64_t bytes = 0;      ///< expected bytes that have not come
  uint32_t phase = 0;     ///< completed phases
  Clock clock, nextClock; ///< what waiting on the last (current) phase makes seen
  int number = 0;         ///< in its cluster: the agent of its copies
  bool fenced = false;    ///< visible to the asynchronous proxy
};

/// cp.async.bulk(.tensor) under way.
struct TensorCopy {
  const Inst *inst = nullptr;
  Warp *warp = nullptr;
  int lane = 0;
  uint64_t map = 0, shared = 0, mbarrier = 0, global = 0, bytes = 0;
  int32_t at[5] = {};
  Clock clock; ///< of the warp when it started
};

} // namespace camber::ptx

#endif
