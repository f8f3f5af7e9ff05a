// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which accesses to memory are ordered: vector clocks.
//
// An *agent* is what accesses memory: each warp of a cluster, and beside each the copies that it starts, which run by
// themselves. An agent's time advances whenever it synchronises. A clock says how much of each agent's past one has
// seen; a barrier makes its participants see everything of each other. An access is ordered after another if its
// agent's clock has seen the other's time. Per 16 bytes the last write and the reads since are kept; where they are
// accessed in parts, for each word, and for each byte of words that are accessed in parts.
//
//     warp 0: st.shared [x]   at time 1        cell x: written by 0 at 1
//     both:   bar.sync        warp 1's clock becomes {0: 1, 1: 1}, both times advance
//     warp 1: ld.shared [x]   has seen 0's time 1: ordered. Without the barrier its clock is {0: 0, 1: 1}: a race.
//
// Within a warp, lanes may drift apart between instructions that synchronise them, so that two accesses of different
// lanes in the same time of their warp are a race too (bar.warp.sync orders them).
#ifndef CAMBER_PTXINTERPRETER_RACES_H
#define CAMBER_PTXINTERPRETER_RACES_H

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <vector>

namespace camber::ptx {

/// Per agent the time that has been seen of it.
using Clock = std::vector<uint32_t>;
void joinClock(Clock &into, const Clock &from);

struct RaceAccess {
  uint32_t block; ///< that the agent belongs to; counted over the grid
  uint16_t agent;
  uint8_t lane;
  bool write, atomic;
  int32_t pc;         ///< of the instruction, for messages
  const Clock *clock; ///< with the agent's own time in it
  // Of the asynchronous proxy: what each warp had seen at its last proxy fence, and whose access it is. Null: the
  // generic one.
  const std::vector<Clock> *proxyClocks = nullptr;
  uint16_t warp = 0, warps = 0;
};

/// What an access collided with.
struct Conflict {
  uint64_t offset; ///< of the byte or word
  bool otherWrites;
  bool sameWarp;
  uint32_t block;
  uint16_t agent;
  uint8_t lane;
  int32_t pc;
  bool proxy = false; ///< ordered, but not visible to the asynchronous proxy
};

/// The accesses to one stretch of memory.
class RaceMap {
public:
  explicit RaceMap(uint64_t bytes = 0) { reset(bytes); }
  void reset(uint64_t bytes);
  /// Forgets the accesses of other blocks to a word, if `ordered(block)`; see check.
  using BlockOrder = std::function<bool(uint32_t block)>;
  /// Records an access to `bytes` bytes and returns the first conflict. `ordered` tells whether another block's
  /// accesses come before this one.
  std::optional<Conflict> access(uint64_t offset, unsigned bytes, const RaceAccess &access, const BlockOrder &ordered);

private:
  static constexpr uint8_t kManyLanes = 0xff;
  struct Cell {
    uint32_t writeTime = 0, readTime = 0; ///< 0: none
    uint16_t writer = 0, reader = 0;
    uint8_t writeLane = 0, readLane = 0;
    bool writeAtomic = false, readAtomic = false, writeByProxy = false;
    int32_t writePc = 0, readPc = 0;
    uint32_t writeBlock = 0, readBlock = 0;
    int32_t moreReads = -1; ///< into `reads`, where several agents have read since the last write
    int32_t parts = -1;     ///< into `splits`: its quarters, which count instead of it
  };
  struct Read {
    uint32_t time, block;
    int32_t pc;
    uint16_t agent;
    uint8_t lane;
    bool atomic;
  };
  std::optional<Conflict> accessCell(Cell &cell, uint64_t offset, const RaceAccess &access, const BlockOrder &ordered);
  std::optional<Conflict> checkReads(Cell &cell, uint64_t offset, const RaceAccess &access, const BlockOrder &ordered);
  void recordRead(Cell &cell, const RaceAccess &access);
  /// The part [from, to) of a cell of `width` bytes at `at`.
  std::optional<Conflict> visit(Cell &cell, uint64_t at, uint64_t width, uint64_t from, uint64_t to,
                                const RaceAccess &access, const BlockOrder &ordered);
  void split(Cell &cell);

  static constexpr uint64_t kWidth = 16;
  std::vector<Cell> cells;
  std::deque<std::array<Cell, 4>> splits; // stays where it is while it grows
  std::vector<std::vector<Read>> reads;
  std::vector<int32_t> freeReads;
};

} // namespace camber::ptx

#endif
