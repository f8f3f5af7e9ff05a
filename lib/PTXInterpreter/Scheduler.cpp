// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Whose turn it is: warps one after the other, groups of lanes within a warp.
//
// A warp runs until it must wait, has spun, or its slice is over. Its lanes are in groups by instruction, and the group
// with the lowest one goes first, so that lanes which part at a branch meet where their ways join. Every `.sync` or
// `.aligned` instruction is a meeting: a group that comes to one waits there until the lanes it is for have come as
// well.
#include "AsyncCopy.h"
#include "Lanes.h"
#include "Machine.h"
#include <algorithm>
#include <climits>
#include <fmt/format.h>

namespace camber::ptx {

/// Instructions of a warp before another gets its turn: a warp that spins on memory must let the writer run.
static constexpr int kSlice = 50000;
/// Rounds in which every warp waits or spins before that counts as a deadlock: spinning loops may give up by a counter.
static constexpr int kIdleRounds = 100;

static void combineGroups(Warp &warp) {
  auto &groups = warp.groups;
  for (size_t a = 0; a < groups.size(); ++a)
    for (size_t b = a + 1; b < groups.size();) {
      if (groups[a].pc != groups[b].pc) {
        ++b;
        continue;
      }
      groups[a].mask |= groups[b].mask;
      groups[a].waiting = false;
      groups.erase(groups.begin() + static_cast<long>(b));
    }
}

bool Machine::runWarp(Warp &warp) {
  bool moved = false;
  budget = kSlice;
  while (!warp.groups.empty() && warp.barrier < 0 && !warp.clusterWaiting) {
    if (warp.groups.size() > 1)
      combineGroups(warp);
    int chosen = -1;
    for (size_t i = 0; i < warp.groups.size(); ++i)
      if (!warp.groups[i].waiting &&
          (chosen < 0 || (warp.groups[i].pc < warp.groups[static_cast<size_t>(chosen)].pc) != warp.highestFirst))
        chosen = static_cast<int>(i);
    if (chosen < 0)
      stuck(warp);
    moved |= runGroup(warp, static_cast<size_t>(chosen));
    if (warp.yields) {
      warp.yields = false;
      // Lanes that spin must not keep the others of their warp from doing what they wait for.
      warp.highestFirst = warp.groups.size() > 1 && !warp.highestFirst;
      return moved;
    }
    if (budget <= 0) {
      if (blockInstructions > options.maxInstructions) {
        const Inst &here = program.code[std::min<size_t>(
            static_cast<size_t>(warp.groups.empty() ? 0 : warp.groups[0].pc), program.code.size() - 1)];
        report(
            Finding::TooLong, &warp, &here, -1, fmt::format("{} instructions and no end", blockInstructions),
            "an endless loop, or a wait for a block that has not run yet; LaunchOptions::maxInstructions is the limit");
        throw AbortBlock{};
      }
      warp.highestFirst = !warp.highestFirst;
      return moved;
    }
    warp.highestFirst = false;
  }
  return moved;
}

/// Lanes wait for each other at different instructions, or for lanes that are gone.
void Machine::stuck(Warp &warp) {
  std::string where;
  for (const Group &group : warp.groups)
    where += fmt::format("{}lanes {:08x} at line {} ({})", where.empty() ? "" : "; ", group.mask,
                         inst(group.pc).statement->line, inst(group.pc).statement->text);
  const Group &first = warp.groups[0];
  report(Finding::Divergence, &warp, &inst(first.pc), __builtin_ctz(first.mask),
         "lanes of a warp wait for each other at different instructions: " + where,
         "`.sync` and `.aligned` instructions must be reached by all lanes of the warp, or of their member mask, "
         "together");
  throw AbortBlock{};
}

void Machine::branch(Warp &warp, size_t which, uint32_t taken, int target) {
  warp.groups[which].mask &= ~taken;
  warp.groups.push_back({taken, target, false});
}

bool Machine::rendezvous(Warp &warp, size_t which, int pc, uint32_t mask, const Inst &inst) {
  uint32_t wanted = warp.alive;
  if (inst.flow == Flow::Collective && inst.s[3] >= 0) {
    const uint32_t named = warp.row<uint32_t>(inst.s[3])[__builtin_ctz(mask)];
    if (mask & ~named) {
      report(Finding::Divergence, &warp, &inst, __builtin_ctz(mask & ~named),
             fmt::format("the member mask {:08x} leaves out lanes {:08x}, which execute the instruction", named,
                         mask & ~named),
             "the mask must name exactly the lanes that come here");
      throw AbortBlock{};
    }
    wanted &= named;
  }
  const uint32_t group = warp.groups[which].mask;
  if ((group & wanted) != wanted) {
    warp.groups[which].pc = pc;
    warp.groups[which].waiting = true;
    return false;
  }
  if ((mask & wanted) != wanted) {
    report(
        Finding::Divergence, &warp, &inst, __builtin_ctz(wanted & ~mask),
        fmt::format("the guard keeps lanes {:08x} from an instruction that lanes {:08x} execute", wanted & ~mask, mask),
        "`.sync` and `.aligned` instructions need the same guard in all lanes of the warp, or of their member mask");
    throw AbortBlock{};
  }
  return true;
}

bool Machine::runGroup(Warp &warp, size_t which) {
  const uint32_t group = warp.groups[which].mask;
  const int size = static_cast<int>(program.code.size());
  int pc = warp.groups[which].pc;
  int meeting = INT_MAX; // the next group's instruction: to be met there
  for (const Group &other : warp.groups)
    if (other.pc > pc)
      meeting = std::min(meeting, other.pc);
  const bool alone = warp.groups.size() == 1;
  const Inst *code = program.code.data();
  const int lanesHere = __builtin_popcount(group);
  int executed = 0;
  const auto leave = [&](int at) {
    warp.groups[which].pc = at;
    budget -= executed;
    warpInstructions += static_cast<uint64_t>(executed);
    blockInstructions += static_cast<uint64_t>(executed);
    return executed > 0;
  };
  const auto exitLanes = [&](uint32_t lanes, int at) {
    leave(at);
    warp.alive &= ~lanes;
    warp.groups[which].mask &= ~lanes;
    if (!warp.groups[which].mask)
      warp.groups.erase(warp.groups.begin() + static_cast<long>(which));
    for (Group &other : warp.groups)
      other.waiting = false;
    ++progress;
    warpExited(*warp.block);
    return true;
  };
  for (;;) {
    if (pc >= meeting || executed >= kSlice)
      return leave(pc);
    if (pc >= size) // the end of the text is an exit
      return exitLanes(group, pc);
    const Inst &inst = code[pc];
    uint32_t mask = group;
    if (inst.guard >= 0) {
      warp.require(inst, inst.guard, group, "the guard predicate");
      mask &= inst.guardNegated ? ~warp.predicate(inst.guard) : warp.predicate(inst.guard);
    }
    if (mask && (inst.flow == Flow::Collective || inst.flow == Flow::Barrier) &&
        !rendezvous(warp, which, pc, mask, inst))
      return leave(pc);
    ++executed;
    ++counts[static_cast<size_t>(pc)];
    threadInstructions += static_cast<uint64_t>(mask == group ? lanesHere : __builtin_popcount(mask));
    switch (inst.flow) {
    case Flow::Plain:
    case Flow::Collective:
      if (mask)
        inst.handler(warp, inst, mask);
      ++pc;
      continue;
    case Flow::Yield:
      ++pc;
      if (mask)
        inst.handler(warp, inst, mask);
      if (warp.yields)
        return leave(pc);
      continue;
    case Flow::Branch:
      if (!mask) {
        ++pc;
        continue;
      }
      if (mask == group && alone) {
        pc = inst.target;
        continue;
      }
      if (mask == group)
        return leave(inst.target);
      leave(pc + 1);
      branch(warp, which, mask, inst.target);
      return true;
    case Flow::BranchIndexed: {
      leave(pc + 1);
      const uint32_t *index = warp.row<uint32_t>(inst.s[0]);
      forEachLane(mask, [&](int lane) {
        if (index[lane] >= inst.targets.size()) {
          warp.report(Finding::OutOfBounds, inst, lane,
                      fmt::format("branch {} of {}", index[lane], inst.targets.size()));
          throw AbortBlock{};
        }
        branch(warp, which, 1u << lane, inst.targets[index[lane]]);
      });
      if (!warp.groups[which].mask)
        warp.groups.erase(warp.groups.begin() + static_cast<long>(which));
      return true;
    }
    case Flow::Exit:
      if (!mask) {
        ++pc;
        continue;
      }
      return exitLanes(mask, pc + 1);
    case Flow::Barrier:
      leave(pc + 1);
      if (mask)
        inst.handler(warp, inst, mask);
      return true;
    }
  }
}

bool Machine::finished() const {
  for (const auto &block : blocks)
    for (const Warp &warp : block->warps)
      if (!warp.groups.empty())
        return false;
  return true;
}

void Machine::schedule() {
  std::vector<Warp *> order;
  for (auto &block : blocks)
    for (Warp &warp : block->warps)
      order.push_back(&warp);
  int idle = 0;
  while (!finished()) {
    if (options.async == Async::Random)
      for (size_t i = order.size(); i > 1; --i)
        std::swap(order[i - 1], order[random() % i]);
    const uint64_t before = progress;
    bool busy = false; // a warp used up its slice: it is neither waiting nor known to spin
    for (Warp *warp : order) {
      if (warp->groups.empty() || warp->barrier >= 0 || warp->clusterWaiting)
        continue;
      runWarp(*warp);
      busy |= budget <= 0;
      if (options.async == Async::Random)
        runAsyncOperations(false);
    }
    if (busy || progress != before) {
      idle = 0;
      continue;
    }
    if (runAsyncOperations(true)) {
      idle = 0;
      continue;
    }
    if (++idle > kIdleRounds)
      deadlock();
  }
}

void Machine::deadlock() {
  std::string where;
  const Warp *first = nullptr;
  for (auto &block : blocks)
    for (const Warp &warp : block->warps)
      for (const Group &group : warp.groups) {
        if (!first)
          first = &warp;
        const bool waits = warp.barrier >= 0 || warp.clusterWaiting;
        const int pc = std::min<int>(waits ? group.pc - 1 : group.pc, static_cast<int>(program.code.size()) - 1);
        where += fmt::format("\n      warp {} {} at line {}: {}", warp.index,
                             warp.barrier >= 0     ? fmt::format("waits at barrier {}", warp.barrier)
                             : warp.clusterWaiting ? "waits at the cluster's barrier"
                                                   : "spins",
                             inst(pc).statement->line, inst(pc).statement->text);
      }
  for (auto &block : blocks) {
    for (const auto &[number, barrier] : block->barriers)
      if (barrier.arrived)
        where +=
            fmt::format("\n      barrier {}: {} of {} threads have arrived", number, barrier.arrived, barrier.expected);
    for (const auto &[address, barrier] : block->mbarriers)
      where += fmt::format(
          "\n      mbarrier at shared 0x{:x}: {} phases completed, {} of {} arrivals and {} bytes are missing", address,
          barrier.phase, barrier.pending, barrier.count, barrier.bytes);
  }
  const int pc = std::min<int>(std::max(first->groups[0].pc - 1, 0), static_cast<int>(program.code.size()) - 1);
  report(Finding::Deadlock, first, &inst(pc), -1, "no warp can go on:" + where, "");
  throw AbortBlock{};
}

} // namespace camber::ptx
