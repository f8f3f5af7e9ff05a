// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Order through memory.
//
//     st [data]; fence; atom [flag]            the atomic publishes what was before the fence
//     atom [flag]; fence; ld [data]            what it observes counts from the fence on
//
// Within a cluster that is exact to the access. Between blocks, which run one after the other, a block's whole past is
// ordered once it has published something that the other observes.
#include "Sync.h"
#include "Decode.h"
#include "Machine.h"

namespace camber::ptx {

Order orderOf(const Decode &form, Order unspecified) {
  return form.has("acq_rel")                           ? Order::AcquireRelease
         : form.has("acquire")                         ? Order::Acquire
         : form.has("release")                         ? Order::Release
         : form.has("relaxed") || form.has("volatile") ? Order::Relaxed
         : form.has("weak")                            ? Order::Weak
                                                       : unspecified;
}

uint64_t placeOf(const Warp &warp, Space space, uint64_t address) {
  const uint64_t window = address & ~(kWindowBytes - 1);
  if (space == Space::Shared || (space == Space::Generic && window == kSharedWindow)) {
    uint64_t offset = space == Space::Shared ? address : address - kSharedWindow;
    const uint64_t rank = offset >> 24 ? (offset >> 24) - 1 : warp.block->rank;
    return kSharedWindow | rank << 24 | (offset & 0xffffff);
  }
  return address;
}

void publish(Warp &warp, uint64_t place, Order order) {
  Machine &machine = *warp.machine;
  if (!machine.races() || order == Order::Weak)
    return;
  const bool releases = order == Order::Release || order == Order::AcquireRelease;
  const Clock &past = releases ? warp.clock : warp.release;
  if (past[warp.agent] == 0)
    return; // no fence so far
  Launch::Sync &sync = machine.launch.syncs[place];
  const uint32_t here = machine.blocks[0]->number;
  if (sync.block != here)
    sync.clock.assign(past.size(), 0);
  sync.block = here;
  sync.blocks.insert(here);
  sync.blocks.insert(machine.orderedBlocks.begin(), machine.orderedBlocks.end());
  joinClock(sync.clock, past);
  if (releases)
    machine.tick(warp);
}

void observe(Warp &warp, uint64_t place, Order order) {
  Machine &machine = *warp.machine;
  if (!machine.races() || order == Order::Weak)
    return;
  const auto found = machine.launch.syncs.find(place);
  if (found == machine.launch.syncs.end())
    return;
  const Launch::Sync &sync = found->second;
  const bool acquires = order == Order::Acquire || order == Order::AcquireRelease;
  if (sync.block == machine.blocks[0]->number)
    joinClock(acquires ? warp.clock : warp.acquired, sync.clock);
  auto &blocks = acquires ? machine.orderedBlocks : machine.observedBlocks;
  blocks.insert(sync.blocks.begin(), sync.blocks.end());
}

void fence(Warp &warp) {
  Machine &machine = *warp.machine;
  if (!machine.races())
    return;
  joinClock(warp.clock, warp.acquired);
  machine.orderedBlocks.insert(machine.observedBlocks.begin(), machine.observedBlocks.end());
  warp.release = warp.clock;
  machine.tick(warp);
}

} // namespace camber::ptx
