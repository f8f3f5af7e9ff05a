// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Tables of schedules: which entry counts, what is printed, and whether those built in have one for every kernel.
#include "camber/Target/ScheduleTable.h"
#include "camber/Dialect/CPU/CPUDialect.h"
#include "camber/Target/Target.h"
#include "mlir/AsmParser/AsmParser.h"
#include "gtest/gtest.h"

using namespace camber;

namespace {

ScheduleTable parse(llvm::StringRef text) { return llvm::cantFail(ScheduleTable::parse(text, "test")); }
std::string errorOf(llvm::StringRef text) { return llvm::toString(ScheduleTable::parse(text, "test").takeError()); }
std::string print(const ScheduleTable &table) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  table.print(stream);
  return text;
}

TEST(ScheduleTable, FirstEntryThatSuitsCounts) {
  ScheduleTable table = parse(R"({"tiles": [
    {"target": "a", "head_dim": [16, 64], "rows": [2, 9], "group": 4, "storage_bits": 16, "choice": "one"},
    {"target": "a", "rows": 5, "choice": "two"},
    {"choice": "three"}]})");
  EXPECT_EQ(table.findTiles({"a", 16, 16, 4, 2}), "one"); // bounds are included
  EXPECT_EQ(table.findTiles({"a", 64, 16, 4, 9}), "one");
  EXPECT_EQ(table.findTiles({"b", 64, 16, 4, 9}), "three");
  EXPECT_EQ(table.findTiles({"a", 80, 16, 4, 5}), "two");
  EXPECT_EQ(table.findTiles({"a", 64, 32, 4, 5}), "two");
  EXPECT_EQ(table.findTiles({"a", 64, 16, 1, 5}), "two");
  EXPECT_EQ(table.findTiles({"a", 64, 16, 4, 10}), "three");
  EXPECT_EQ(table.findTiles({"a", 64, 16, 4, INT64_MAX}), "three");
  EXPECT_EQ(table.findSchedule({"a", 64, 16, 4, 5}), "");
}

TEST(ScheduleTable, SaysWhatIsWrongAndWhere) {
  EXPECT_EQ(errorOf("[]"), "schedule table 'test': expected object");
  EXPECT_EQ(errorOf(R"({"tile": []})"), "schedule table 'test': is unknown here at (root).tile");
  EXPECT_EQ(errorOf(R"({"tiles": [{"rows": 1}]})"), "schedule table 'test': missing value at (root).tiles[0].choice");
  EXPECT_EQ(errorOf(R"({"tiles": [{"rows": [1], "choice": ""}]})"),
            "schedule table 'test': must be a number or [from, to] at (root).tiles[0].rows");
  EXPECT_EQ(errorOf(R"({"tiles": [{"rows": [2, 1], "choice": ""}]})"),
            "schedule table 'test': is empty: from is larger than to at (root).tiles[0].rows");
}

TEST(ScheduleTable, PrintsWhatItReads) {
  ScheduleTable table = parse(R"({"tiles": [{"target": "a", "rows": [2, 9], "group": 4, "choice": "x\"y"}],
                                  "schedules": [{"choice": "z"}, {"storage_bits": 16, "head_dim": [16, 80], "choice": "w"}]})");
  std::string text = print(table);
  EXPECT_EQ(print(parse(text)), text);
  EXPECT_EQ(parse(text).findTiles({"a", 64, 16, 4, 5}), "x\"y");
  EXPECT_EQ(print(ScheduleTable()), print(parse(print(ScheduleTable()))));
}

TEST(ScheduleTable, AnEntryTakesThePlaceOfOneForTheSame) {
  ScheduleTable table = parse(R"({"tiles": [{"rows": 1, "choice": "other"}, {"rows": 2, "choice": "old"}]})");
  ScheduleEntry entry = table.tiles[1];
  entry.attribute = "new";
  putFirst(table.tiles, entry);
  ASSERT_EQ(table.tiles.size(), 2u);
  EXPECT_EQ(table.tiles[0].attribute, "new");
  EXPECT_EQ(table.tiles[1].attribute, "other");
}

/// Every kernel of every target, and what is tried instead.
TEST(ScheduleTable, BuiltInTablesHaveTilesAndASchedule) {
  registerAllTargets();
  mlir::DialectRegistry registry;
  registry.insert<tile::TileDialect>();
  for (llvm::StringRef name : getTargetNames())
    findTarget(name)->registerDialects(registry);
  mlir::MLIRContext context(registry);
  context.loadAllAvailableDialects();
  for (llvm::StringRef name : getTargetNames()) {
    const Target &target = *findTarget(name);
    for (int64_t headDim = 16; headDim <= 256; headDim += 16)
      for (int64_t bits : {16, 32})
        for (int64_t group : {1, 2, 3, 4, 7, 16})
          for (int64_t rows : {int64_t(1), int64_t(5), int64_t(9), int64_t(64), int64_t(300), INT64_MAX}) {
            SCOPED_TRACE(testing::Message() << name.str() << " head dim " << headDim << " bits " << bits << " group "
                                            << group << " rows " << rows);
            auto tiles = llvm::dyn_cast_or_null<tile::ShapeAttr>(
                mlir::parseAttribute(target.getSchedules().findTiles({name, headDim, bits, group, rows}), &context));
            ASSERT_TRUE(tiles);
            mlir::Attribute attribute = mlir::parseAttribute(
                target.getSchedules().findSchedule({name, headDim, bits, group, tiles.getRows()}), &context);
            ASSERT_TRUE(attribute);
            auto alternatives = target.getAlternatives({tiles, attribute}, group);
            for (const ScheduleChoice &choice : alternatives)
              EXPECT_TRUE(choice.tiles != tiles || choice.schedule != attribute);
            auto schedule = llvm::dyn_cast<cpu::MicrokernelAttrInterface>(attribute);
            if (!schedule) // of an accelerator
              continue;
            EXPECT_GT(alternatives.size(), 3u);
            EXPECT_EQ(tiles.getRows() % schedule.getPanelRows(), 0);
            for (const ScheduleChoice &choice : alternatives)
              EXPECT_EQ(choice.tiles.getRows() % llvm::cast<cpu::MicrokernelAttrInterface>(choice.schedule).getPanelRows(), 0);
          }
  }
}

} // namespace
