// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Memory accesses of a lane, with all their checks.
#include "Machine.h"
#include <fmt/format.h>

namespace camber::ptx {

void Warp::report(Finding::Kind kind, const Inst &inst, int lane, std::string message, std::string advice) {
  machine->report(kind, this, &inst, lane, std::move(message), std::move(advice));
}

void Warp::reportUndefined(const Inst &inst, uint32_t lanes, const char *what) {
  std::string advice = "follow the value back: an uninitialised register, memory that was never written, or padding";
  if (!copies.operations.empty())
    advice += "; cp.async operations of this warp have not been waited for";
  report(Finding::Undefined, inst, __builtin_ctz(lanes),
         fmt::format("{} depends on undefined data (lanes {:08x})", what, lanes), advice);
}

void Warp::require(const Inst &inst, int slot, uint32_t mask, const char *what) {
  if (const uint32_t bad = undefined[slot] & mask)
    if (machine->options.checkUndefined)
      reportUndefined(inst, bad, what);
}

static const char *useName(Use use) {
  return !isWrite(use) ? "read" : use == Use::Write ? "write" : "atomic or strong write";
}

void Machine::checkRace(RaceMap &map, uint64_t offset, unsigned bytes, Warp &warp, const Inst &inst, int lane,
                        bool write, bool atomic, int agent, const Clock &clock, const std::string &where,
                        bool asyncProxy) {
  const RaceAccess access{blocks[0]->number,
                          static_cast<uint16_t>(agent),
                          static_cast<uint8_t>(lane),
                          write,
                          atomic,
                          inst.index,
                          &clock,
                          asyncProxy ? &proxyClocks : nullptr,
                          static_cast<uint16_t>(warp.agent),
                          static_cast<uint16_t>(warpCount)};
  const auto conflict =
      map.access(offset, bytes, access, [&](uint32_t other) { return orderedBlocks.count(other) != 0; });
  if (!conflict)
    return;
  const Inst &other = this->inst(conflict->pc);
  const char *otherUse = conflict->otherWrites ? "write" : "read";
  std::string message, advice;
  if (conflict->proxy) {
    report(Finding::Proxy, &warp, &inst, -1,
           fmt::format("the asynchronous proxy reads {}+{}, which {} has written at line {}, without a proxy fence",
                       where, conflict->offset, describeAgent(conflict->block, conflict->agent), other.statement->line),
           "fence.proxy.async after the write, before the barrier that tells others of it");
    return;
  }
  if (conflict->sameWarp && agent < warpCount) {
    message = fmt::format("{} of {}+{} by lane {} is not ordered after the {} by {} of the same warp at line {}",
                          write ? "write" : "read", where, conflict->offset, lane, otherUse,
                          conflict->lane == 0xff ? "several lanes" : fmt::format("lane {}", conflict->lane),
                          other.statement->line);
    advice = "bar.warp.sync orders the lanes of a warp";
  } else {
    message = fmt::format("{} of {}+{} by {} is not ordered after the {} by {} at line {}", write ? "write" : "read",
                          where, conflict->offset, describeAgent(access.block, agent), otherUse,
                          describeAgent(conflict->block, conflict->agent), other.statement->line);
    advice = conflict->block != access.block ? "blocks are ordered only by atomics with a fence before and after them"
             : conflict->agent >= warpCount
                 ? "wait for the asynchronous operation, then let a barrier tell the other warps"
                 : "a barrier between the two is missing";
  }
  report(Finding::Race, &warp, &inst, lane, message, advice + " (the other: " + other.statement->text + ")");
}

std::string Machine::describeAgent(uint32_t block, int agent) const {
  std::string who;
  const int perBlock = static_cast<int>(blocks[0]->warps.size());
  if (agent < warpCount)
    who = fmt::format("warp {}", agent % perBlock);
  else if (agent < 2 * warpCount)
    who = fmt::format("an asynchronous operation of warp {}", (agent - warpCount) % perBlock);
  else
    who = "a bulk copy";
  if (block != blocks[0]->number)
    who += fmt::format(" of block {}", block);
  else if (agent < 2 * warpCount && blocks.size() > 1)
    who += fmt::format(" of the cluster's block {}", agent % warpCount / perBlock);
  return who;
}

View Warp::checkedAccess(const Inst &inst, Space space, uint64_t address, unsigned bytes, Use use, int lane) {
  if (address & (bytes - 1)) {
    report(Finding::Misaligned, inst, lane, fmt::format("{} of {} bytes at 0x{:x}", useName(use), bytes, address),
           fmt::format("the address must be a multiple of {}", bytes));
    return {};
  }
  if (space == Space::Generic) {
    const uint64_t window = address & ~(kWindowBytes - 1);
    space = window == kSharedWindow  ? Space::Shared
            : window == kLocalWindow ? Space::Local
            : window == kParamWindow ? Space::Param
                                     : Space::Global;
    if (space != Space::Global)
      address -= window;
  }
  switch (space) {
  case Space::Shared: {
    // Addresses of the blocks of a cluster, as mapa makes them: rank + 1 in the bits from 24.
    Block *owner = block;
    if (address >> 24) {
      const uint64_t rank = (address >> 24) - 1;
      if (rank >= machine->blocks.size()) {
        report(Finding::OutOfBounds, inst, lane,
               fmt::format("{} of {} bytes at shared address 0x{:x}, which is of no block of the cluster", useName(use),
                           bytes, address));
        return {};
      }
      owner = machine->blocks[rank].get();
      address &= 0xffffff;
    }
    return sharedAccess(inst, *owner, address, bytes, use, lane);
  }
  case Space::Local:
    return localAccess(inst, address, bytes, use, lane);
  case Space::Param:
    return parameterAccess(inst, address, bytes, use, lane);
  default:
    return globalAccess(inst, address, bytes, use, lane);
  }
}

View Warp::sharedAccess(const Inst &inst, Block &owner, uint64_t address, unsigned bytes, Use use, int lane) {
  if (address < kSharedBase || !isWithin(address, bytes, owner.shared.size())) {
    report(Finding::OutOfBounds, inst, lane,
           fmt::format("{} of {} bytes at shared address 0x{:x}; shared memory is from 0x{:x} to 0x{:x}", useName(use),
                       bytes, address, kSharedBase, owner.shared.size()),
           owner.shared.size() == kSharedBase ? "the launch gives the kernel no shared memory" : "");
    return {};
  }
  if (!owner.mbarriers.empty()) {
    const auto after = owner.mbarriers.upper_bound(address + bytes - 1);
    if (after != owner.mbarriers.begin() && std::prev(after)->first + 8 > address)
      report(Finding::Barrier, inst, lane,
             fmt::format("{} of the mbarrier at shared address 0x{:x}", useName(use), std::prev(after)->first),
             "an mbarrier is opaque until mbarrier.inval");
  }
  if (machine->races())
    machine->checkRace(owner.races, address, bytes, *this, inst, lane, isWrite(use), isAtomic(use), agent, clock,
                       "shared");
  return {owner.shared.data() + address, owner.sharedState.data() + address};
}

View Warp::globalAccess(const Inst &inst, uint64_t address, unsigned bytes, Use use, int lane) {
  Memory::Allocation *allocation = machine->launch.memory->find(address);
  if (!allocation || address < allocation->address ||
      !isWithin(address - allocation->address, bytes, allocation->size)) {
    std::string where = "which is of no allocation";
    if (allocation && address < allocation->address)
      where = fmt::format("{} bytes before the beginning of '{}'", allocation->address - address, allocation->name);
    else if (allocation)
      where = fmt::format("byte {} of '{}', which has {}", address - allocation->address, allocation->name,
                          allocation->size);
    report(Finding::OutOfBounds, inst, lane,
           fmt::format("{} of {} bytes at global address 0x{:x}: {}", useName(use), bytes, address, where));
    return {};
  }
  if (isWrite(use) && allocation->access == Access::Read) {
    report(Finding::ReadOnly, inst, lane,
           fmt::format("{} of '{}' at byte {}", useName(use), allocation->name, address - allocation->address));
    return {};
  }
  const uint64_t offset = address - allocation->address;
  if (machine->races() && allocation->access != Access::Read) {
    auto &map = machine->launch.races[address >> 32];
    if (!map)
      map = std::make_unique<RaceMap>(allocation->size);
    machine->checkRace(*map, offset, bytes, *this, inst, lane, isWrite(use), isAtomic(use), agent, clock,
                       "'" + allocation->name + "'");
  }
  return {allocation->bytes + offset, allocation->state.data() + offset};
}

bool Warp::accessRange(const Inst &inst, uint64_t address, uint64_t bytes, int lane) {
  return static_cast<bool>(globalAccess(inst, address, static_cast<unsigned>(bytes), Use::Read, lane));
}

View Warp::localAccess(const Inst &inst, uint64_t address, unsigned bytes, Use use, int lane) {
  const uint64_t size = machine->program.localBytes;
  if (address < 16 || !isWithin(address, bytes, size)) {
    report(Finding::OutOfBounds, inst, lane,
           fmt::format("{} of {} bytes at local address 0x{:x}; local memory is from 0x10 to 0x{:x}", useName(use),
                       bytes, address, size));
    return {};
  }
  const uint64_t at = (static_cast<uint64_t>(index) * 32 + static_cast<uint64_t>(lane)) * size + address;
  return {block->local.data() + at, block->localState.data() + at};
}

View Warp::parameterAccess(const Inst &inst, uint64_t address, unsigned bytes, Use use, int lane) {
  static uint8_t defined[16] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
  std::vector<uint8_t> &parameters = machine->launch.parameters;
  if (!isWithin(address, bytes, parameters.size()) || bytes > sizeof(defined)) {
    report(Finding::OutOfBounds, inst, lane,
           fmt::format("{} of {} bytes at byte {} of the parameters, which have {}", useName(use), bytes, address,
                       parameters.size()));
    return {};
  }
  if (isWrite(use)) {
    report(Finding::ReadOnly, inst, lane, "parameters of a kernel cannot be written");
    return {};
  }
  return {parameters.data() + address, defined};
}

bool Warp::checkArrived(const Inst &inst, const uint8_t *state, unsigned bytes, uint64_t address, int lane) {
  for (unsigned i = 0; i < bytes; ++i)
    if (state[i] == Memory::Pending) {
      report(Finding::MissingWait, inst, lane,
             fmt::format("read of 0x{:x}, which an asynchronous copy is still to write", address + i),
             "wait for the copy first (cp.async.wait_group, or its mbarrier), then let a barrier tell the other warps");
      return false;
    }
  return true;
}

} // namespace camber::ptx
