// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The cp.async operations of a warp, from their start until they are waited for.
//
// Groups are a matter of each lane: cp.async.commit_group by some lanes ends the groups of those. An operation is
// dropped when every lane has waited for its part; whether its bytes have moved by then is up to LaunchOptions::async.
#ifndef CAMBER_PTXINTERPRETER_ASYNCQUEUE_H
#define CAMBER_PTXINTERPRETER_ASYNCQUEUE_H

#include <array>
#include <cstdint>
#include <deque>

namespace camber::ptx {

struct Inst;

struct CopyOperation {
  const Inst *inst = nullptr;
  uint32_t waiting = 0; ///< lanes that have not waited for their part
  uint32_t moving = 0;  ///< lanes whose bytes have not moved
  unsigned bytes = 0;   ///< written by each lane
  uint32_t time = 0;    ///< of the asynchronous agent, for Races
  std::array<uint64_t, 32> to, from;
  std::array<uint32_t, 32> read;  ///< how many bytes come from `from`; the rest are zeros
  std::array<uint32_t, 32> group; ///< of each lane, counted from 0
};

struct CopyQueue {
  std::deque<CopyOperation> operations;
  std::array<uint32_t, 32> committed{}; ///< groups that each lane has ended
  uint32_t time = 0;                    ///< of the last operation started
};

} // namespace camber::ptx

#endif
