// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which rows of a block see which keys of a boundary tile.
#include "TaskBuilder.h"
#include "camber/Dialect/Attn/ScoreBody.h"

using namespace mlir;
using namespace camber;
using namespace camber::cpu;

tile::ScoreStructureOpInterface camber::cpu::limitsOf(Block &scoreBody) {
  auto last = scoreBody.getTerminator()->getOperand(0).getDefiningOp<tile::ScoreStructureOpInterface>();
  return last && last.getLimits() ? last : tile::ScoreStructureOpInterface();
}

/// A boundary tile of 64 keys under a causal mask, panels of 16 rows at positions 0, 16, …, keys from 32 on:
///
///     panel 0    rows  0 … 15    sees nothing: its state stays as it is
///     panel 1    rows 16 … 31    nothing
///     panel 2    rows 32 … 47    keys 32 … 47
///     panel 3    rows 48 … 63    keys 32 … 63
///
/// Row r of a block of one head is at position p0 + r and sees keys at min ≤ distance ≤ max, so that of the keys from
/// `first` on the first is seen from row first - max - p0 on, and the last up to row last - min - p0. Limits that are
/// no constants leave all rows in.
TaskBuilder::VisibleRows TaskBuilder::visibleRows(tile::ForKeysOp loop, tile::ScoreOp score, Value first,
                                                  Value keyCount) {
  VisibleRows all{index(0), rowEnd, false, {}, {}};
  tile::ScoreStructureOpInterface visible = limitsOf(*score.getScoreBody());
  if (geometry.getPacked() || !visible || visible.getQuery() != score.getScoreBody()->getArgument(3) ||
      visible.getKey() != score.getScoreBody()->getArgument(4))
    return all;
  auto limit = [](Value value) { return value ? attn::getConstant(value) : std::nullopt; };
  std::optional<tile::Limits> limits = visible.getLimits();
  std::optional<int64_t> min = limit(limits->min), max = limit(limits->max);
  if (!min && !max)
    return all;
  auto add = [&](Value x, Value y) -> Value { return arith::AddIOp::create(b, loc, x, y); };
  auto sub = [&](Value x, Value y) -> Value { return arith::SubIOp::create(b, loc, x, y); };
  Value panel = index(schedule.getPanelRows());
  auto clamp = [&](Value row) -> Value {
    return arith::MinSIOp::create(b, loc, arith::MaxSIOp::create(b, loc, row, index(0)), rowEnd);
  };
  // The row at which distance 0 falls onto the tile's first key.
  Value diagonal =
      sub(add(first, mapping.lookup(score.getKeyBase())), add(rowMin, mapping.lookup(score.getQueryBase())));
  VisibleRows rows{all.begin, all.end, true, {}, {}};
  if (max) {
    Value row = clamp(sub(diagonal, index(*max)));
    rows.begin = arith::MulIOp::create(b, loc, arith::DivUIOp::create(b, loc, row, panel), panel);
    rows.keyEnd = sub(index(*max), diagonal);
  }
  if (min) {
    Value row = clamp(sub(add(diagonal, keyCount), index(*min)));
    rows.end = arith::MulIOp::create(b, loc, arith::CeilDivUIOp::create(b, loc, row, panel), panel);
    rows.keyBegin = sub(index(*min), diagonal);
  }
  return rows;
}

/// The first row of a panel sees the fewest keys at the end of the tile, the last one those at its beginning.
Value TaskBuilder::seesAll(const VisibleRows &visible, Value begin, Value end, Value keyCount) {
  auto compare = [&](arith::CmpIPredicate predicate, Value x, Value y) -> Value {
    return arith::CmpIOp::create(b, loc, predicate, x, y);
  };
  auto add = [&](Value x, Value y) -> Value { return arith::AddIOp::create(b, loc, x, y); };
  Value all = compare(arith::CmpIPredicate::eq, keyCount, index(geometry.getKeys()));
  if (visible.keyEnd) {
    Value seen = compare(arith::CmpIPredicate::sge, add(add(begin, index(1)), visible.keyEnd), keyCount);
    all = arith::AndIOp::create(b, loc, all, seen);
  }
  if (visible.keyBegin) {
    Value seen = compare(arith::CmpIPredicate::sle, add(end, visible.keyBegin), index(1));
    all = arith::AndIOp::create(b, loc, all, seen);
  }
  return all;
}
