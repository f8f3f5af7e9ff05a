// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// cp.async: copies from global to shared memory that go on while the warp does something else.
//
// From its start until it has moved, the destination of a copy is Pending: reading it is a missing wait. For the race
// checks the copy is a write by the warp's asynchronous agent at its start; waiting makes the warp see that agent's
// time.
#include "AsyncCopy.h"
#include "Decode.h"
#include "Machine.h"
#include <algorithm>
#include <fmt/format.h>

namespace camber::ptx {

void moveCopy(Warp &warp, CopyOperation &operation, uint32_t lanes) {
  Block &block = *warp.block;
  Memory &memory = *warp.machine->launch.memory;
  forEachLane(operation.moving & lanes, [&](int lane) {
    uint8_t *to = block.shared.data() + operation.to[lane];
    uint8_t *state = block.sharedState.data() + operation.to[lane];
    const unsigned read = operation.read[lane];
    if (read) {
      Memory::Allocation &source = *memory.find(operation.from[lane]);
      const uint64_t offset = operation.from[lane] - source.address;
      std::memcpy(to, source.bytes + offset, read);
      const bool defined = allAre(source.state.data() + offset, read, Memory::Defined);
      for (unsigned i = 0; i < read; ++i)
        state[i] = defined || source.state[offset + i] == Memory::Defined ? Memory::Defined : Memory::Undefined;
    }
    if (read < operation.bytes) {
      std::memset(to + read, 0, operation.bytes - read);
      std::memset(state + read, Memory::Defined, operation.bytes - read);
    }
  });
  operation.moving &= ~lanes;
}

void waitForCopies(Warp &warp, uint32_t mask, uint32_t pending, bool all) {
  CopyQueue &queue = warp.copies;
  for (CopyOperation &operation : queue.operations) {
    uint32_t done = 0;
    forEachLane(mask & operation.waiting, [&](int lane) {
      if (all || operation.group[lane] + pending < queue.committed[lane])
        done |= 1u << lane;
    });
    moveCopy(warp, operation, done);
    operation.waiting &= ~done;
  }
  while (!queue.operations.empty() && !queue.operations.front().waiting)
    queue.operations.pop_front();
  queue.operations.erase(std::remove_if(queue.operations.begin(), queue.operations.end(),
                                        [](const CopyOperation &o) { return !o.waiting; }),
                         queue.operations.end());
  publishAsync(warp);
}

bool Machine::runAsyncOperations(bool idle) {
  if (options.async == Async::Random)
    for (auto &block : blocks)
      for (Warp &warp : block->warps)
        for (CopyOperation &operation : warp.copies.operations)
          if (operation.moving)
            moveCopy(warp, operation, random() & random());
  return runTensorCopies(idle);
}

namespace {

/// The destination of a lane as an offset into its block's shared memory; false, and reported, where it is none.
bool destinationOf(Warp &warp, const Inst &inst, int lane, unsigned bytes, uint64_t &to) {
  to = warp.address(inst, lane);
  if (inst.space == Space::Generic || to >= kSharedWindow)
    to -= kSharedWindow;
  if (to % bytes) {
    warp.report(Finding::Misaligned, inst, lane, fmt::format("copy of {} bytes to shared address 0x{:x}", bytes, to));
    return false;
  }
  if (to < kSharedBase || !isWithin(to, bytes, warp.block->shared.size())) {
    warp.report(Finding::OutOfBounds, inst, lane,
                fmt::format("copy of {} bytes to shared address 0x{:x}; shared memory is from 0x{:x} to 0x{:x}", bytes,
                            to, kSharedBase, warp.block->shared.size()));
    return false;
  }
  return true;
}

void copyAsync(Warp &warp, const Inst &inst, uint32_t mask) {
  Machine &machine = *warp.machine;
  warp.require(inst, inst.s[0], mask, "the destination address");
  warp.require(inst, inst.s[1], mask, "the source address");
  if (inst.s[2] >= 0)
    warp.require(inst, inst.s[2], mask, "the number of bytes");
  CopyOperation operation;
  operation.inst = &inst;
  operation.bytes = static_cast<unsigned>(inst.immediate);
  operation.time = ++warp.copies.time;
  Clock clock;
  const int agent = warp.agent + machine.warpCount;
  if (machine.races()) {
    clock = warp.clock;
    clock[static_cast<size_t>(agent)] = operation.time;
  }
  forEachLane(mask, [&](int lane) {
    uint64_t to;
    if (!destinationOf(warp, inst, lane, operation.bytes, to))
      return;
    unsigned read = operation.bytes;
    if (inst.s[2] >= 0 && inst.flags) // ignore-src: a predicate
      read = warp.predicateSource(inst, 2) >> lane & 1 ? 0 : read;
    else if (inst.s[2] >= 0)
      read = warp.row<uint32_t>(inst.s[2])[lane];
    if (read > operation.bytes) {
      warp.report(Finding::OutOfBounds, inst, lane,
                  fmt::format("src-size {} is larger than cp-size {}", read, operation.bytes));
      return;
    }
    const uint64_t from = warp.row<uint64_t>(inst.s[1])[lane] + static_cast<uint64_t>(inst.offset2);
    if (read) {
      if (from % operation.bytes) {
        warp.report(Finding::Misaligned, inst, lane,
                    fmt::format("copy of {} bytes from global address 0x{:x}", operation.bytes, from));
        return;
      }
      if (!warp.accessRange(inst, from, read, lane))
        return;
    }
    if (machine.races())
      machine.checkRace(warp.block->races, to, operation.bytes, warp, inst, lane, true, false, agent, clock, "shared");
    operation.to[lane] = to;
    operation.from[lane] = from;
    operation.read[lane] = read;
    operation.group[lane] = warp.copies.committed[lane];
    operation.waiting |= 1u << lane;
    std::memset(warp.block->sharedState.data() + to, Memory::Pending, operation.bytes);
  });
  operation.moving = operation.waiting;
  if (machine.options.async == Async::Early)
    moveCopy(warp, operation, kAllLanes);
  if (operation.waiting)
    warp.copies.operations.push_back(operation);
}

void copyForm(Decode &form) {
  form.expectOperands(3, 5);
  Inst &inst = form.inst;
  form.address(form.operand(0));
  form.address(form.operand(1), 1);
  inst.space = Space::Shared;
  inst.immediate = static_cast<uint64_t>(form.constant(form.operand(2)));
  const bool fits =
      form.has("cg") ? inst.immediate == 16 : inst.immediate == 4 || inst.immediate == 8 || inst.immediate == 16;
  if (!fits)
    form.fail("cp-size must be 4, 8 or 16, with .cg 16");
  if (form.registerBits(form.operand(1).parts[0]) == 32)
    form.fail("a global address has 64 bits");
  size_t more = form.operandCount();
  if (form.has("L2::cache_hint"))
    --more; // the policy: a hint
  if (more > 3) {
    const Operand &size = form.operand(3);
    inst.flags = form.registerBits(size) == 1 || size.negated;
    if (inst.flags)
      form.predicate(size, 2);
    else
      inst.s[2] = form.source(size, 32);
  }
  inst.handler = copyAsync;
}

void commitForm(Decode &form) {
  form.expectOperands(0, 0);
  form.inst.handler = [](Warp &warp, const Inst &, uint32_t mask) {
    forEachLane(mask, [&](int lane) { ++warp.copies.committed[lane]; });
  };
}

template <bool all> void waitForm(Decode &form) {
  form.expectOperands(all ? 0 : 1, all ? 0 : 1);
  if (!all)
    form.inst.immediate = static_cast<uint64_t>(form.constant(form.operand(0)));
  form.inst.handler = [](Warp &warp, const Inst &inst, uint32_t mask) {
    waitForCopies(warp, mask, static_cast<uint32_t>(inst.immediate), all);
  };
}

/// cp.async.mbarrier.arrive: an arrival when the copies that each lane has started have arrived, which is now. Who
/// reads them without waiting on the mbarrier is found by the race checks.
void arriveForm(Decode &form) {
  form.expectOperands(1, 1);
  form.inst.space = form.space();
  form.address(form.operand(0));
  form.inst.flags = form.has("noinc");
  form.inst.handler = [](Warp &warp, const Inst &inst, uint32_t mask) {
    Machine &machine = *warp.machine;
    warp.require(inst, inst.s[0], mask, "the address");
    for (CopyOperation &operation : warp.copies.operations) {
      moveCopy(warp, operation, mask);
      operation.waiting &= ~mask;
    }
    auto &operations = warp.copies.operations;
    operations.erase(
        std::remove_if(operations.begin(), operations.end(), [](const CopyOperation &o) { return !o.waiting; }),
        operations.end());
    Clock clock = warp.clock;
    if (machine.races())
      clock[static_cast<size_t>(warp.agent + machine.warpCount)] = warp.copies.time;
    forEachLane(mask, [&](int lane) {
      const MBarrierPlace place = mbarrierPlace(warp, warp.address(inst, lane), inst.space == Space::Generic);
      if (MBarrier *barrier = findMBarrier(warp, inst, place, lane)) // without .noinc it counts itself as expected
        completeOn(machine, *barrier, inst.flags ? 1 : 0, 0, clock);
    });
    machine.tick(warp);
  };
}

} // namespace

void addAsyncCopyForms(Forms &forms) {
  forms.insert(
      forms.end(),
      {
          {"cp.async.{ca,cg}.{shared,shared::cta}.global.L2::cache_hint?.{L2::64B,L2::128B,L2::256B}?", copyForm},
          {"cp.async.commit_group", commitForm},
          {"cp.async.wait_group", waitForm<false>},
          {"cp.async.wait_all", waitForm<true>},
          {"cp.async.mbarrier.arrive.noinc?.{shared,shared::cta}?.b64", arriveForm},
      });
}

} // namespace camber::ptx
