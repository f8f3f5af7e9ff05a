// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Barriers of blocks and clusters.
#include "Decode.h"
#include "Machine.h"
#include <fmt/format.h>

namespace camber::ptx {

namespace {

/// Inst::flags of barrier instructions.
enum BarrierKind : uint8_t { Sync, Arrive, CountTrue, AllTrue, AnyTrue };

} // namespace

void Machine::arriveAtBarrier(Warp &warp, const Inst &inst, uint32_t mask) {
  Block &block = *warp.block;
  warp.require(inst, inst.s[0], mask, "the number of the barrier");
  const int first = __builtin_ctz(mask);
  const int number = static_cast<int>(warp.row<uint32_t>(inst.s[0])[first]);
  const bool counted = inst.s[1] >= 0;
  const int count =
      counted ? static_cast<int>(warp.row<uint32_t>(inst.s[1])[first]) : static_cast<int>(block.warps.size()) * 32;
  if (number < 0 || number > 15) {
    report(Finding::Barrier, &warp, &inst, first, fmt::format("there is no barrier {}", number),
           "they are numbered from 0 to 15");
    throw AbortBlock{};
  }
  if (count <= 0 || count % 32) {
    report(Finding::Barrier, &warp, &inst, first, fmt::format("a barrier of {} threads", count),
           "their number must be a multiple of 32");
    throw AbortBlock{};
  }
  NamedBarrier &barrier = block.barriers[number];
  if (barrier.arrived && barrier.expected != count)
    report(Finding::Barrier, &warp, &inst, first,
           fmt::format("barrier {} is used for {} threads here and for {} elsewhere", number, count, barrier.expected));
  barrier.expected = count;
  barrier.everyone = !counted;
  barrier.arrived += 32;
  if (barrier.arrived > count)
    report(Finding::Barrier, &warp, &inst, first,
           fmt::format("more than {} threads arrive at barrier {}", count, number));
  if (races()) {
    joinClock(barrier.clock, warp.clock);
    tick(warp);
  }
  if (inst.flags >= CountTrue) {
    const uint32_t predicate = warp.predicateSource(inst, 2) & mask;
    barrier.trueThreads += static_cast<uint32_t>(__builtin_popcount(predicate));
    barrier.falseThreads += static_cast<uint32_t>(__builtin_popcount(mask & ~predicate));
  }
  ++progress;
  if (inst.flags != Arrive) {
    warp.barrier = number;
    barrier.waiting.push_back({&warp, &inst, mask});
  }
  if (barrier.arrived >= barrier.expected)
    completeBarrier(block, number);
  else if (barrier.everyone)
    warpExited(block);
}

void Machine::completeBarrier(Block &block, int number) {
  const NamedBarrier barrier = std::move(block.barriers[number]);
  block.barriers.erase(number);
  for (const NamedBarrier::Waiting &waiting : barrier.waiting) {
    Warp &warp = *waiting.warp;
    const Inst &inst = *waiting.inst;
    warp.barrier = -1;
    if (races())
      joinClock(warp.clock, barrier.clock);
    if (inst.flags == CountTrue)
      forEachLane(waiting.mask, [&](int lane) { warp.row<uint32_t>(inst.d)[lane] = barrier.trueThreads; });
    else if (inst.flags == AllTrue)
      warp.setPredicate(inst.d, waiting.mask, barrier.falseThreads ? 0 : kAllLanes);
    else if (inst.flags == AnyTrue)
      warp.setPredicate(inst.d, waiting.mask, barrier.trueThreads ? kAllLanes : 0);
    if (inst.flags >= CountTrue)
      warp.setUndefined(inst.d, waiting.mask, 0);
  }
  ++progress;
}

void Machine::warpExited(Block &block) {
  int living = 0;
  for (const Warp &warp : block.warps)
    living += warp.alive != 0 ? 32 : 0;
  for (auto &[number, barrier] : block.barriers)
    if (barrier.everyone && barrier.arrived && barrier.arrived >= living) {
      completeBarrier(block, number);
      return;
    }
  if (clusterArrived)
    completeClusterBarrier();
}

void Machine::arriveAtClusterBarrier(Warp &warp) {
  warp.clusterPhase = clusterPhase + 1;
  ++clusterArrived;
  if (races()) {
    joinClock(clusterClock, warp.clock);
    tick(warp);
  }
  ++progress;
  completeClusterBarrier();
}

void Machine::waitAtClusterBarrier(Warp &warp) {
  if (warp.clusterPhase > clusterPhase)
    warp.clusterWaiting = true;
  else if (races())
    joinClock(warp.clock, clusterClock);
}

void Machine::completeClusterBarrier() {
  size_t living = 0;
  for (auto &block : blocks)
    for (const Warp &warp : block->warps)
      living += warp.alive != 0;
  if (clusterArrived < living)
    return;
  ++clusterPhase;
  clusterArrived = 0;
  for (auto &block : blocks)
    for (Warp &warp : block->warps)
      if (warp.clusterWaiting) {
        warp.clusterWaiting = false;
        if (races())
          joinClock(warp.clock, clusterClock);
      }
  ++progress;
}

template <BarrierKind kind> static void barrierForm(Decode &form) {
  // [d,] number [, threads] [, predicate]
  const bool reduces = kind >= CountTrue;
  size_t at = 0;
  form.expectOperands(reduces ? 3 : 1, reduces ? 4 : 2);
  if (reduces)
    form.inst.d = form.destination(form.operand(at++), kind == CountTrue ? 32 : 1);
  form.inst.s[0] = form.source(form.operand(at++), 32);
  if (form.operandCount() - at == (reduces ? 2u : 1u))
    form.inst.s[1] = form.source(form.operand(at++), 32);
  else if (kind == Arrive)
    form.fail("bar.arrive needs a number of threads");
  if (reduces)
    form.predicate(form.operand(at), 2);
  form.inst.flags = kind;
  form.inst.flow = Flow::Barrier;
  form.inst.handler = [](Warp &warp, const Inst &inst, uint32_t mask) {
    warp.machine->arriveAtBarrier(warp, inst, mask);
  };
}

template <bool arrives, bool waits> static void clusterForm(Decode &form) {
  form.expectOperands(0, 0);
  form.inst.flow = Flow::Barrier;
  form.inst.handler = [](Warp &warp, const Inst &, uint32_t) {
    if (arrives)
      warp.machine->arriveAtClusterBarrier(warp);
    if (waits)
      warp.machine->waitAtClusterBarrier(warp);
  };
}

void addBarrierForms(Forms &forms) {
  forms.insert(forms.end(), {
                                {"bar.cta?.sync", barrierForm<Sync>},
                                {"bar.cta?.arrive", barrierForm<Arrive>},
                                {"bar.cta?.red.popc.u32", barrierForm<CountTrue>},
                                {"bar.cta?.red.and.pred", barrierForm<AllTrue>},
                                {"bar.cta?.red.or.pred", barrierForm<AnyTrue>},
                                {"barrier.cta?.sync.aligned?", barrierForm<Sync>},
                                {"barrier.cta?.arrive.aligned?", barrierForm<Arrive>},
                                {"barrier.cta?.red.popc.aligned?.u32", barrierForm<CountTrue>},
                                {"barrier.cta?.red.and.aligned?.pred", barrierForm<AllTrue>},
                                {"barrier.cta?.red.or.aligned?.pred", barrierForm<AnyTrue>},
                                {"barrier.cluster.arrive.{release,relaxed}?.aligned?", clusterForm<true, false>},
                                {"barrier.cluster.wait.acquire?.aligned?", clusterForm<false, true>},
                            });
}

} // namespace camber::ptx
