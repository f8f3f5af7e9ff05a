// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Each kind of mistake, planted in a kernel of a few lines, is found at its line; the kernel without it is clean.
#include "Instruction.h"
#include <algorithm>

using namespace camber::test;
namespace ptx = camber::ptx;
using Kind = ptx::Finding::Kind;

namespace {

/// Parameters: in (256 bytes, read), out (256 bytes), work (256 bytes). %r0 thread, %r5 shared buffer + 4·thread, %r6
/// shared buffer, %rd0 in, %rd1 out, %rd2 work, %rd3 in + 16·lane, %rd4 out + 4·thread. 64 threads; every thread stores
/// %r1 to out.
std::string text(const std::string &body) {
  return kernelText(".param .u64 in, .param .u64 out, .param .u64 work", R"(
  .reg .pred %p<8>; .reg .b32 %r<32>; .reg .f32 %f<8>; .reg .b64 %rd<16>;
  ld.param.u64 %rd0, [in]; ld.param.u64 %rd1, [out]; ld.param.u64 %rd2, [work];
  mov.u32 %r0, %tid.x; mov.u32 %r6, buffer; shl.b32 %r5, %r0, 2; add.u32 %r5, %r5, %r6; mov.u32 %r7, %laneid; shr.u32 %r8, %r0, 5;
  mul.wide.u32 %rd4, %r0, 4; add.u64 %rd4, %rd4, %rd1; and.b32 %r9, %r7, 15; mul.wide.u32 %rd3, %r9, 16; add.u64 %rd3, %rd3, %rd0;
  setp.eq.u32 %p7, %r0, 0; setp.lt.u32 %p6, %r7, 16; setp.eq.u32 %p5, %r8, 0;
  mov.u32 %r1, 1;
)" + body + R"(
  st.global.u32 [%rd4], %r1;
)",
                    ".shared .align 16 .b8 buffer[1024];");
}

ptx::Report run(const std::string &body, ptx::LaunchOptions options = {}, uint32_t blocks = 1) {
  std::vector<Buffer> buffers = {input("in", std::vector<uint32_t>(64, 3)), output("out", 256), scratch("work", 256)};
  return runKernel(text(body), buffers, {{blocks, 1, 1}, {64, 1, 1}, {1, 1, 1}, 0}, options);
}

struct Planted {
  const char *name;
  std::string body; ///< the mistake is on the line that holds /*!*/
  Kind kind;
  const char *message;
};

class PlantedMistake : public testing::TestWithParam<Planted> {};

TEST_P(PlantedMistake, IsFound) {
  const Planted &test = GetParam();
  ptx::LaunchOptions options;
  options.maxInstructions = 2000000;
  const ptx::Report report = run(test.body, options);
  ASSERT_FALSE(report.clean());
  bool found = false;
  for (const ptx::Finding &finding : report.findings) {
    const bool inMessage = (finding.message + finding.advice).find(test.message) != std::string::npos;
    if (finding.kind != test.kind || !inMessage)
      continue;
    found = true;
    const std::string whole = text(test.body);
    const size_t mark = whole.find("/*!*/");
    if (mark != std::string::npos) {
      EXPECT_EQ(finding.line, 1 + std::count(whole.begin(), whole.begin() + static_cast<long>(mark), '\n'))
          << ptx::text(finding);
    }
  }
  EXPECT_TRUE(found) << report.text();
}

INSTANTIATE_TEST_SUITE_P(
    Findings, PlantedMistake,
    testing::Values(
        Planted{"ReadPastEnd", "\n ld.global.u32 %r1, [%rd0+256]; /*!*/\n", Kind::OutOfBounds,
                "byte 256 of 'in', which has 256"},
        Planted{"ReadBeforeStart", "\n ld.global.u32 %r1, [%rd0-4]; /*!*/\n", Kind::OutOfBounds,
                "4 bytes before the beginning of 'in'"},
        Planted{"ReadNull", "\n mov.u64 %rd9, 0;\n ld.global.u32 %r1, [%rd9]; /*!*/\n", Kind::OutOfBounds,
                "of no allocation"},
        Planted{"SharedPastEnd", "\n st.shared.u32 [%r6+1024], 1; /*!*/\n", Kind::OutOfBounds,
                "shared memory is from 0x400 to 0x800"},
        Planted{"SharedNull", "\n mov.u32 %r9, 0;\n st.shared.u32 [%r9], 1; /*!*/\n", Kind::OutOfBounds,
                "shared address 0x0"},
        Planted{"LocalPastEnd",
                "\n .local .b8 frame[16];\n mov.u64 %rd9, frame;\n ld.local.u32 %r1, [%rd9+16]; /*!*/\n",
                Kind::OutOfBounds, "local address"},
        Planted{"ParameterPastEnd", "\n ld.param.u64 %rd9, [work+8]; /*!*/\n", Kind::OutOfBounds,
                "of the parameters, which have 24"},
        Planted{"Misaligned", "\n ld.global.v4.u32 {%r10, %r11, %r12, %r13}, [%rd0+8]; /*!*/\n", Kind::Misaligned,
                "multiple of 16"},
        Planted{"MisalignedCopy", "\n cp.async.cg.shared.global [%r6+8], [%rd0], 16; /*!*/\n cp.async.wait_all;",
                Kind::Misaligned, "copy of 16 bytes"},
        Planted{"WriteToInput", "\n st.global.u32 [%rd0], 1; /*!*/\n", Kind::ReadOnly, "'in' at byte 0"},
        Planted{"UndefinedRegisterStored",
                "\n mov.u32 %r1, %r20;\n add.u32 %r1, %r1, 1;\n st.global.u32 [%rd4], %r1; /*!*/\n mov.u32 %r1, 0;",
                Kind::Undefined, "the stored value"},
        Planted{"UndefinedSharedMemory",
                "\n ld.shared.u32 %r1, [%r5];\n st.global.u32 [%rd4], %r1; /*!*/\n mov.u32 %r1, 0;", Kind::Undefined,
                "the stored value"},
        Planted{"UndefinedAddress", "\n ld.shared.u32 %r1, [%r20]; /*!*/\n", Kind::Undefined, "the address"},
        Planted{"UndefinedGuard", "\n @%p0 mov.u32 %r1, 2; /*!*/\n", Kind::Undefined, "guard predicate"},
        Planted{"UndefinedWorkspace",
                "\n ld.global.u32 %r2, [%rd2];\n setp.eq.u32 %p0, %r2, 0;\n @%p0 mov.u32 %r1, 2; /*!*/\n",
                Kind::Undefined, "guard predicate"},
        Planted{"MissingWait",
                "\n @%p5 cp.async.ca.shared.global [%r5], [%rd0], 4;\n cp.async.commit_group;\n @%p5 ld.shared.u32 "
                "%r1, [%r5]; /*!*/\n cp.async.wait_all;",
                Kind::MissingWait, "asynchronous copy is still to write"},
        Planted{"WaitForTooFew",
                "\n cp.async.ca.shared.global [%r5], [%rd0], 4;\n cp.async.commit_group;\n cp.async.wait_group 1;\n "
                "ld.shared.u32 %r1, [%r5]; /*!*/\n cp.async.wait_all;",
                Kind::MissingWait, "cp.async.wait_group"},
        Planted{"CopyNotCommitted",
                "\n cp.async.ca.shared.global [%r5], [%rd0], 4;\n cp.async.wait_group 0;\n ld.shared.u32 %r1, [%r5]; "
                "/*!*/\n cp.async.wait_all;",
                Kind::MissingWait, "asynchronous copy"},
        Planted{"CopyNotWaitedFor", "\n cp.async.ca.shared.global [%r5], [%rd0], 4; /*!*/\n cp.async.commit_group;",
                Kind::Unfinished, "before this copy is waited for"},
        Planted{"SharedRace",
                "\n st.shared.u32 [%r5], %r0; /*!*/\n xor.b32 %r9, %r5, 128;\n ld.shared.u32 %r1, [%r9];\n", Kind::Race,
                "write of shared+1152 by warp 1 is not ordered after the read by warp 0"},
        Planted{"SharedRaceWriteAfterRead",
                "\n st.shared.u32 [%r5], %r0;\n bar.sync 0;\n xor.b32 %r9, %r5, 128;\n ld.shared.u32 %r1, [%r9];\n "
                "st.shared.u32 [%r5], 5; /*!*/\n",
                Kind::Race, "is not ordered after the read by warp"},
        Planted{"SharedRaceOfBytes",
                "\n shr.u32 %r9, %r5, 2;\n shl.b32 %r9, %r0, 1;\n add.u32 %r9, %r9, %r6;\n st.shared.u16 [%r9], 1;\n "
                "bar.sync 0;\n st.shared.u8 [%r6+4], 1; /*!*/\n",
                Kind::Race, "write"},
        Planted{"WarpRace", "\n st.shared.u32 [%r5], %r0;\n xor.b32 %r9, %r5, 4;\n ld.shared.u32 %r1, [%r9]; /*!*/\n",
                Kind::Race, "bar.warp.sync"},
        Planted{"CopyWithoutBarrier",
                "\n cp.async.ca.shared.global [%r5], [%rd0], 4; /*!*/\n cp.async.wait_all;\n xor.b32 %r9, %r5, 128;\n "
                "ld.shared.u32 %r1, [%r9];\n",
                Kind::Race, "by an asynchronous operation of warp 1"},
        Planted{"CopyOverwritesTooEarly",
                "\n st.shared.u32 [%r5], 1;\n bar.sync 0;\n xor.b32 %r9, %r5, 128;\n ld.shared.u32 %r1, [%r9];\n "
                "cp.async.ca.shared.global [%r5], [%rd0], 4; /*!*/\n cp.async.wait_all;",
                Kind::Race, "not ordered after the read by warp"},
        Planted{"GlobalRace", "\n st.global.u32 [%rd2], %r0; /*!*/\n", Kind::Race, "'work'+0"},
        Planted{"AtomicAndPlainWrite",
                "\n @%p5 red.global.exch.b32 [%rd2], 1;\n @!%p5 st.global.u32 [%rd2], 1; /*!*/\n", Kind::Race,
                "'work'+0"},
        Planted{"Divergence",
                "\n @%p6 bra A;\n shfl.sync.bfly.b32 %r1, %r0, 1, 31, -1;\n bra B;\nA:\n bar.warp.sync -1;\nB:\n",
                Kind::Divergence, "wait for each other at different instructions"},
        Planted{"GuardedCollective", "\n @%p6 vote.sync.any.pred %p0, %p6, -1; /*!*/\n", Kind::Divergence,
                "the guard keeps lanes ffff0000"},
        Planted{"MemberMaskLeavesOut", "\n shfl.sync.bfly.b32 %r1, %r0, 1, 31, 0xffff; /*!*/\n", Kind::Divergence,
                "leaves out lanes ffff0000"},
        Planted{"DivergentBarrier", "\n @%p6 bra A;\n bar.sync 0;\nA:\n bar.sync 1;\n", Kind::Divergence,
                "different instructions"},
        Planted{
            "ShuffleFromExitedLane",
            "\n @%p6 bra A;\n st.global.u32 [%rd4], 1;\n exit;\nA:\n shfl.sync.idx.b32 %r1, %r0, 20, 31, -1; /*!*/\n",
            Kind::Shuffle, "reads lane 20"},
        Planted{"Deadlock", "\n @%p5 bar.sync 1, 64; /*!*/\n", Kind::Deadlock, "waits at barrier 1"},
        Planted{"BarrierCounts", "\n @%p5 bar.sync 1, 64;\n @!%p5 bar.sync 1, 96;\n", Kind::Barrier,
                "is used for 96 threads here and for 64"},
        Planted{"BarrierNumber", "\n bar.sync 16; /*!*/\n", Kind::Barrier, "there is no barrier 16"},
        Planted{"BarrierOfOddSize", "\n bar.sync 1, 50; /*!*/\n", Kind::Barrier, "a barrier of 50 threads"},
        Planted{"Unwritten", "\n @%p6 exit;\n", Kind::Unwritten, "128 of 256 bytes of 'out' were never written"},
        Planted{"Trap", "\n trap; /*!*/\n", Kind::Trap, "trap"},
        Planted{"EndlessLoop", "\nLOOP:\n bra.uni LOOP; /*!*/\n", Kind::TooLong, "no end"},
        Planted{"IndexedBranchTooFar", "\n mov.u32 %r9, 1;\nT: .branchtargets L;\n brx.idx %r9, T; /*!*/\nL:\n",
                Kind::OutOfBounds, "branch 1 of 1"}),
    [](const auto &info) { return std::string(info.param.name); });

TEST(Findings, CorrectKernelsAreClean) {
  const char *const bodies[] = {
      "",
      "st.shared.u32 [%r5], %r0; bar.sync 0; xor.b32 %r9, %r5, 128; ld.shared.u32 %r1, [%r9]; bar.sync 0; "
      "st.shared.u32 [%r5], 5;",
      "st.shared.u32 [%r5], %r0; bar.warp.sync -1; xor.b32 %r9, %r5, 4; ld.shared.u32 %r1, [%r9];",
      "cp.async.ca.shared.global [%r5], [%rd0], 4; cp.async.commit_group; cp.async.wait_group 0; bar.sync 0; xor.b32 "
      "%r9, %r5, 128; ld.shared.u32 %r1, [%r9];",
      // Neighbouring halves by different lanes and warps are no race.
      "shl.b32 %r9, %r7, 2; shl.b32 %r10, %r8, 1; add.u32 %r9, %r9, %r10; add.u32 %r9, %r9, %r6; st.shared.u16 [%r9], "
      "1;",
      // Undefined data that nothing depends on.
      "mov.u32 %r20, %r21; add.u32 %r20, %r20, 1; selp.u32 %r1, 4, %r20, %p7; mov.u32 %r1, 2;",
      // Only some lanes copy and wait.
      "@%p6 cp.async.ca.shared.global [%r5], [%rd0], 4; @%p6 cp.async.commit_group; @%p6 cp.async.wait_group 0; @%p6 "
      "ld.shared.u32 %r1, [%r5];",
      "red.global.exch.b32 [%rd2], 0;",
      // A flag in shared memory: release and acquire order what is around them.
      "@%p7 st.shared.u32 [%r6+512], 0; bar.sync 0; setp.eq.u32 %p0, %r0, 40; @%p0 st.shared.u32 [%r6+256], 9; @%p0 "
      "fence.acq_rel.cta; @%p0 st.relaxed.cta.shared.u32 [%r6+512], 1;\n"
      "@!%p7 bra END;\nSPIN: ld.acquire.cta.shared.u32 %r10, [%r6+512]; setp.eq.u32 %p1, %r10, 0; @%p1 bra SPIN; "
      "ld.shared.u32 %r1, [%r6+256];\nEND:",
  };
  for (const char *body : bodies)
    for (ptx::Async async : {ptx::Async::Late, ptx::Async::Early, ptx::Async::Random}) {
      ptx::LaunchOptions options;
      options.async = async;
      options.seed = 4;
      const ptx::Report report = run(body, options);
      EXPECT_TRUE(report.clean()) << body << "\n" << report.text();
    }
}

TEST(Findings, BlocksAreOrderedByAtomicsWithFences) {
  // The last block of four, by a counter, adds up what the others have left.
  const auto body = [](const std::string &fence) {
    return "mov.u32 %r10, %ctaid.x; mul.wide.u32 %rd9, %r10, 4; add.u64 %rd9, %rd9, %rd2; @%p7 st.global.u32 "
           "[%rd9+16], %r10; " +
           fence + " @!%p7 bra END; atom.global.add.u32 %r11, [%rd2], 1; " + fence +
           " setp.ne.u32 %p0, %r11, 3; @%p0 bra END; ld.global.u32 %r12, [%rd2+16]; ld.global.u32 %r13, [%rd2+24]; "
           "add.u32 %r1, %r12, %r13;\nEND:";
  };
  for (const bool fenced : {true, false}) {
    const std::string whole = kernelText(".param .u64 in, .param .u64 out, .param .u64 work", R"(
  .reg .pred %p<8>; .reg .b32 %r<32>; .reg .b64 %rd<16>;
  ld.param.u64 %rd2, [work]; mov.u32 %r0, %tid.x; setp.eq.u32 %p7, %r0, 0; mov.u32 %r1, 0;
)" + body(fenced ? "membar.gl;" : ""));
    const auto module = ptx::Module::parse(whole);
    ASSERT_TRUE(module) << module.error();
    const auto kernel = module->kernel("k");
    ASSERT_TRUE(kernel) << kernel.error();
    ptx::Memory memory;
    const std::vector<uint32_t> zeros(16);
    ptx::Arguments arguments(*kernel);
    arguments.set(2, memory.allocate("work", 64, ptx::Access::ReadWrite, zeros.data()));
    const auto report = ptx::launch(*kernel, {{4, 1, 1}, {32, 1, 1}, {1, 1, 1}, 0}, arguments.bytes(), memory);
    ASSERT_TRUE(report);
    EXPECT_EQ(report->clean(), fenced) << report->text();
    if (!fenced) {
      EXPECT_EQ(report->findings[0].kind, Kind::Race);
      EXPECT_NE(report->findings[0].advice.find("blocks are ordered only by atomics"), std::string::npos);
    }
  }
}

TEST(Findings, AreLimitedAndCounted) {
  std::string body;
  for (int i = 0; i < 40; ++i)
    body += "\n ld.global.u32 %r1, [%rd0+" + std::to_string(256 + 4 * i) + "];";
  ptx::LaunchOptions options;
  options.maxFindings = 3;
  const ptx::Report report = run(body, options);
  EXPECT_EQ(report.findings.size(), 3u);
  EXPECT_EQ(report.findings[0].count, 64u);
  EXPECT_EQ(report.findingsTotal, 40u * 64);
  EXPECT_NE(report.text().find("further findings are not shown"), std::string::npos);
}

TEST(Findings, NameLineBlockWarpAndLane) {
  const ptx::Report report = run("\n setp.eq.u32 %p0, %r0, 37;\n @%p0 ld.global.u32 %r1, [%rd0+256];");
  ASSERT_EQ(report.findings.size(), 1u);
  const ptx::Finding &finding = report.findings[0];
  EXPECT_EQ(finding.warp, 1);
  EXPECT_EQ(finding.lane, 5);
  EXPECT_EQ(finding.instruction, "@%p0 ld.global.u32 %r1, [%rd0+256];");
  EXPECT_NE(ptx::text(finding).find("block (0,0,0), warp 1, lane 5"), std::string::npos);
}

TEST(Findings, InstructionsNeverExecuted) {
  const ptx::Report report =
      run("\n setp.eq.u32 %p0, %r0, 100;\n @!%p0 bra END;\n mov.u32 %r1, 7;\n mov.u32 %r1, 8;\nEND:");
  const auto never = report.neverExecuted();
  ASSERT_EQ(never.size(), 2u);
  EXPECT_EQ(never[0].text, "mov.u32 %r1, 7;");
}

} // namespace
