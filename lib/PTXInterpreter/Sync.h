// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Order through memory: fences, and what atomics, acquires and releases publish. For the race checks only.
#ifndef CAMBER_PTXINTERPRETER_SYNC_H
#define CAMBER_PTXINTERPRETER_SYNC_H

#include "Warp.h"

namespace camber::ptx {

/// How an access orders others: Relaxed needs a fence before (to publish) or after it (to take over).
enum class Order : uint8_t { Weak, Relaxed, Acquire, Release, AcquireRelease };

Order orderOf(const class Decode &form, Order unspecified);
/// A place in memory, over all state spaces.
uint64_t placeOf(const Warp &warp, Space space, uint64_t address);
/// A write of that order to a place: what the warp has released is seen by whoever acquires it there.
void publish(Warp &warp, uint64_t place, Order order);
/// A read of that order.
void observe(Warp &warp, uint64_t place, Order order);
/// membar, fence.acq_rel and the like.
void fence(Warp &warp);

} // namespace camber::ptx

#endif
