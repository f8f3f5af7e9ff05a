// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which tiles and which schedule a kernel gets: a table, built in for every target, and the user's own before it.
#ifndef CAMBER_TARGET_SCHEDULETABLE_H
#define CAMBER_TARGET_SCHEDULETABLE_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace camber {

/// What tiles and schedules may depend on.
struct ScheduleKey {
  llvm::StringRef target; ///< without extra features: "x86-64-v3"
  int64_t headDim;
  int64_t storageBits; ///< of an element of keys and values
  int64_t group;       ///< query heads of a kv head
  /// For tiles, the rows that a block could have: the largest query length known, times the group where heads share a
  /// block (INT64_MAX where nothing is known). For schedules, the rows of the block.
  int64_t rows;
};

/// One line of a table. An entry without a condition suits everything.
struct ScheduleEntry {
  /// From min to max, both included.
  struct Range {
    int64_t min = 0, max = std::numeric_limits<int64_t>::max();
    bool contains(int64_t x) const { return min <= x && x <= max; }
    bool operator==(const Range &other) const { return min == other.min && max == other.max; }
  };

  bool suits(const ScheduleKey &key) const;
  bool hasSameConditions(const ScheduleEntry &other) const;

  std::string target; ///< empty: any
  Range headDim, storageBits, group, rows;
  std::string attribute; ///< as MLIR prints it
};

/// A table as a JSON file has it:
///
///     {"tiles": [
///        {"target": "x86-64-v3", "head_dim": [16, 128], "rows": [9, 64], "storage_bits": 32, "group": 1,
///         "choice": "#tile.shape<rows = 64, keys = 96, pack_max = 32>"}],
///      "schedules": [
///        {"target": "x86-64-v3", "rows": [16, 16777215], "choice": "#cpu.rows_in_lanes<…>"}]}
///
/// The first entry that suits counts. Conditions are a number or [from, to], both included; those that are left away
/// hold for everything.
class ScheduleTable {
public:
  /// Error: what is wrong with the text, and where; `name` is what messages call it.
  static llvm::Expected<ScheduleTable> parse(llvm::StringRef json, llvm::StringRef name);
  static llvm::Expected<ScheduleTable> read(llvm::StringRef path);

  /// The attribute of the first entry that suits; empty where none does.
  llvm::StringRef findTiles(const ScheduleKey &key) const { return find(tiles, key); }
  llvm::StringRef findSchedule(const ScheduleKey &key) const { return find(schedules, key); }

  /// As JSON, one entry a line.
  void print(llvm::raw_ostream &out) const;

  std::vector<ScheduleEntry> tiles, schedules;

private:
  static llvm::StringRef find(const std::vector<ScheduleEntry> &entries, const ScheduleKey &key);
};

/// Puts an entry first, in place of one that is there for the same conditions.
void putFirst(std::vector<ScheduleEntry> &entries, ScheduleEntry entry);

} // namespace camber

#endif
