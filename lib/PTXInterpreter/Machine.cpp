// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Starting and ending blocks; findings.
#include "Machine.h"
#include "AsyncCopy.h"
#include <algorithm>
#include <fmt/format.h>

namespace camber::ptx {

Machine::Machine(Launch &launch, uint64_t seed)
    : launch(launch), program(*launch.program), options(launch.options), counts(launch.program->code.size()),
      state(88172645463325252ull ^ ((options.seed + 1) * 0x9e3779b97f4a7c15ull + seed)) {
  initialCells.assign(size_t(program.slots) * 32, 0);
  initialUndefined.assign(static_cast<size_t>(program.slots), kAllLanes);
  fillConstants(initialCells, initialUndefined);
}

void Machine::fillConstants(std::vector<uint32_t> &cells, std::vector<uint32_t> &undefined) {
  for (const Constant &constant : program.constants) {
    uint64_t value = constant.value;
    if (!constant.global.empty())
      value += launch.globals.at(constant.global);
    uint32_t *row = cells.data() + size_t(constant.slot) * 32;
    for (int lane = 0; lane < 32; ++lane) {
      if (constant.bits == 64)
        std::memcpy(row + 2 * lane, &value, sizeof(value));
      else
        row[lane] = static_cast<uint32_t>(value);
    }
    undefined[constant.slot] = 0;
  }
}

void Machine::startBlock(Block &block, std::array<uint32_t, 3> index, uint32_t rank, int firstAgent) {
  const auto &grid = launch.shape.grid;
  block.index = index;
  block.number = index[0] + grid[0] * (index[1] + grid[1] * index[2]);
  block.rank = rank;
  const auto &size = launch.shape.block;
  const int threads = static_cast<int>(size[0] * size[1] * size[2]);
  block.warps.clear();
  block.warps.resize(static_cast<size_t>(threads + 31) / 32);
  const uint64_t bytes = launch.shape.dynamicSharedBytes ? program.dynamicSharedBase + launch.shape.dynamicSharedBytes
                                                         : program.staticSharedBytes;
  block.shared.assign(bytes, 0xff);
  block.sharedState.assign(bytes, Memory::Undefined);
  if (races())
    block.races.reset(bytes);
  block.local.assign(program.localBytes * block.warps.size() * 32, 0xff);
  block.localState.assign(block.local.size(), Memory::Undefined);
  block.barriers.clear();
  block.mbarriers.clear();
  for (size_t i = 0; i < block.warps.size(); ++i) {
    block.warps[i].index = static_cast<int>(i);
    block.warps[i].agent = firstAgent + static_cast<int>(i);
    startWarp(block, block.warps[i], threads);
  }
}

void Machine::startWarp(Block &block, Warp &warp, int threads) {
  warp.machine = this;
  warp.block = &block;
  warp.shared = block.shared.data();
  warp.sharedState = block.sharedState.data();
  warp.plainShared = races() ? 0 : block.shared.size() - kSharedBase;
  const int left = threads - warp.index * 32;
  warp.alive = left >= 32 ? kAllLanes : (1u << left) - 1;
  warp.groups = {{warp.alive, 0, false}};
  warp.cells = initialCells;
  warp.undefined = initialUndefined;
  if (races()) {
    warp.clock.assign(static_cast<size_t>(agents()), 0);
    warp.clock[warp.agent] = 1;
    warp.release.assign(static_cast<size_t>(agents()), 0);
  }
  for (const SpecialRegister &special : program.specials) {
    warp.undefined[special.slot] = 0;
    for (int lane = 0; lane < 32; ++lane) {
      const uint64_t value = specialValue(special.name, block, warp, lane);
      if (special.bits == 64)
        warp.row<uint64_t>(special.slot)[lane] = value;
      else if (special.bits == 1)
        warp.predicate(special.slot) = value ? kAllLanes : 0;
      else
        warp.row<uint32_t>(special.slot)[lane] = static_cast<uint32_t>(value);
    }
  }
  startMatrices(warp);
}

void Machine::runCluster(std::array<uint32_t, 3> first) {
  const auto &cluster = launch.shape.cluster;
  const size_t count = size_t(cluster[0]) * cluster[1] * cluster[2];
  while (blocks.size() < count)
    blocks.push_back(std::make_unique<Block>());
  const auto &size = launch.shape.block;
  const int warpsPerBlock = static_cast<int>((size[0] * size[1] * size[2] + 31) / 32);
  warpCount = warpsPerBlock * static_cast<int>(count);
  tensorCopies.clear();
  proxyClocks.clear();
  orderedBlocks.clear();
  observedBlocks.clear();
  if (races()) // shared memory is gone, its past with it
    launch.syncs.erase(launch.syncs.lower_bound(kSharedWindow), launch.syncs.lower_bound(kLocalWindow));
  tensorTime = mbarrierCount = 0;
  blockInstructions = 0;
  clusterArrived = 0;
  clusterClock.clear();
  for (uint32_t rank = 0; rank < count; ++rank) {
    const std::array<uint32_t, 3> within = {rank % cluster[0], rank / cluster[0] % cluster[1],
                                            rank / cluster[0] / cluster[1]};
    startBlock(*blocks[rank], {first[0] + within[0], first[1] + within[1], first[2] + within[2]}, rank,
               static_cast<int>(rank) * warpsPerBlock);
  }
  try {
    schedule();
    checkFinished();
  } catch (const AbortBlock &) {
  }
}

void Machine::checkFinished() {
  for (auto &block : blocks)
    for (Warp &warp : block->warps) {
      if (!warp.copies.operations.empty())
        report(Finding::Unfinished, &warp, warp.copies.operations.front().inst, -1,
               "the kernel ends before this copy is waited for", "cp.async.wait_all before the end");
      checkMatricesFinished(warp);
      if (!warp.bulkStores.empty())
        report(Finding::Unfinished, &warp, warp.bulkStores.front().inst, warp.bulkStores.front().lane,
               "the kernel ends before this copy is waited for",
               "cp.async.bulk.wait_group 0 before the end: shared memory is gone then");
    }
  if (!tensorCopies.empty())
    report(Finding::Unfinished, tensorCopies.front().warp, tensorCopies.front().inst, -1,
           "the kernel ends before this copy is waited for", "wait for its mbarrier or bulk group before the end");
}

void Machine::finish() {
  std::lock_guard<std::mutex> lock(launch.mutex);
  launch.report.warpInstructions += warpInstructions;
  launch.report.threadInstructions += threadInstructions;
  for (size_t i = 0; i < counts.size(); ++i)
    launch.counts[i] += counts[i];
}

void Machine::report(Finding::Kind kind, const Warp *warp, const Inst *inst, int lane, std::string message,
                     std::string advice) {
  Finding finding;
  finding.kind = kind;
  finding.line = inst ? inst->statement->line : 0;
  finding.instruction = inst ? inst->statement->text : "";
  finding.block = warp ? warp->block->index : blocks[0]->index;
  finding.warp = warp ? warp->index : -1;
  finding.lane = lane;
  finding.message = std::move(message);
  finding.advice = std::move(advice);
  if (launch.add(std::move(finding)) >= options.stopAfterFindings)
    throw AbortBlock{};
}

uint64_t Launch::add(Finding finding) {
  std::lock_guard<std::mutex> lock(mutex);
  report.findingsTotal = ++findings;
  const auto [place, fresh] = seen.insert({{finding.kind, finding.line}, report.findings.size()});
  if (!fresh) {
    if (place->second < report.findings.size())
      ++report.findings[place->second].count;
  } else if (report.findings.size() < options.maxFindings) {
    report.findings.push_back(std::move(finding));
  } else {
    place->second = SIZE_MAX;
  }
  return report.findingsTotal;
}

} // namespace camber::ptx
