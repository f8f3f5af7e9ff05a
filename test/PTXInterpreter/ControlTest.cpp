// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Branches, divergence, calls and barriers.
#include "Instruction.h"

using namespace camber::test;
namespace ptx = camber::ptx;

namespace {

/// What each of `threads` threads leaves in %r1; %r0 is its index.
std::vector<uint32_t> run(const std::string &body, uint32_t threads = 32, const std::string &head = "",
                          uint64_t *executed = nullptr) {
  const std::string text = kernelText(".param .u64 out", R"(
  .reg .pred %p<8>; .reg .b32 %r<16>; .reg .b64 %rd<8>;
  mov.u32 %r0, %tid.x;
  )" + body + R"(
  ld.param.u64 %rd0, [out];
  mul.wide.u32 %rd1, %r0, 4;
  add.u64 %rd0, %rd0, %rd1;
  st.global.u32 [%rd0], %r1;
  ret;
)",
                                      head);
  std::vector<Buffer> buffers = {output("out", 4 * size_t(threads))};
  const auto report = runKernel(text, buffers, {{1, 1, 1}, {threads, 1, 1}, {1, 1, 1}, 0});
  EXPECT_TRUE(report.clean()) << report.text();
  if (executed)
    *executed = report.warpInstructions;
  return contents<uint32_t>(buffers[0]);
}

TEST(Control, LanesPartAndMeet) {
  const auto results = run(R"(
  and.b32 %r2, %r0, 1;
  setp.eq.u32 %p0, %r2, 0;
  mov.u32 %r1, 10;
  @%p0 bra EVEN;
  mov.u32 %r1, 20;
  bra.uni JOIN;
EVEN:
  add.u32 %r1, %r1, 1;
JOIN:
  shfl.sync.bfly.b32 %r3, %r1, 1, 31, -1;
  mad.lo.u32 %r1, %r3, 100, %r1;
)");
  for (uint32_t lane = 0; lane < 32; ++lane)
    EXPECT_EQ(results[lane], lane % 2 ? 1120u : 2011u);
}

TEST(Control, LoopsOfDifferentLengths) {
  const auto results = run(R"(
  mov.u32 %r1, 0;
  mov.u32 %r2, 0;
LOOP:
  add.u32 %r1, %r1, %r2;
  add.u32 %r2, %r2, 1;
  setp.le.u32 %p0, %r2, %r0;
  @%p0 bra LOOP;
)",
                           48);
  for (uint32_t thread = 0; thread < 48; ++thread)
    EXPECT_EQ(results[thread], thread * (thread + 1) / 2);
}

TEST(Control, IndexedBranch) {
  const auto results = run(R"(
  rem.u32 %r2, %r0, 3;
targets: .branchtargets A, B, C;
  brx.idx %r2, targets;
A: mov.u32 %r1, 1; bra.uni END;
B: mov.u32 %r1, 22; bra.uni END;
C: mov.u32 %r1, 333;
END:
)");
  for (uint32_t lane = 0; lane < 32; ++lane)
    EXPECT_EQ(results[lane], lane % 3 == 0 ? 1u : lane % 3 == 1 ? 22u : 333u);
}

TEST(Control, ScopesShadowNames) {
  const auto results = run(R"(
  mov.u32 %r1, 1;
  {
    .reg .b32 %r1;
    mov.u32 %r1, 5;
    { .reg .pred p; setp.eq.u32 p, %r1, 5; @p bra DONE; mov.u32 %r1, 9; DONE: add.u32 %r1, %r1, 1; }
  }
)");
  EXPECT_EQ(results[0], 1u);
}

const char *const kFunctions = R"(
.func (.param .b32 result) square(.param .b32 x, .param .align 8 .b8 pair[8])
{
  .reg .pred %p<2>; .reg .b32 %r<8>;
  ld.param.u32 %r1, [x];
  setp.gt.u32 %p1, %r1, 20;
  mov.u32 %r4, 7;
  @%p1 bra BIG;
  ld.param.v2.u32 {%r2, %r3}, [pair];
  mul.lo.u32 %r4, %r1, %r1;
  add.u32 %r4, %r4, %r2;
  add.u32 %r4, %r4, %r3;
  st.param.b32 [result], %r4;
  ret;
BIG:
  st.param.b32 [result+0], %r4;
  ret;
}
.func (.reg .u32 r) twice(.reg .u32 a)
{
  add.u32 r, a, a;
  ret;
}
)";

TEST(Control, CallsAreInlined) {
  const auto results = run(R"(
  {
    .param .b32 arg; .param .align 8 .b8 pair[8]; .param .b32 back;
    st.param.b32 [arg+0], %r0;
    st.param.v2.b32 [pair+0], {100, 1000};
    call.uni (back), square, (arg, pair);
    ld.param.b32 %r1, [back+0];
  }
  call (%r2), twice, (%r1);
  setp.lt.u32 %p1, %r0, 3;
  @%p1 call (%r2), twice, (%r2);
  mov.u32 %r1, %r2;
)",
                           32, kFunctions);
  for (uint32_t lane = 0; lane < 32; ++lane)
    EXPECT_EQ(results[lane], (lane > 20 ? 7 : lane * lane + 1100) * (lane < 3 ? 4 : 2));
}

TEST(Control, BarriersReduceAndName) {
  const auto counts = run(R"(
  setp.lt.u32 %p0, %r0, 40;
  bar.red.popc.u32 %r1, 0, %p0;
  bar.red.and.pred %p1, 0, %p0;
  bar.red.or.pred %p2, 1, 96, !%p0;
  selp.u32 %r2, 1000, 0, %p1;
  selp.u32 %r3, 2000, 0, %p2;
  add.u32 %r1, %r1, %r2;
  add.u32 %r1, %r1, %r3;
)",
                          96);
  for (uint32_t count : counts)
    EXPECT_EQ(count, 2040u);
}

TEST(Control, ProducerArrivesConsumerWaits) {
  // Warp 1 writes and arrives at barrier 3, warp 0 waits there: no race.
  const auto results = run(R"(
  shr.u32 %r2, %r0, 5;
  setp.eq.u32 %p0, %r2, 1;
  and.b32 %r4, %r0, 31;
  shl.b32 %r4, %r4, 2;
  mov.u32 %r5, cells;
  add.u32 %r5, %r5, %r4;
  mov.u32 %r1, 0;
  @%p0 st.shared.u32 [%r5], %r0;
  @%p0 bar.arrive 3, 64;
  @!%p0 bar.sync 3, 64;
  @!%p0 ld.shared.u32 %r1, [%r5];
)",
                           64, ".shared .align 4 .b8 cells[128];");
  for (uint32_t lane = 0; lane < 32; ++lane)
    EXPECT_EQ(results[lane], 32 + lane);
}

TEST(Control, WarpsThatExitedAreNotWaitedFor) {
  const auto results = run(R"(
  ld.param.u64 %rd0, [out];
  mul.wide.u32 %rd1, %r0, 4;
  add.u64 %rd1, %rd0, %rd1;
  st.global.u32 [%rd1], 1;
  setp.ge.u32 %p0, %r0, 32;
  @%p0 exit;
  bar.sync 0;
  mov.u32 %r1, 2;
)",
                           64);
  EXPECT_EQ(results[0], 2u);
  EXPECT_EQ(results[32], 1u);
}

TEST(Control, SpinningLaneLetsOthersOfItsWarpRun) {
  const auto results = run(R"(
  mov.u32 %r5, flag;
  setp.eq.u32 %p0, %r0, 0;
  @%p0 st.shared.u32 [%r5], 0;
  bar.warp.sync -1;
  mov.u32 %r1, 4;
  @!%p0 bra WRITER;
SPIN:
  ld.volatile.shared.u32 %r2, [%r5];
  setp.eq.u32 %p1, %r2, 0;
  @%p1 bra SPIN;
  bra.uni END;
WRITER:
  setp.eq.u32 %p2, %r0, 9;
  @%p2 st.volatile.shared.u32 [%r5], 1;
END:
)",
                           32, ".shared .align 4 .b8 flag[4];");
  EXPECT_EQ(results[0], 4u);
}

TEST(Control, SpecialRegisters) {
  const std::string text = kernelText(".param .u64 out", R"(
  .reg .b32 %r<16>; .reg .b64 %rd<4>;
  ld.param.u64 %rd0, [out];
  mov.u32 %r0, %tid.x; mov.u32 %r1, %tid.y; mov.u32 %r2, %ctaid.y; mov.u32 %r3, %nctaid.x; mov.u32 %r4, %ntid.y; mov.u32 %r5, %warpid;
  mad.lo.u32 %r6, %r2, %r3, %ctaid.x;
  mad.lo.u32 %r6, %r6, 64, %r0;
  mad.lo.u32 %r6, %r1, 16, %r6;
  mul.wide.u32 %rd1, %r6, 4;
  add.u64 %rd0, %rd0, %rd1;
  mad.lo.u32 %r7, %r4, 100, %r5;
  st.global.u32 [%rd0], %r7;
)");
  std::vector<Buffer> buffers = {output("out", 4 * 64 * 6)};
  const auto report = runKernel(text, buffers, {{3, 2, 1}, {16, 4, 1}, {1, 1, 1}, 0});
  EXPECT_TRUE(report.clean()) << report.text();
  EXPECT_EQ(report.blocks, 6u);
  const auto values = contents<uint32_t>(buffers[0]);
  for (size_t i = 0; i < values.size(); ++i)
    EXPECT_EQ(values[i], 400 + i % 64 / 32);
}

} // namespace
