// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// TMA: bulk copies of bytes, and of boxes of tensors, swizzled.
//
// A copy to shared memory makes its destination Pending, is an access of its mbarrier's agent for the race checks, and
// lands when nothing else in the cluster moves (Late), at once (Early) or in between (Random). A copy to global memory
// reads shared memory until its group is waited for.
#include "AsyncCopy.h"
#include "Decode.h"
#include "Machine.h"
#include <algorithm>
#include <fmt/format.h>

namespace camber::ptx {

namespace {

constexpr uint64_t kMagic = 0x70616d2072626d43; // of a tensor map made by TensorMap::encode

/// Where a byte goes: address bits 4 to 6 are xored with bits 7 to 9, as many as the pattern is wide.
uint64_t swizzled(uint64_t address, uint32_t bytes) {
  return bytes ? address ^ ((address >> 7 & (bytes / 16 - 1)) << 4) : address;
}

TensorMap decodeMap(const uint8_t *bytes, bool &valid) {
  TensorMap map;
  uint64_t words[16];
  std::memcpy(words, bytes, sizeof(words));
  valid = words[0] == kMagic;
  map.address = words[1];
  map.rank = words[2] & 0xff;
  map.elementBytes = words[2] >> 8 & 0xff;
  map.swizzleBytes = words[2] >> 16 & 0xffff;
  for (int i = 0; i < 5; ++i) {
    map.size[i] = words[3 + i];
    map.stride[i] = words[8 + i];
    map.box[i] = static_cast<uint32_t>(words[13 + i / 2] >> 32 * (i % 2));
  }
  return map;
}

struct Copier {
  Machine &machine;
  BulkCopy &copy;

  void fail(Finding::Kind kind, const std::string &message, const std::string &advice = "") {
    machine.report(kind, copy.warp, copy.inst, copy.lane, message, advice);
  }
  /// `bytes` between shared and global memory.
  void move(uint64_t shared, uint64_t global, uint64_t bytes) {
    uint8_t *to = copy.block->shared.data() + shared, *state = copy.block->sharedState.data() + shared;
    Memory::Allocation *memory = machine.launch.memory->find(global);
    if (!memory || global < memory->address || !isWithin(global - memory->address, bytes, memory->size)) {
      fail(Finding::OutOfBounds,
           fmt::format("bulk copy of {} bytes at global address 0x{:x}, outside of every allocation", bytes, global));
      return;
    }
    const uint64_t offset = global - memory->address;
    if (!copy.toGlobal) {
      std::memcpy(to, memory->bytes + offset, bytes);
      for (uint64_t i = 0; i < bytes; ++i)
        state[i] = memory->state[offset + i] == Memory::Defined ? Memory::Defined : Memory::Undefined;
      return;
    }
    if (memory->access == Access::Read) {
      fail(Finding::ReadOnly, fmt::format("bulk copy to '{}' at byte {}", memory->name, offset));
      return;
    }
    if (!allDefined(state, static_cast<unsigned>(bytes)) && machine.options.checkUndefined)
      fail(Finding::Undefined, fmt::format("bulk copy of undefined bytes at shared address 0x{:x}", shared));
    std::memcpy(memory->bytes + offset, to, bytes);
    std::memcpy(memory->state.data() + offset, state, bytes);
  }
  /// The box of a tensor, element by element: rows outside of it are zeros (or are not stored).
  void moveBox(const TensorMap &map) {
    uint64_t rows = 1;
    for (uint32_t i = 1; i < map.rank; ++i)
      rows *= map.box[i];
    const uint64_t size = map.elementBytes, rowBytes = map.box[0] * size;
    for (uint64_t row = 0; row < rows; ++row) {
      uint64_t global = map.address, rest = row;
      bool inside = true;
      for (uint32_t i = 1; i < map.rank; ++i) {
        const int64_t index = copy.at[i] + static_cast<int64_t>(rest % map.box[i]);
        rest /= map.box[i];
        inside &= index >= 0 && index < static_cast<int64_t>(map.size[i]);
        global += static_cast<uint64_t>(index) * map.stride[i];
      }
      for (uint64_t x = 0; x < map.box[0]; ++x) {
        const int64_t index = copy.at[0] + static_cast<int64_t>(x);
        const uint64_t shared = swizzled(copy.shared + row * rowBytes + x * size, map.swizzleBytes);
        if (inside && index >= 0 && index < static_cast<int64_t>(map.size[0])) {
          move(shared, global + static_cast<uint64_t>(index) * size, size);
        } else if (!copy.toGlobal) {
          std::memset(copy.block->shared.data() + shared, 0, size);
          std::memset(copy.block->sharedState.data() + shared, Memory::Defined, size);
        }
      }
    }
  }
  bool map(TensorMap &result) {
    View view = copy.warp->checkedAccess(*copy.inst, Space::Generic, copy.map, 16, Use::Read, copy.lane);
    bool valid = false;
    if (view && copy.warp->checkedAccess(*copy.inst, Space::Generic, copy.map + 112, 16, Use::Read,
                                         copy.lane)) // its last bytes
      result = decodeMap(view.bytes, valid);
    if (!valid)
      fail(Finding::OutOfBounds, fmt::format("there is no tensor map at 0x{:x}", copy.map),
           "the kernel's parameter must hold what TensorMap::encode makes");
    return valid;
  }
  void run() {
    TensorMap tensor;
    if (!copy.tensor)
      move(copy.shared, copy.global, copy.bytes);
    else if (map(tensor))
      moveBox(tensor);
    ++machine.progress;
    if (copy.toGlobal)
      return;
    const auto found = copy.mbarrier.block->mbarriers.find(copy.mbarrier.offset);
    if (found != copy.mbarrier.block->mbarriers.end())
      completeOn(machine, found->second, 0, static_cast<int64_t>(copy.bytes), copy.clock);
  }
};

/// Alignment, bounds and the race check of a copy that starts; false where it cannot be made.
bool checkStart(Machine &machine, BulkCopy &copy) {
  Copier copier{machine, copy};
  uint64_t alignment = 16;
  if (copy.tensor) {
    TensorMap map;
    if (!copier.map(map))
      return false;
    copy.bytes = map.elementBytes;
    for (uint32_t i = 0; i < map.rank; ++i)
      copy.bytes *= map.box[i];
    alignment = map.swizzleBytes ? 8 * map.swizzleBytes : 128;
    if (map.swizzleBytes && uint64_t(map.box[0]) * map.elementBytes > map.swizzleBytes)
      copier.fail(Finding::OutOfBounds, fmt::format("rows of {} bytes are wider than the swizzle pattern of {}",
                                                    map.box[0] * map.elementBytes, map.swizzleBytes));
  } else if (copy.bytes % 16 || copy.global % 16) {
    copier.fail(Finding::Misaligned,
                fmt::format("bulk copy of {} bytes at global address 0x{:x}", copy.bytes, copy.global),
                "both must be multiples of 16");
    return false;
  }
  if (copy.shared % alignment) {
    copier.fail(Finding::Misaligned, fmt::format("bulk copy at shared address 0x{:x}", copy.shared),
                fmt::format("it must be a multiple of {}", alignment));
    return false;
  }
  if (copy.shared < kSharedBase || !isWithin(copy.shared, copy.bytes, copy.block->shared.size())) {
    copier.fail(Finding::OutOfBounds,
                fmt::format("bulk copy of {} bytes at shared address 0x{:x}; shared memory is from 0x{:x} to 0x{:x}",
                            copy.bytes, copy.shared, kSharedBase, copy.block->shared.size()));
    return false;
  }
  return true;
}

void start(Machine &machine, BulkCopy copy) {
  Warp &warp = *copy.warp;
  if (!checkStart(machine, copy))
    return;
  copy.clock = warp.clock;
  int agent = warp.agent + machine.warpCount;
  if (copy.toGlobal) {
    copy.time = ++warp.copies.time;
    copy.group = warp.bulkCommitted;
  } else {
    MBarrier *barrier = findMBarrier(warp, *copy.inst, copy.mbarrier, copy.lane);
    if (!barrier)
      return;
    if (!barrier->fenced) {
      warp.report(Finding::Proxy, *copy.inst, copy.lane,
                  fmt::format("the mbarrier at shared address 0x{:x} is not visible to the asynchronous proxy",
                              copy.mbarrier.offset),
                  "fence.mbarrier_init or fence.proxy.async after mbarrier.init");
      barrier->fenced = true;
    }
    agent = 2 * machine.warpCount + barrier->number;
  }
  if (machine.races()) {
    copy.clock[static_cast<size_t>(agent)] = copy.toGlobal ? copy.time : ++machine.tensorTime;
    machine.checkRace(copy.block->races, copy.shared, static_cast<unsigned>(copy.bytes), warp, *copy.inst, copy.lane,
                      !copy.toGlobal, false, agent, copy.clock, "shared", true);
  }
  if (!copy.toGlobal)
    std::memset(copy.block->sharedState.data() + copy.shared, Memory::Pending, copy.bytes);
  else
    warp.checkArrived(*copy.inst, copy.block->sharedState.data() + copy.shared, static_cast<unsigned>(copy.bytes),
                      copy.shared, copy.lane);
  if (machine.options.async == Async::Early)
    Copier{machine, copy}.run();
  if (copy.toGlobal)
    warp.bulkStores.push_back(copy);
  else if (machine.options.async != Async::Early)
    machine.tensorCopies.push_back(copy);
}

uint64_t addressOf(Warp &warp, int slot, bool narrow, int lane) {
  return narrow ? warp.row<uint32_t>(slot)[lane] : warp.row<uint64_t>(slot)[lane];
}

/// s: shared address, tensor map or global address, mbarrier, size, multicast mask. list: coordinates. flags: 1 to
/// global, 2 tensor, 4 the mbarrier's address has 32 bits, 8 multicast.
void bulkCopy(Warp &warp, const Inst &inst, uint32_t mask) {
  Machine &machine = *warp.machine;
  for (int slot : {inst.s[0], inst.s[1], inst.s[2], inst.s[3]})
    if (slot >= 0)
      warp.require(inst, slot, mask, "an operand of the copy");
  forEachLane(mask, [&](int lane) {
    BulkCopy copy;
    copy.inst = &inst;
    copy.warp = &warp;
    copy.lane = lane;
    copy.toGlobal = inst.flags & 1;
    copy.tensor = inst.flags & 2;
    const MBarrierPlace shared =
        mbarrierPlace(warp, warp.address(inst, lane), !inst.narrowAddress && warp.address(inst, lane) >= kSharedWindow);
    copy.block = shared.block;
    copy.shared = shared.offset;
    (copy.tensor ? copy.map : copy.global) = warp.row<uint64_t>(inst.s[1])[lane] + static_cast<uint64_t>(inst.offset2);
    for (size_t i = 0; i < inst.list.size(); ++i)
      copy.at[i] = warp.row<int32_t>(inst.list[i])[lane];
    if (!copy.tensor)
      copy.bytes = warp.row<uint32_t>(inst.s[3])[lane];
    if (!copy.toGlobal)
      copy.mbarrier = mbarrierPlace(warp, addressOf(warp, inst.s[2], inst.flags & 4, lane) + inst.immediate, false);
    if (!(inst.flags & 8)) {
      start(machine, copy);
      return;
    }
    const uint32_t ranks = warp.row<uint16_t>(inst.s[4])[2 * lane];
    for (size_t rank = 0; rank < machine.blocks.size(); ++rank)
      if (ranks >> rank & 1) {
        copy.block = copy.mbarrier.block = machine.blocks[rank].get();
        start(machine, copy);
      }
  });
  machine.tick(warp);
  ++machine.progress;
}

template <bool tensor, bool toGlobal> void bulkForm(Decode &form) {
  Inst &inst = form.inst;
  const Operand &shared = form.operand(toGlobal ? 1 : 0), &global = form.operand(toGlobal ? 0 : 1);
  form.address(shared);
  if (global.kind != Operand::Address || form.registerBits(global.parts[0]) == 32)
    form.fail("a 64-bit address in brackets is needed");
  form.address(global, 1);
  inst.flags = static_cast<uint8_t>(toGlobal | tensor << 1);
  if (tensor) {
    const size_t rank = static_cast<size_t>(form.token(4)[0] - '0');
    if (global.parts.size() != 2 || Decode::elements(global.parts[1]).size() != rank)
      form.fail("the coordinates do not fit the number of dimensions");
    for (const Operand &each : Decode::elements(global.parts[1]))
      inst.list.push_back(form.source(each, 32));
  } else {
    inst.s[3] = form.source(form.operand(2), 32);
  }
  size_t next = tensor ? 2 : 3;
  if (!toGlobal) {
    const Operand &barrier = form.operand(next++);
    if (barrier.kind != Operand::Address)
      form.fail("the mbarrier's address in brackets is needed");
    const int bits = form.registerBits(barrier.parts[0]);
    inst.s[2] = form.source(barrier.parts[0], bits ? bits : 64);
    inst.immediate = static_cast<uint64_t>(barrier.offset);
    if (bits == 32)
      inst.flags |= 4;
  }
  if (form.has("multicast::cluster")) {
    inst.flags |= 8;
    inst.s[4] = form.source(form.operand(next++), 16);
  }
  form.expectOperands(next, next + form.has("L2::cache_hint"));
  inst.handler = bulkCopy;
}

void commitForm(Decode &form) {
  form.inst.handler = [](Warp &warp, const Inst &, uint32_t) { ++warp.bulkCommitted; };
}

void waitForm(Decode &form) {
  form.expectOperands(1, 1);
  form.inst.immediate = static_cast<uint64_t>(form.constant(form.operand(0)));
  form.inst.handler = [](Warp &warp, const Inst &inst, uint32_t) {
    auto &stores = warp.bulkStores;
    while (!stores.empty() && stores.front().group + inst.immediate < warp.bulkCommitted) {
      if (warp.machine->options.async != Async::Early)
        Copier{*warp.machine, stores.front()}.run();
      stores.pop_front();
    }
    publishAsync(warp);
  };
}

#define HINT ".L2::cache_hint?"

} // namespace

bool Machine::runTensorCopies(bool idle) {
  if (tensorCopies.empty() || (options.async == Async::Random ? random() % 2 && !idle : !idle))
    return false;
  const size_t which = options.async == Async::Random ? random() % tensorCopies.size() : 0;
  BulkCopy copy = std::move(tensorCopies[which]);
  tensorCopies.erase(tensorCopies.begin() + static_cast<long>(which));
  Copier{*this, copy}.run();
  return true;
}

std::array<uint8_t, 128> TensorMap::encode() const {
  uint64_t words[16] = {kMagic, address, rank | elementBytes << 8 | swizzleBytes << 16};
  for (int i = 0; i < 5; ++i) {
    words[3 + i] = size[i];
    words[8 + i] = stride[i];
    words[13 + i / 2] |= uint64_t(box[i]) << 32 * (i % 2);
  }
  std::array<uint8_t, 128> bytes;
  std::memcpy(bytes.data(), words, sizeof(words));
  return bytes;
}

void addTensorCopyForms(Forms &forms) {
  forms.insert(
      forms.end(),
      {
          {"cp.async.bulk.tensor.{1d,2d,3d,4d,5d}.{shared::cluster,shared::cta}.global.tile?.mbarrier::complete_tx::"
           "bytes.multicast::cluster?" HINT,
           bulkForm<true, false>},
          {"cp.async.bulk.tensor.{1d,2d,3d,4d,5d}.global.shared::cta.tile?.bulk_group" HINT, bulkForm<true, true>},
          {"cp.async.bulk.{shared::cluster,shared::cta}.global.mbarrier::complete_tx::bytes.multicast::cluster?" HINT,
           bulkForm<false, false>},
          {"cp.async.bulk.global.shared::cta.bulk_group" HINT, bulkForm<false, true>},
          {"cp.async.bulk.commit_group", commitForm},
          {"cp.async.bulk.wait_group.read?", waitForm},
      });
}

} // namespace camber::ptx
