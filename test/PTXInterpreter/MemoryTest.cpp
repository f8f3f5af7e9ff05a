// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Loads, stores, asynchronous copies and atomics in every state space.
#include "Instruction.h"
#include <algorithm>

using namespace camber::test;
namespace ptx = camber::ptx;

namespace {

const char *const kPrologue = R"(
  .reg .pred %p<8>; .reg .b16 %h<8>; .reg .b32 %r<16>; .reg .f32 %f<8>; .reg .b64 %rd<16>; .reg .f64 %fd<8>;
  ld.param.u64 %rd0, [in];
  ld.param.u64 %rd1, [out];
  mov.u32 %r0, %tid.x;
  mov.u32 %r1, buffer;
  cvta.to.global.u64 %rd2, %rd0;
)";
const char *const kHead =
    ".shared .align 16 .b8 buffer[512];\n.const .align 16 .b32 table[4] = {10, 0xff, -3, 0f3F800000};\n"
    ".global .align 4 .u32 counter = 5;\n.global .align 8 .u64 pointer = generic(counter);\n";

/// One thread (or more); what the body leaves in the output's `bytes` bytes.
std::vector<uint32_t> run(const std::string &body, uint32_t threads = 1, size_t bytes = 16) {
  std::vector<uint32_t> operand(64);
  for (uint32_t i = 0; i < 64; ++i)
    operand[i] = 0x80010203u + i * 0x01010101u;
  std::vector<Buffer> buffers = {input("in", operand), output("out", bytes)};
  const auto report = runKernel(kernelText(".param .u64 in, .param .u64 out", kPrologue + body, kHead), buffers,
                                {{1, 1, 1}, {threads, 1, 1}, {1, 1, 1}, 0});
  EXPECT_TRUE(report.clean()) << body << report.text();
  return contents<uint32_t>(buffers[1]);
}

struct MemoryCase {
  const char *body;
  std::vector<uint32_t> expected;
};

TEST(Memory, LoadsAndStoresMatchModel) {
  // in: 0x80010203, 0x81020304, …
  const MemoryCase cases[] = {
      {"ld.global.u8 %r2, [%rd0]; st.global.v4.u32 [%rd1], {%r2, %r2, 1, 2};", {3, 3, 1, 2}},
      {"ld.global.s8 %r2, [%rd0+3]; ld.global.nc.u8 %h1, [%rd0+3]; cvt.u32.u16 %r3, %h1; st.global.v4.u32 [%rd1], "
       "{%r2, %r3, 0, 0};",
       {0xffffff80, 0x80, 0, 0}},
      {"ld.global.u16 %h0, [%rd0+2]; ld.global.s16 %r2, [%rd0+2]; cvt.u32.u16 %r3, %h0; st.global.v4.b32 [%rd1], {%r2, "
       "%r3, 0, 0};",
       {0xffff8001, 0x8001, 0, 0}},
      {"ld.global.s32 %rd5, [%rd0]; st.global.u64 [%rd1], %rd5; st.global.u64 [%rd1+8], 7;",
       {0x80010203, 0xffffffff, 7, 0}},
      {"ld.global.v2.u64 {%rd5, %rd6}, [%rd0]; st.global.v2.b64 [%rd1], {%rd6, %rd5};",
       {0x82030405, 0x83040506, 0x80010203, 0x81020304}},
      {"ld.global.v4.u8 {%r2, %r3, %r4, %r5}, [%rd0]; st.v4.u32 [%rd1], {%r2, %r3, %r4, %r5};", {3, 2, 1, 0x80}},
      {"ld.global.v2.b16 {%h0, _}, [%rd0]; st.global.b16 [%rd1], %h0; st.global.b16 [%rd1+2], %h0; st.global.b32 "
       "[%rd1+4], 0; st.global.b64 [%rd1+8], 0;",
       {0x02030203, 0, 0, 0}},
      {"ld.global.nc.L1::no_allocate.L2::128B.v4.f32 {%f0, %f1, %f2, %f3}, [%rd0+16]; st.global.cs.v4.f32 [%rd1], "
       "{%f0, %f1, %f2, %f3};",
       {0x84050607, 0x85060708, 0x86070809, 0x8708090a}},
      {"ld.volatile.global.u32 %r2, [%rd0]; ld.relaxed.gpu.global.u32 %r3, [%rd0+4]; ld.acquire.sys.global.u32 %r4, "
       "[%rd0+8]; st.release.gpu.global.v4.u32 [%rd1], {%r2, %r3, %r4, 0};",
       {0x80010203, 0x81020304, 0x82030405, 0}},
      {"st.shared.u32 [buffer], 77; st.shared.u32 [%r1+4], 78; ld.shared.v2.u32 {%r2, %r3}, [buffer]; cvta.shared.u64 "
       "%rd5, %rd3; mov.u64 %rd3, buffer; cvta.shared.u64 %rd5, %rd3; ld.u32 %r4, [%rd5+4]; st.global.v4.u32 [%rd1], "
       "{%r2, %r3, %r4, 0};",
       {77, 78, 78, 0}},
      {"st.shared.v4.b8 [%r1], {1, 2, 3, 4}; st.shared::cta.u16 [%r1+4], 0x605; st.shared.u16 [%r1+6], 0x807; "
       "ld.shared.u64 %rd5, [%r1]; st.global.u64 [%rd1], %rd5; st.global.u64 [%rd1+8], 0;",
       {0x04030201, 0x08070605, 0, 0}},
      {".local .align 8 .b8 frame[16]; mov.u64 %rd5, frame; cvta.local.u64 %rd6, %rd5; st.local.u32 [%rd5+4], 9; "
       "st.u32 [%rd6], 8; ld.local.v2.u32 {%r2, %r3}, [frame]; st.global.v4.u32 [%rd1], {%r2, %r3, 0, 0};",
       {8, 9, 0, 0}},
      {"ld.const.v4.u32 {%r2, %r3, %r4, %r5}, [table]; st.global.v4.u32 [%rd1], {%r2, %r3, %r4, %r5};",
       {10, 255, 0xfffffffd, 0x3f800000}},
      {"ld.global.u64 %rd5, [pointer]; ld.u32 %r2, [%rd5]; atom.global.add.u32 %r3, [counter], 2; ld.global.u32 %r4, "
       "[counter]; st.global.v4.u32 [%rd1], {%r2, %r3, %r4, 0};",
       {5, 5, 7, 0}},
      {"isspacep.shared %p0, %rd0; isspacep.global %p1, %rd0; mov.u64 %rd3, buffer; cvta.shared.u64 %rd4, %rd3; "
       "isspacep.shared %p2, %rd4; selp.u32 %r2, 1, 0, %p0; selp.u32 %r3, 1, 0, %p1; selp.u32 %r4, 1, 0, %p2; "
       "st.global.v4.u32 [%rd1], {%r2, %r3, %r4, 0};",
       {0, 1, 1, 0}},
      {"cp.async.cg.shared.global [%r1], [%rd0], 16; cp.async.commit_group; cp.async.wait_group 0; ld.shared.v4.u32 "
       "{%r2, %r3, %r4, %r5}, [%r1]; st.global.v4.u32 [%rd1], {%r2, %r3, %r4, %r5};",
       {0x80010203, 0x81020304, 0x82030405, 0x83040506}},
      {"cp.async.ca.shared.global.L2::128B [%r1], [%rd0+4], 4; cp.async.ca.shared.global [%r1+8], [%rd0], 8, 4; "
       "cp.async.ca.shared.global [%r1+4], [%rd0], 4, 0; cp.async.wait_all; ld.shared.v4.u32 {%r2, %r3, %r4, %r5}, "
       "[%r1]; st.global.v4.u32 [%rd1], {%r2, %r3, %r4, %r5};",
       {0x81020304, 0, 0x80010203, 0}},
      {"cp.async.ca.shared.global [%r1], [%rd0], 4; cp.async.commit_group; cp.async.ca.shared.global [%r1+4], [%rd0], "
       "4; cp.async.commit_group; cp.async.wait_group 1; ld.shared.u32 %r2, [%r1]; cp.async.wait_group 0; "
       "ld.shared.u32 %r3, [%r1+4]; st.global.v4.u32 [%rd1], {%r2, %r3, 0, 0};",
       {0x80010203, 0x80010203, 0, 0}},
      {"prefetch.global.L2 [%rd0]; prefetchu.L1 [%rd0]; createpolicy.fractional.L2::evict_last.b64 %rd5, 1.0; "
       "ld.global.L2::cache_hint.u32 %r2, [%rd0], %rd5; st.global.v4.u32 [%rd1], {%r2, 0, 0, 0};",
       {0x80010203, 0, 0, 0}},
  };
  for (const MemoryCase &test : cases)
    EXPECT_EQ(run(test.body), test.expected) << test.body;
}

struct AtomicCase {
  const char *operation; ///< with %OLD for the destination and type
  uint64_t before, operand, third, after;
};

TEST(Memory, AtomicsMatchModel) {
  const AtomicCase cases[] = {{"add.u32", 5, 7, 0, 12},
                              {"add.s32", 0xffffffff, 2, 0, 1},
                              {"add.u64", 0xffffffff, 1, 0, 0x100000000},
                              {"add.f32", bits(1.5f), bits(2.25f), 0, bits(3.75f)},
                              {"add.f64", bits(1.5), bits(-4.0), 0, bits(-2.5)},
                              {"add.noftz.f16x2", 0x3c003c00, 0x40003800, 0, 0x42003e00},
                              {"add.noftz.bf16x2", 0x3f803f80, 0x40003f80, 0, 0x40404000},
                              {"min.u32", 0xffffffff, 3, 0, 3},
                              {"min.s32", 0xffffffff, 3, 0, 0xffffffff},
                              {"max.u32", 0xffffffff, 3, 0, 0xffffffff},
                              {"max.s32", 0xffffffff, 3, 0, 3},
                              {"min.u64", 9, 3, 0, 3},
                              {"max.s64", 9, 0xffffffffffffffff, 0, 9},
                              {"and.b32", 12, 10, 0, 8},
                              {"or.b32", 12, 10, 0, 14},
                              {"xor.b32", 12, 10, 0, 6},
                              {"xor.b64", 12, 10, 0, 6},
                              {"exch.b32", 12, 10, 0, 10},
                              {"exch.b64", 12, 10, 0, 10},
                              {"inc.u32", 5, 5, 0, 0},
                              {"inc.u32", 4, 5, 0, 5},
                              {"dec.u32", 0, 5, 0, 5},
                              {"dec.u32", 7, 5, 0, 5},
                              {"dec.u32", 3, 5, 0, 2},
                              {"cas.b32", 5, 5, 9, 9},
                              {"cas.b32", 6, 5, 9, 6},
                              {"cas.b64", 5, 5, 9, 9},
                              {"cas.b16", 5, 5, 9, 9}};
  for (const AtomicCase &test : cases)
    for (const char *space : {"global", "shared", ""})
      for (const char *opcode : {"atom", "red"}) {
        const std::string operation = test.operation, type = operation.substr(operation.rfind('.') + 1);
        if (std::string(opcode) == "red" && (operation.substr(0, 3) == "cas" || operation.substr(0, 4) == "exch"))
          continue;
        const bool wide = type.find("64") != std::string::npos, narrow = type == "b16";
        const std::string registers = wide     ? "%rd"
                                      : narrow ? "%h"
                                               : "%r",
                          store = wide     ? "u64"
                                  : narrow ? "u16"
                                           : "u32";
        const bool shared = std::string(space) == "shared";
        const std::string address = shared ? "[buffer]" : "[%rd1]", dot = *space ? "." + std::string(space) : "";
        std::string body = shared ? "st.shared.u64 [buffer], 0;" : "st.global.u64 [%rd1], 0;";
        body += std::string("st") + dot + "." + store + " " + address + ", " + std::to_string(test.before) + ";";
        body += "mov.b64 %rd8, " + std::to_string(test.operand) + "; mov.b64 %rd9, " + std::to_string(test.third) + ";";
        if (!wide)
          body += narrow ? "cvt.u16.u64 %h4, %rd8; cvt.u16.u64 %h5, %rd9;"
                         : "cvt.u32.u64 %r8, %rd8; cvt.u32.u64 %r9, %rd9;";
        const std::string b = registers + (narrow ? "4" : "8"), c = registers + (narrow ? "5" : "9");
        body += "mov.b64 %rd7, 0; mov.b32 %r7, 0; mov.b16 %h7, 0;";
        body += std::string(opcode) + dot + "." + operation + " " +
                (std::string(opcode) == "atom" ? registers + "7, " : "") + address + ", " + b +
                (operation.substr(0, 3) == "cas" ? ", " + c : "") + ";";
        if (shared)
          body += "ld.shared.u64 %rd10, [buffer]; st.global.u64 [%rd1], %rd10;";
        if (!wide)
          body += narrow ? "cvt.u64.u16 %rd7, %h7;" : "cvt.u64.u32 %rd7, %r7;";
        body += "st.global.u64 [%rd1+8], %rd7;";
        const auto results = run(body);
        EXPECT_EQ(results[0] | uint64_t(results[1]) << 32, test.after) << body;
        if (std::string(opcode) == "atom") {
          EXPECT_EQ(results[2] | uint64_t(results[3]) << 32, test.before) << body;
        }
      }
}

TEST(Memory, AtomicsOfManyThreadsAddUp) {
  const auto results = run(
      "st.shared.u32 [buffer], 0; bar.sync 0; red.shared.add.u32 [buffer], 3; bar.sync 0; ld.shared.u32 %r2, [buffer];"
      "setp.eq.u32 %p0, %r0, 0; @%p0 st.global.v4.u32 [%rd1], {%r2, 0, 0, 0};",
      1);
  EXPECT_EQ(results[0], 3u);
  std::vector<Buffer> buffers = {input("in", std::vector<uint32_t>(4)), output("out", 4)};
  const std::string text = kernelText(".param .u64 in, .param .u64 out", std::string(kPrologue) + R"(
  setp.eq.u32 %p0, %r0, 0;
  @%p0 st.shared.u32 [buffer], 0;
  bar.sync 0;
  atom.shared.add.u32 %r2, [buffer], %r0;
  bar.sync 0;
  ld.shared.u32 %r2, [buffer];
  @%p0 st.global.u32 [%rd1], %r2;
)",
                                      kHead);
  const auto report = runKernel(text, buffers, {{1, 1, 1}, {96, 1, 1}, {1, 1, 1}, 0});
  EXPECT_TRUE(report.clean()) << report.text();
  EXPECT_EQ(contents<uint32_t>(buffers[1])[0], 95u * 96 / 2);
}

TEST(Memory, BlocksOnSeveralThreads) {
  std::vector<Buffer> buffers = {input("in", std::vector<uint32_t>(64, 1)), scratch("sum", 4)};
  const std::string text = kernelText(".param .u64 in, .param .u64 out", R"(
  .reg .b32 %r<4>; .reg .b64 %rd<4>;
  ld.param.u64 %rd0, [in];
  ld.param.u64 %rd1, [out];
  ld.global.u32 %r0, [%rd0];
  red.global.add.u32 [%rd1], %r0;
)");
  const auto module = ptx::Module::parse(text);
  ASSERT_TRUE(module);
  const auto kernel = module->kernel("k");
  ASSERT_TRUE(kernel) << kernel.error();
  ptx::Memory memory;
  const uint32_t zero = 0, one = 1;
  ptx::Arguments arguments(*kernel);
  arguments.set(0, memory.allocate("in", 4, ptx::Access::Read, &one));
  const uint64_t sum = memory.allocate("sum", 4, ptx::Access::ReadWrite, &zero);
  arguments.set(1, sum);
  ptx::LaunchOptions options;
  options.checkRaces = false;
  options.threads = 4;
  const auto report = ptx::launch(*kernel, {{50, 2, 1}, {64, 1, 1}, {1, 1, 1}, 0}, arguments.bytes(), memory, options);
  ASSERT_TRUE(report);
  EXPECT_TRUE(report->clean()) << report->text();
  EXPECT_EQ(report->threadInstructions, 100u * 64 * 4);
  uint32_t value;
  std::memcpy(&value, memory.bytesAt(sum), 4);
  EXPECT_EQ(value, 6400u);
}

} // namespace
