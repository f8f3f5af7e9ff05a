// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What lanes of a warp do together.
#include "Instruction.h"
#include <algorithm>

using namespace camber::test;

namespace {

/// One warp; register %r0 is the lane, %r1 = 100 + lane. The result of lane l in %r2 (and %p0) is returned as r2 + p0
/// << 32.
std::vector<uint64_t> warp(const std::string &instruction) {
  const std::string text = kernelText(".param .u64 out", R"(
  .reg .pred %p<4>; .reg .b32 %r<8>; .reg .b64 %rd<4>;
  ld.param.u64 %rd0, [out];
  mov.u32 %r0, %laneid;
  add.u32 %r1, %r0, 100;
  mov.u32 %r2, 0;
  setp.ne.u32 %p0, %r2, 0;
  setp.lt.u32 %p1, %r0, 5;
  and.b32 %r4, %r0, 3;
  )" + instruction + R"(
  selp.u32 %r3, 1, 0, %p0;
  mul.wide.u32 %rd1, %r0, 8;
  add.u64 %rd0, %rd0, %rd1;
  st.global.v2.u32 [%rd0], {%r2, %r3};
)");
  std::vector<Buffer> buffers = {output("out", 256)};
  const auto report = runKernel(text, buffers);
  EXPECT_TRUE(report.clean()) << report.text();
  return contents<uint64_t>(buffers[0]);
}

/// shfl.sync as the ISA's pseudocode has it: value and predicate.
uint64_t shuffled(const std::string &mode, int lane, int b, int c) {
  const int segment = c >> 8 & 31, clamp = c & 31;
  const int maxLane = (lane & segment) | (clamp & ~segment), minLane = lane & segment;
  int j = mode == "up" ? lane - b : mode == "down" ? lane + b : mode == "bfly" ? lane ^ b : minLane | (b & ~segment);
  const bool valid = mode == "up" ? j >= maxLane : j <= maxLane;
  if (!valid)
    j = lane;
  return static_cast<uint64_t>(100 + j) | uint64_t(valid) << 32;
}

TEST(Warp, ShufflesMatchModel) {
  for (const char *mode : {"up", "down", "bfly", "idx"})
    for (int b : {0, 1, 2, 7, 16, 31})
      for (int c : {31, 0, 0x181f, 0x1c03, 0x1807}) {
        if (std::string(mode) == "up" && (c & 31))
          continue; // its clamp is the first lane
        const auto results = warp("shfl.sync." + std::string(mode) + ".b32 %r2|%p0, %r1, " + std::to_string(b) + ", " +
                                  std::to_string(c) + ", -1;");
        for (int lane = 0; lane < 32; ++lane)
          ASSERT_EQ(results[static_cast<size_t>(lane)], shuffled(mode, lane, b, c))
              << mode << " " << b << " " << c << " lane " << lane;
      }
}

struct WarpCase {
  const char *instruction;
  std::function<uint64_t(uint64_t lane)> model;
};

TEST(Warp, MatchesModel) {
  const uint64_t yes = uint64_t(1) << 32;
  const auto group = [](uint64_t lane) { return uint64_t(0x11111111) << (lane & 3); };
  const WarpCase cases[] = {
      {"vote.sync.ballot.b32 %r2, %p1, -1;", [](uint64_t) { return 0x1f; }},
      {"vote.sync.ballot.b32 %r2, !%p1, 0xffffffff;", [](uint64_t) { return 0xffffffe0; }},
      {"vote.sync.any.pred %p0, %p1, -1;", [=](uint64_t) { return yes; }},
      {"vote.sync.all.pred %p0, %p1, -1;", [](uint64_t) { return 0; }},
      {"vote.sync.uni.pred %p0, %p1, -1;", [](uint64_t) { return 0; }},
      {"@%p1 vote.sync.all.pred %p0, %p1, 31;", [=](uint64_t lane) { return lane < 5 ? yes : 0; }},
      {"match.any.sync.b32 %r2, %r4, -1;", group},
      {"match.all.sync.b32 %r2|%p0, %r4, -1;", [](uint64_t) { return 0; }},
      {"mov.u32 %r4, 9; match.all.sync.b32 %r2|%p0, %r4, -1;", [=](uint64_t) { return yes | 0xffffffff; }},
      {"redux.sync.add.u32 %r2, %r1, -1;", [](uint64_t) { return 3200 + 31 * 16; }},
      {"redux.sync.min.u32 %r2, %r1, -1;", [](uint64_t) { return 100; }},
      {"redux.sync.max.s32 %r2, %r1, -1;", [](uint64_t) { return 131; }},
      {"sub.s32 %r1, %r0, 7; redux.sync.min.s32 %r2, %r1, -1;", [](uint64_t) { return 0xfffffff9; }},
      {"redux.sync.and.b32 %r2, %r1, -1;", [](uint64_t) { return 0; }},
      {"redux.sync.or.b32 %r2, %r0, -1;", [](uint64_t) { return 31; }},
      {"redux.sync.xor.b32 %r2, %r1, -1;",
       [](uint64_t) {
         uint64_t x = 0;
         for (uint64_t i = 100; i < 132; ++i)
           x ^= i;
         return x;
       }},
      {"activemask.b32 %r2;", [](uint64_t) { return 0xffffffff; }},
      {"@%p1 activemask.b32 %r2;", [](uint64_t lane) { return lane < 5 ? 0x1f : 0; }},
      {"elect.sync %r2|%p0, -1;", [=](uint64_t lane) { return lane == 0 ? yes : 0; }},
      {"mov.u32 %r2, %lanemask_lt;", [](uint64_t lane) { return (uint64_t(1) << lane) - 1; }},
      {"mov.u32 %r2, %lanemask_ge;", [](uint64_t lane) { return 0xffffffff & ~((uint64_t(1) << lane) - 1); }},
      {"bar.warp.sync 0xffffffff;", [](uint64_t) { return 0; }},
  };
  for (const WarpCase &test : cases) {
    const auto results = warp(test.instruction);
    for (uint64_t lane = 0; lane < 32; ++lane)
      EXPECT_EQ(results[lane], test.model(lane)) << test.instruction << " lane " << lane;
  }
}

} // namespace
