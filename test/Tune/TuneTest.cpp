// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which schedules tuning tries, which it takes and when it stops. Schedules are compiled; what is measured is made up.
#include "camber/Tune/Tune.h"
#include "RenamedTarget.h"
#include <gtest/gtest.h>
#include <map>

using namespace camber;

namespace {

/// What the target below offers after a choice. Choices are known by the keys of their tiles; the first has 20.
using Neighbours = std::map<int64_t, std::vector<int64_t>>;
Neighbours neighbours;
constexpr int64_t kBroken = 44;

class GraphTarget : public test::RenamedTarget {
public:
  GraphTarget()
      : RenamedTarget("graph", R"({
      "tiles": [{"choice": "#tile.shape<rows = 24, keys = 20, pack_max = 32>"}],
      "schedules": [{"choice": "#cpu.rows_in_lanes<width = 8, score_keys = 4, row_vectors = 1, value_rows = 4, value_vectors = 1, panels = 1>"}]
    })") {}
  std::vector<ScheduleChoice> getAlternatives(const ScheduleChoice &choice, int64_t) const override {
    std::vector<ScheduleChoice> choices;
    for (int64_t keys : neighbours[choice.tiles.getKeys()]) {
      // Blocks of 20 rows are no multiple of the schedule's 8.
      int64_t rows = keys == kBroken ? 20 : choice.tiles.getRows();
      choices.push_back(
          {tile::ShapeAttr::get(choice.tiles.getContext(), rows, keys, choice.tiles.getPackMax()), choice.schedule});
    }
    return choices;
  }
};

class Tune : public ::testing::Test {
protected:
  static void SetUpTestSuite() {
    registerAllTargets();
    registerTarget(std::make_unique<GraphTarget>());
  }
  void SetUp() override {
    options.compile.targets = {llvm::cantFail(lookupTarget("graph"))};
    if (!hostCanRun(options.compile.targets.front()))
      GTEST_SKIP() << "this processor cannot run x86-64-v3";
    options.progress = [this](const Trial &trial) { reported.push_back(trial.tiles); };
  }

  /// The walk where calls of a choice take `times`, in seconds.
  llvm::Expected<TuneResult> walk(Neighbours graph, std::map<int64_t, double> times) {
    neighbours = std::move(graph);
    KernelSpec spec;
    spec.heads = spec.kvHeads = 1;
    spec.headDim = 32;
    spec.qLen = {LengthSpec::Static, 40};
    spec.kvLen = {LengthSpec::Static, 50};
    KernelSource source;
    source.specs = {spec};
    return tune(source, options,
                [&](llvm::ArrayRef<TuneVariant> variants) -> llvm::Expected<std::vector<std::vector<double>>> {
                  std::vector<std::vector<double>> seconds;
                  measured.emplace_back();
                  for (const TuneVariant &variant : variants) {
                    int64_t keys = variant.choice.tiles.getKeys();
                    measured.back().push_back(keys);
                    if (!times.count(keys))
                      return llvm::createStringError(llvm::inconvertibleErrorCode(), "no time for %d", int(keys));
                    // The machine is slower in the second round, for all.
                    seconds.push_back({times[keys], 10 * times[keys], 2 * times[keys]});
                  }
                  return seconds;
                });
  }
  static std::string tiles(int64_t keys, int64_t rows = 24) {
    return "#tile.shape<rows = " + std::to_string(rows) + ", keys = " + std::to_string(keys) + ", pack_max = 32>";
  }

  TuneOptions options;
  std::vector<std::vector<int64_t>> measured; ///< the keys of what was measured together
  std::vector<std::string> reported;
};

using Steps = std::vector<std::vector<int64_t>>;

TEST_F(Tune, TakesTheBestOfEachStep) {
  // What follows 28, which was faster than 20 but not the fastest, is never tried.
  auto result = walk({{20, {24, 28}}, {24, {32}}, {28, {36}}}, {{20, 1}, {24, 0.8}, {28, 0.9}, {32, 0.6}, {36, 0.1}});
  ASSERT_TRUE(!!result) << llvm::toString(result.takeError());
  EXPECT_EQ(measured, (Steps{{20, 24, 28}, {24, 32}}));
  EXPECT_EQ(result->tiles.attribute, tiles(32));
  EXPECT_EQ(result->target, "graph");
  EXPECT_NEAR(result->ratio, 0.6, 1e-9); // 0.8 of the first, then 0.75 of that
  ASSERT_EQ(result->trials.size(), 4u);  // the best of a step is measured again, which is no trial
  EXPECT_EQ(reported, (std::vector<std::string>{tiles(20), tiles(24), tiles(28), tiles(32)}));
  EXPECT_EQ(result->trials[1].step, 0);
  EXPECT_EQ(result->trials[1].seconds, 1.6); // the median of 0.8, 8 and 1.6
  EXPECT_NEAR(result->trials[1].ratio, 0.8, 1e-9);
  EXPECT_EQ(result->trials[3].step, 1);
  EXPECT_NEAR(result->trials[3].ratio, 0.75, 1e-9);
}

TEST_F(Tune, StopsWhereNothingIsFasterByTheMargin) {
  const Neighbours graph = {{20, {24}}, {24, {28}}};
  const std::map<int64_t, double> times = {{20, 1}, {24, 0.995}, {28, 0.5}};
  auto result = walk(graph, times);
  ASSERT_TRUE(!!result) << llvm::toString(result.takeError());
  EXPECT_EQ(measured, (Steps{{20, 24}}));
  EXPECT_EQ(result->tiles.attribute, tiles(20));
  EXPECT_EQ(result->ratio, 1);

  options.minScale = 0.001; // now it is
  measured.clear();
  result = walk(graph, times);
  ASSERT_TRUE(!!result) << llvm::toString(result.takeError());
  EXPECT_EQ(measured, (Steps{{20, 24}, {24, 28}}));
  EXPECT_EQ(result->tiles.attribute, tiles(28));
}

TEST_F(Tune, TriesNoChoiceTwice) {
  // All lead to one another, and 24 is offered twice: after the second step there is nothing to compare.
  auto result =
      walk({{20, {24, 28, 24}}, {24, {20, 28, 32}}, {32, {20, 24, 28}}}, {{20, 1}, {24, 0.9}, {28, 0.95}, {32, 0.8}});
  ASSERT_TRUE(!!result) << llvm::toString(result.takeError());
  EXPECT_EQ(measured, (Steps{{20, 24, 28}, {24, 32}}));
  EXPECT_EQ(result->tiles.attribute, tiles(32));
}

TEST_F(Tune, ReportsWhatDoesNotCompile) {
  auto result = walk({{20, {kBroken, 24}}, {24, {kBroken}}}, {{20, 1}, {24, 0.5}, {kBroken, 0.1}});
  ASSERT_TRUE(!!result) << llvm::toString(result.takeError());
  EXPECT_EQ(measured, (Steps{{20, 24}}));
  EXPECT_EQ(result->tiles.attribute, tiles(24));
  ASSERT_EQ(result->trials.size(), 3u);
  EXPECT_EQ(reported, (std::vector<std::string>{tiles(kBroken, 20), tiles(20), tiles(24)}));
  EXPECT_NE(result->trials[0].failure.find("rows 20 and head dim 32 must be multiples of 8"), std::string::npos)
      << result->trials[0].failure;
  EXPECT_EQ(result->trials[0].seconds, 0);
  EXPECT_EQ(result->trials[1].failure, "");
}

TEST_F(Tune, MeasuresTheFirstWhereThereIsNoOther) {
  auto result = walk({}, {{20, 1}});
  ASSERT_TRUE(!!result) << llvm::toString(result.takeError());
  EXPECT_EQ(measured, (Steps{{20}}));
  EXPECT_EQ(result->trials.size(), 1u);
  EXPECT_EQ(result->ratio, 1);
}

TEST_F(Tune, TakesNoMoreStepsThanItMay) {
  options.maxSteps = 1;
  auto result = walk({{20, {24}}, {24, {28}}}, {{20, 1}, {24, 0.5}, {28, 0.1}});
  ASSERT_TRUE(!!result) << llvm::toString(result.takeError());
  EXPECT_EQ(measured, (Steps{{20, 24}}));
  EXPECT_EQ(result->tiles.attribute, tiles(24));
}

TEST_F(Tune, EndsWhereACallFails) {
  auto result = walk({{20, {24}}}, {{20, 1}});
  ASSERT_FALSE(!!result);
  EXPECT_EQ(llvm::toString(result.takeError()), "no time for 24");
}

} // namespace
