// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// mbarrier objects, and the bulk copies that complete on them.
#ifndef CAMBER_PTXINTERPRETER_MBARRIER_H
#define CAMBER_PTXINTERPRETER_MBARRIER_H

#include "Races.h"

namespace camber::ptx {

struct Inst;
struct Warp;
struct Block;
class Machine;

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
  int initAgent = 0;      ///< who initialised it, and when
  uint32_t initTime = 0;
};

/// Where an mbarrier is: its block and the offset in shared memory.
struct MBarrierPlace {
  Block *block;
  uint64_t offset;
};
MBarrierPlace mbarrierPlace(Warp &warp, uint64_t address, bool generic);
/// The object, or nullptr, and reported.
MBarrier *findMBarrier(Warp &warp, const Inst &inst, const MBarrierPlace &place, int lane);
/// `arrivals` and `bytes` have come; ends the phase if nothing is missing. `clock` becomes visible to those who wait.
void completeOn(Machine &machine, MBarrier &barrier, int64_t arrivals, int64_t bytes, const Clock &clock);

/// cp.async.bulk(.tensor) under way: global to shared memory completing on an mbarrier, or shared to global memory in a
/// group.
struct BulkCopy {
  const Inst *inst = nullptr;
  Warp *warp = nullptr;
  int lane = 0;
  bool toGlobal = false, tensor = false;
  uint64_t map = 0, global = 0, shared = 0, bytes = 0; ///< `shared` within `block`
  Block *block = nullptr;
  MBarrierPlace mbarrier = {nullptr, 0};
  int32_t at[5] = {};
  Clock clock;        ///< of the warp when it started, its own time in it
  uint32_t time = 0;  ///< toGlobal: of the warp's asynchronous agent
  uint32_t group = 0; ///< toGlobal: counted from 0
};

} // namespace camber::ptx

#endif
