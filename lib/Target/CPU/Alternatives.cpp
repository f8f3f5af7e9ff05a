// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The schedules that tuning tries on a CPU.
#include "Alternatives.h"
#include "camber/Dialect/CPU/CPUDialect.h"

using namespace camber;
using namespace camber::cpu;

namespace {
/// Tiles and a schedule with names for their sizes.
struct Sizes {
  int64_t rows, keys, packMax, width, scoreKeys, rowVectors, valueRows, valueVectors, panels, prefetch;
  bool keysInLanes, copyValues;

  explicit Sizes(const ScheduleChoice &choice) {
    auto schedule = llvm::cast<ScheduleAttr>(choice.schedule);
    rows = choice.tiles.getRows();
    keys = choice.tiles.getKeys();
    packMax = choice.tiles.getPackMax();
    width = schedule.getWidth();
    scoreKeys = schedule.getScoreKeys();
    rowVectors = schedule.getRowVectors();
    valueRows = schedule.getValueRows();
    valueVectors = schedule.getValueVectors();
    panels = schedule.getPanels();
    keysInLanes = schedule.getKeysInLanes();
    copyValues = schedule.getCopyValues();
    prefetch = schedule.getPrefetch();
  }
  ScheduleChoice choice(mlir::MLIRContext *context) const {
    return {tile::ShapeAttr::get(context, rows, keys, packMax),
            ScheduleAttr::get(context, width, scoreKeys, rowVectors, valueRows, valueVectors, panels, keysInLanes,
                              copyValues, prefetch)};
  }
  bool operator==(const Sizes &o) const {
    return rows == o.rows && keys == o.keys && scoreKeys == o.scoreKeys && rowVectors == o.rowVectors &&
           valueRows == o.valueRows && valueVectors == o.valueVectors && panels == o.panels &&
           copyValues == o.copyValues && prefetch == o.prefetch;
  }
};
} // namespace

/// Accumulators of `rows` × `vectors`, one row of vectors and a broadcast.
static bool fits(int64_t rows, int64_t vectors, const Processor &processor) {
  return rows * vectors + vectors + 1 <= processor.vectorRegisters;
}

std::vector<ScheduleChoice> cpu::getAlternatives(const ScheduleChoice &choice, int64_t group,
                                                 const Processor &processor) {
  const Sizes now(choice);
  std::vector<Sizes> all;
  /// `change` is applied to what there is now.
  auto attempt = [&](auto change) {
    Sizes next = now;
    change(next);
    int64_t panel = next.keysInLanes ? next.width : next.rowVectors * next.width;
    if (!(next == now) && next.rows % panel == 0 && !llvm::is_contained(all, next))
      all.push_back(next);
  };
  if (now.keysInLanes) {
    for (int64_t keys : {32, 64, 128, 256, 512})
      attempt([&](Sizes &s) { s.keys = keys; });
    for (int64_t together : {1, 2, 4})
      if (together <= group)
        attempt([&](Sizes &s) { s.rowVectors = together; });
    for (int64_t streams : {1, 2, 4, 8})
      if (streams <= now.width)
        attempt([&](Sizes &s) { s.scoreKeys = streams; });
    for (int64_t bytes : {0, 1024, 2048, 4096})
      attempt([&](Sizes &s) { s.prefetch = bytes; });
    for (int64_t valueRows : {4, 8, 16, 64})
      attempt([&](Sizes &s) { s.valueRows = valueRows; });
    for (int64_t vectors : {4, 8, 16})
      attempt([&](Sizes &s) { s.valueVectors = vectors; });
  } else {
    for (int64_t keys : {32, 48, 64, 96, 128, 192})
      attempt([&](Sizes &s) { s.keys = keys; });
    for (int64_t rows : {64, 128, 192, 256})
      attempt([&](Sizes &s) { s.rows = rows; });
    for (int64_t panels : {1, 2, 4})
      attempt([&](Sizes &s) { s.panels = panels; });
    attempt([&](Sizes &s) { s.copyValues = !s.copyValues; });
    for (int64_t vectors : {1, 2, 3, 4, 5, 6, 7})
      for (int64_t count : {3, 4, 6, 8, 12, 16}) {
        if (!fits(count, vectors, processor))
          continue;
        if (llvm::isPowerOf2_64(vectors) && count != 16)
          attempt([&](Sizes &s) { s.scoreKeys = count, s.rowVectors = vectors; });
        attempt([&](Sizes &s) { s.valueRows = count, s.valueVectors = vectors; });
      }
  }
  std::vector<ScheduleChoice> choices;
  for (const Sizes &sizes : all)
    choices.push_back(sizes.choice(choice.schedule.getContext()));
  return choices;
}
