// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Vector-clock race detection. Races.h has the idea.
#include "Races.h"
#include <algorithm>

namespace camber::ptx {

void joinClock(Clock &into, const Clock &from) {
  if (into.size() < from.size())
    into.resize(from.size());
  for (size_t i = 0; i < from.size(); ++i)
    into[i] = std::max(into[i], from[i]);
}

void RaceMap::reset(uint64_t size) {
  cells.assign((size + kWidth - 1) / kWidth, Cell());
  splits.clear();
  reads.clear();
  freeReads.clear();
}

/// Whether what an agent did at a time comes before an access.
static bool seen(const RaceAccess &access, uint32_t block, uint16_t agent, uint32_t time, uint8_t lane,
                 const RaceMap::BlockOrder &ordered) {
  if (block != access.block)
    return ordered(block);
  if (agent == access.agent)
    return lane == access.lane || time < (*access.clock)[agent];
  return time <= (*access.clock)[agent];
}

std::optional<Conflict> RaceMap::checkReads(Cell &cell, uint64_t offset, const RaceAccess &access,
                                            const BlockOrder &ordered) {
  const auto conflict = [&](const Read &read) -> std::optional<Conflict> {
    if ((read.atomic && access.atomic) || seen(access, read.block, read.agent, read.time, read.lane, ordered))
      return std::nullopt;
    return Conflict{offset,    false,  read.agent == access.agent && read.block == access.block, read.block, read.agent,
                    read.lane, read.pc};
  };
  if (cell.moreReads < 0)
    return cell.readTime
               ? conflict({cell.readTime, cell.readBlock, cell.readPc, cell.reader, cell.readLane, cell.readAtomic})
               : std::nullopt;
  for (const Read &read : reads[cell.moreReads])
    if (auto found = conflict(read))
      return found;
  return std::nullopt;
}

void RaceMap::recordRead(Cell &cell, const RaceAccess &access) {
  const uint32_t time = (*access.clock)[access.agent];
  const auto update = [&](uint32_t &readTime, uint8_t &lane) {
    lane = readTime == time && lane != access.lane ? kManyLanes : access.lane;
    readTime = time;
  };
  if (cell.moreReads < 0 && (!cell.readTime || (cell.reader == access.agent && cell.readBlock == access.block))) {
    update(cell.readTime, cell.readLane);
    cell.reader = access.agent;
    cell.readBlock = access.block;
    cell.readPc = access.pc;
    cell.readAtomic = access.atomic;
    return;
  }
  if (cell.moreReads < 0) {
    if (freeReads.empty()) {
      cell.moreReads = static_cast<int32_t>(reads.size());
      reads.emplace_back();
    } else {
      cell.moreReads = freeReads.back();
      freeReads.pop_back();
    }
    reads[cell.moreReads].push_back(
        {cell.readTime, cell.readBlock, cell.readPc, cell.reader, cell.readLane, cell.readAtomic});
  }
  for (Read &read : reads[cell.moreReads])
    if (read.agent == access.agent && read.block == access.block) {
      update(read.time, read.lane);
      read.pc = access.pc;
      read.atomic = access.atomic;
      return;
    }
  reads[cell.moreReads].push_back({time, access.block, access.pc, access.agent, access.lane, access.atomic});
}

std::optional<Conflict> RaceMap::accessCell(Cell &cell, uint64_t offset, const RaceAccess &access,
                                            const BlockOrder &ordered) {
  std::optional<Conflict> found;
  if (cell.writeTime && !(cell.writeAtomic && access.atomic) &&
      !seen(access, cell.writeBlock, cell.writer, cell.writeTime, cell.writeLane, ordered))
    found = Conflict{offset,          true,        cell.writer == access.agent && cell.writeBlock == access.block,
                     cell.writeBlock, cell.writer, cell.writeLane,
                     cell.writePc};
  if (!found && access.proxyClocks && cell.writeTime && !cell.writeByProxy && cell.writeBlock == access.block &&
      cell.writer < access.warps) {
    const auto fenced = [&](uint16_t warp) {
      return warp < access.proxyClocks->size() && cell.writer < (*access.proxyClocks)[warp].size() &&
             (*access.proxyClocks)[warp][cell.writer] >= cell.writeTime;
    };
    if (!fenced(cell.writer) && !fenced(access.warp))
      found = Conflict{offset, true, false, cell.writeBlock, cell.writer, cell.writeLane, cell.writePc, true};
  }
  if (!access.write) {
    recordRead(cell, access);
    return found;
  }
  if (!found)
    found = checkReads(cell, offset, access, ordered);
  if (cell.moreReads >= 0) {
    reads[cell.moreReads].clear();
    freeReads.push_back(cell.moreReads);
    cell.moreReads = -1;
  }
  cell.readTime = 0;
  cell.writeTime = (*access.clock)[access.agent];
  cell.writer = access.agent;
  cell.writeLane = access.lane;
  cell.writeBlock = access.block;
  cell.writePc = access.pc;
  cell.writeAtomic = access.atomic;
  cell.writeByProxy = access.proxyClocks != nullptr;
  return found;
}

void RaceMap::split(Cell &cell) {
  std::array<Cell, 4> quarters;
  quarters.fill(cell);
  if (cell.moreReads >= 0) // each gets a list of its own
    for (Cell &quarter : quarters) {
      quarter.moreReads = static_cast<int32_t>(reads.size());
      std::vector<Read> copy = reads[cell.moreReads];
      reads.push_back(std::move(copy));
    }
  cell.parts = static_cast<int32_t>(splits.size());
  splits.push_back(quarters);
}

std::optional<Conflict> RaceMap::visit(Cell &cell, uint64_t at, uint64_t width, uint64_t from, uint64_t to,
                                       const RaceAccess &access, const BlockOrder &ordered) {
  const bool whole = width == 1 || (from == at && to == at + width);
  if (whole && cell.parts < 0)
    return accessCell(cell, at, access, ordered);
  if (cell.parts < 0)
    split(cell);
  std::optional<Conflict> first;
  const uint64_t quarter = width / 4;
  for (uint64_t i = (from - at) / quarter; i < 4 && at + i * quarter < to; ++i) {
    const uint64_t begin = at + i * quarter;
    auto found = visit(splits[cell.parts][i], begin, quarter, std::max(from, begin), std::min(to, begin + quarter),
                       access, ordered);
    if (found && !first)
      first = found;
  }
  return first;
}

std::optional<Conflict> RaceMap::access(uint64_t offset, unsigned count, const RaceAccess &access,
                                        const BlockOrder &ordered) {
  std::optional<Conflict> first;
  const uint64_t end = offset + count;
  for (uint64_t at = offset / kWidth * kWidth; at < end; at += kWidth) {
    auto found =
        visit(cells[at / kWidth], at, kWidth, std::max(at, offset), std::min(at + kWidth, end), access, ordered);
    if (found && !first)
      first = found;
  }
  return first;
}

} // namespace camber::ptx
