// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// mbarrier instructions, and the proxy fences that go with them.
#include "MBarrier.h"
#include "AsyncCopy.h"
#include "Decode.h"
#include "Machine.h"
#include "Sync.h"
#include <fmt/format.h>

namespace camber::ptx {

MBarrierPlace mbarrierPlace(Warp &warp, uint64_t address, bool generic) {
  uint64_t offset = generic || address >= kSharedWindow ? address - kSharedWindow : address;
  Block *block = warp.block;
  if (offset >> 24) {
    const uint64_t rank = (offset >> 24) - 1;
    block = rank < warp.machine->blocks.size() ? warp.machine->blocks[rank].get() : block;
    offset &= 0xffffff;
  }
  return {block, offset};
}

MBarrier *findMBarrier(Warp &warp, const Inst &inst, const MBarrierPlace &place, int lane) {
  const auto found = place.block->mbarriers.find(place.offset);
  if (found == place.block->mbarriers.end()) {
    warp.report(Finding::Barrier, inst, lane,
                fmt::format("there is no mbarrier at shared address 0x{:x}", place.offset),
                "mbarrier.init makes one; a barrier tells the other warps");
    return nullptr;
  }
  MBarrier &barrier = found->second;
  if (warp.machine->races() && barrier.initAgent != warp.agent && warp.clock[barrier.initAgent] < barrier.initTime) {
    warp.report(
        Finding::Race, inst, lane,
        fmt::format("use of the mbarrier at shared address 0x{:x} is not ordered after its initialisation by warp {}",
                    place.offset, barrier.initAgent),
        "a barrier between mbarrier.init and its use is missing");
    barrier.initTime = 0;
  }
  return &barrier;
}

void completeOn(Machine &machine, MBarrier &barrier, int64_t arrivals, int64_t bytes, const Clock &clock) {
  barrier.pending -= arrivals;
  barrier.bytes -= bytes;
  if (machine.races())
    joinClock(barrier.nextClock, clock);
  if (barrier.pending != 0 || barrier.bytes != 0)
    return;
  ++barrier.phase;
  barrier.pending = barrier.count;
  barrier.clock = std::move(barrier.nextClock);
  barrier.nextClock.clear();
  ++machine.progress;
}

namespace {

/// Inst::flags
enum : uint8_t { kExpect = 1, kArrive = 2, kDrop = 4, kParity = 8, kComplete = 16 };

MBarrierPlace placeOfLane(Warp &warp, const Inst &inst, int lane) {
  return mbarrierPlace(warp, warp.address(inst, lane), inst.space == Space::Generic);
}

void initialise(Warp &warp, const Inst &inst, uint32_t mask) {
  Machine &machine = *warp.machine;
  warp.require(inst, inst.s[0], mask, "the address");
  warp.require(inst, inst.s[1], mask, "the number of arrivals");
  forEachLane(mask, [&](int lane) {
    const MBarrierPlace place = placeOfLane(warp, inst, lane);
    place.block->mbarriers.erase(place.offset);
    const View view = warp.access(inst, Space::Shared, place.offset, 8, Use::Write, lane);
    if (!view)
      return;
    if (machine.mbarrierCount >= kMaxMBarriers) {
      warp.report(Finding::Barrier, inst, lane, fmt::format("more than {} mbarriers", kMaxMBarriers),
                  "that is the interpreter's limit");
      throw AbortBlock{};
    }
    MBarrier barrier;
    barrier.count = warp.row<uint32_t>(inst.s[1])[lane];
    barrier.pending = barrier.count;
    barrier.number = static_cast<int>(machine.mbarrierCount++);
    barrier.initAgent = warp.agent;
    barrier.initTime = machine.races() ? warp.clock[warp.agent] : 0;
    if (barrier.count == 0 || barrier.count >= 1u << 20)
      warp.report(Finding::Barrier, inst, lane, fmt::format("an mbarrier for {} arrivals", barrier.count),
                  "their number is from 1 to 2^20 - 1");
    std::memset(view.state, Memory::Defined, 8);
    place.block->mbarriers[place.offset] = barrier;
    for (Warp &each : place.block->warps)
      each.plainShared = 0; // from now on accesses are compared with where mbarriers are
  });
}

void arrive(Warp &warp, const Inst &inst, uint32_t mask) {
  Machine &machine = *warp.machine;
  warp.require(inst, inst.s[0], mask, "the address");
  if (inst.s[1] >= 0)
    warp.require(inst, inst.s[1], mask, "the count");
  forEachLane(mask, [&](int lane) {
    MBarrier *barrier = findMBarrier(warp, inst, placeOfLane(warp, inst, lane), lane);
    if (!barrier)
      return;
    if (inst.d >= 0)
      warp.row<uint64_t>(inst.d)[lane] = barrier->phase;
    const int64_t operand = inst.s[1] >= 0 ? warp.row<uint32_t>(inst.s[1])[lane] : 1;
    if (inst.flags & kExpect)
      barrier->bytes += operand;
    const int64_t arrivals = !(inst.flags & kArrive) ? 0 : inst.flags & kExpect ? 1 : operand;
    if (arrivals > barrier->pending) {
      warp.report(Finding::Barrier, inst, lane,
                  fmt::format("more arrivals than the {} that the mbarrier was initialised with", barrier->count));
      return;
    }
    if (inst.flags & kDrop)
      barrier->count -= static_cast<uint32_t>(arrivals);
    completeOn(machine, *barrier, arrivals, inst.flags & kComplete ? operand : 0, warp.clock);
  });
  if (inst.d >= 0)
    warp.setUndefined(inst.d, mask, 0);
  machine.tick(warp);
}

void waitOn(Warp &warp, const Inst &inst, uint32_t mask) {
  warp.require(inst, inst.s[0], mask, "the address");
  warp.require(inst, inst.s[1], mask, "the phase");
  uint32_t complete = 0;
  forEachLane(mask, [&](int lane) {
    MBarrier *barrier = findMBarrier(warp, inst, placeOfLane(warp, inst, lane), lane);
    if (!barrier)
      throw AbortBlock{}; // it would be waited for in vain
    const bool done = inst.flags & kParity
                          ? (barrier->phase & 1) != (warp.row<uint32_t>(inst.s[1])[lane] & 1)
                          : barrier->phase != static_cast<uint32_t>(warp.row<uint64_t>(inst.s[1])[lane]);
    if (!done)
      return;
    complete |= 1u << lane;
    if (warp.machine->races())
      joinClock(warp.clock, barrier->clock);
  });
  warp.setPredicate(inst.d, mask, complete);
  warp.setUndefined(inst.d, mask, 0);
  warp.yields |= complete != mask;
}

void initialiseForm(Decode &form) {
  form.expectOperands(2, 2);
  form.inst.space = form.space();
  form.address(form.operand(0));
  form.inst.s[1] = form.source(form.operand(1), 32);
  form.inst.handler = initialise;
}

void invalidateForm(Decode &form) {
  form.expectOperands(1, 1);
  form.inst.space = form.space();
  form.address(form.operand(0));
  form.inst.handler = [](Warp &warp, const Inst &inst, uint32_t mask) {
    forEachLane(mask, [&](int lane) {
      const MBarrierPlace place = placeOfLane(warp, inst, lane);
      if (findMBarrier(warp, inst, place, lane))
        place.block->mbarriers.erase(place.offset);
    });
  };
}

template <int flags> void arriveForm(Decode &form) {
  Inst &inst = form.inst;
  inst.space = form.space();
  inst.flags = flags;
  size_t at = 0;
  if (flags & kArrive && form.operand(0).kind != Operand::Address)
    inst.d = form.destination(form.operand(at++), 64);
  form.address(form.operand(at++));
  form.expectOperands(flags & (kExpect | kComplete) ? at + 1 : at, at + 1);
  if (form.operandCount() > at)
    inst.s[1] = form.source(form.operand(at), 32);
  inst.handler = arrive;
}

void waitForm(Decode &form) {
  form.expectOperands(3, 4);
  Inst &inst = form.inst;
  inst.flow = Flow::Yield;
  inst.space = form.space();
  inst.flags = form.has("parity") ? kParity : 0;
  inst.d = form.destination(form.operand(0), 1);
  form.address(form.operand(1));
  inst.s[1] = form.source(form.operand(2), inst.flags ? 32 : 64);
  inst.handler = waitOn;
}

/// fence.proxy.async: what this warp has seen written is visible to the asynchronous proxy, mbarriers too.
void proxyFenceForm(Decode &form) {
  form.inst.handler = [](Warp &warp, const Inst &, uint32_t) {
    Machine &machine = *warp.machine;
    for (auto &block : machine.blocks)
      for (auto &[address, barrier] : block->mbarriers)
        barrier.fenced = true;
    if (!machine.races())
      return;
    machine.proxyClocks.resize(static_cast<size_t>(machine.warpCount));
    machine.proxyClocks[static_cast<size_t>(warp.agent)] = warp.clock;
    machine.tick(warp);
  };
}

void mbarrierFenceForm(Decode &form) {
  form.inst.handler = [](Warp &warp, const Inst &, uint32_t) {
    for (auto &block : warp.machine->blocks)
      for (auto &[address, barrier] : block->mbarriers)
        barrier.fenced = true;
    fence(warp);
  };
}

void noFenceForm(Decode &form) {
  form.inst.handler = [](Warp &, const Inst &, uint32_t) {};
}

#define SHARED "{shared,shared::cta,shared::cluster}?"

} // namespace

void addMBarrierForms(Forms &forms) {
  forms.insert(
      forms.end(),
      {
          {"mbarrier.init.{shared,shared::cta}?.b64", initialiseForm},
          {"mbarrier.inval.{shared,shared::cta}?.b64", invalidateForm},
          {"mbarrier.arrive.noComplete?.{release,relaxed}?.{cta,cluster}?." SHARED ".b64", arriveForm<kArrive>},
          {"mbarrier.arrive.expect_tx.{release,relaxed}?.{cta,cluster}?." SHARED ".b64", arriveForm<kArrive | kExpect>},
          {"mbarrier.arrive_drop.noComplete?.{release,relaxed}?.{cta,cluster}?." SHARED ".b64",
           arriveForm<kArrive | kDrop>},
          {"mbarrier.expect_tx.relaxed?.{cta,cluster}?." SHARED ".b64", arriveForm<kExpect>},
          {"mbarrier.complete_tx.relaxed?.{cta,cluster}?." SHARED ".b64", arriveForm<kComplete>},
          {"mbarrier.{test_wait,try_wait}.parity?.{acquire,relaxed}?.{cta,cluster}?.{shared,shared::cta}?.b64",
           waitForm},
          {"fence.proxy.async.{global,shared::cta,shared::cluster}?", proxyFenceForm},
          {"fence.mbarrier_init.release.cluster", mbarrierFenceForm},
          {"fence.proxy.alias", noFenceForm},
          {"fence.proxy.tensormap::generic.{acquire,release}.{cta,cluster,gpu,sys}", noFenceForm},
      });
}

} // namespace camber::ptx
