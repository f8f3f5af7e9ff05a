// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// wgmma against a plain product, for each layout of its operands in shared memory, and the rules of its registers.
#include "Instruction.h"
#include <random>

using namespace camber::test;
namespace ptx = camber::ptx;

namespace {

enum class Layout { Plain, Swizzle128, Transposed128 };

struct WgmmaCase {
  const char *element; ///< f16, bf16, tf32
  int columns;
  Layout layoutA, layoutB;
  bool fromRegisters;
};

/// Where element (line, k) of a matrix lies, as "Shared Memory Matrix Layout" of the PTX ISA has it, and the
/// descriptor's strides.
struct Placement {
  Layout layout;
  int elementBytes;
  int leading() const { return layout == Layout::Plain ? 128 : layout == Layout::Transposed128 ? 2048 : 16; }
  int stride() const { return layout == Layout::Plain ? 256 : 1024; }
  size_t offset(int line, int k) const {
    if (layout == Layout::Plain) { // 8 lines of 16 bytes make a core matrix; the two along k follow each other
      const int chunk = 16 / elementBytes;
      return static_cast<size_t>(line / 8 * 256 + k / chunk * 128 + line % 8 * 16 + k % chunk * elementBytes);
    }
    // Rows of 128 bytes: of a line, or of one k and 64 lines; the 16-byte parts of row r are exchanged by xor with r
    // % 8.
    const int row = layout == Layout::Swizzle128 ? line : k;
    const int byte = layout == Layout::Swizzle128 ? k * elementBytes : line % 64 * 2;
    const int block = layout == Layout::Transposed128 ? line / 64 * 2048 : 0;
    return static_cast<size_t>(block + row * 128 + (byte ^ row % 8 * 16));
  }
  uint64_t descriptor() const {
    return uint64_t(leading() / 16) << 16 | uint64_t(stride() / 16) << 32 |
           (layout == Layout::Plain ? 0 : uint64_t(1) << 62);
  }
};

constexpr int kBytesA = 16384, kBytesB = 16384;

class WgmmaTest {
public:
  explicit WgmmaTest(const WgmmaCase &test)
      : test(test), bytes(std::string(test.element) == "tf32" ? 4 : 2), depth(bytes == 4 ? 8 : 16),
        image((kBytesA + kBytesB) / 2) {
    std::mt19937 random(3);
    std::uniform_real_distribution<float> uniform(-2, 2);
    a.resize(64 * static_cast<size_t>(depth));
    b.resize(static_cast<size_t>(test.columns * depth));
    for (uint32_t &x : a)
      x = narrow(uniform(random));
    for (uint32_t &x : b)
      x = narrow(uniform(random));
    auto *raw = reinterpret_cast<uint8_t *>(image.data());
    for (int line = 0; line < 64; ++line)
      for (int k = 0; k < depth; ++k)
        std::memcpy(raw + Placement{test.layoutA, bytes}.offset(line, k), &a[at(line, k)], static_cast<size_t>(bytes));
    for (int line = 0; line < test.columns; ++line)
      for (int k = 0; k < depth; ++k)
        std::memcpy(raw + kBytesA + Placement{test.layoutB, bytes}.offset(line, k), &b[at(line, k)],
                    static_cast<size_t>(bytes));
  }

  void check(ptx::Async async) {
    std::vector<Buffer> buffers = {input("image", image), output("out", 64 * 4 * static_cast<size_t>(test.columns))};
    ptx::LaunchOptions options;
    options.async = async;
    const auto report = runKernel(text(), buffers, {{1, 1, 1}, {128, 1, 1}, {1, 1, 1}, 0}, options);
    EXPECT_TRUE(report.clean()) << report.text();
    const auto results = contents<float>(buffers[1]);
    for (int thread = 0; thread < 128; ++thread)
      for (int x = 0; x < test.columns / 2; ++x) {
        const int row = 16 * (thread / 32) + thread % 32 / 4 + 8 * (x / 2 % 2),
                  column = 8 * (x / 4) + 2 * (thread % 4) + x % 2;
        double sum = 0, magnitude = 1;
        for (int k = 0; k < depth; ++k) {
          const double product = value(a[at(row, k)]) * value(b[at(column, k)]);
          sum += 2 * product; // twice: the second product adds to the first
          magnitude += 2 * std::fabs(product);
        }
        ASSERT_NEAR(results[static_cast<size_t>(thread * test.columns / 2 + x)], sum, magnitude * 32 * 0x1p-23)
            << "row " << row << " column " << column;
      }
  }

private:
  size_t at(int line, int k) const { return static_cast<size_t>(line * depth + k); }
  uint32_t narrow(float x) const {
    return static_cast<uint32_t>(bytes == 4                           ? bits(x)
                                 : std::string(test.element) == "f16" ? nearestHalf(x)
                                                                      : nearestBfloat(x));
  }
  double value(uint32_t x) const {
    return bytes == 4 ? f32(x & 0xffffe000) : std::string(test.element) == "f16" ? halfValue(x) : bfloatValue(x);
  }

  std::string text() const {
    const Placement placeA{test.layoutA, bytes}, placeB{test.layoutB, bytes};
    std::string accumulators;
    for (int x = 0; x < test.columns / 2; ++x)
      accumulators += (x ? ", %f" : "%f") + std::to_string(x);
    const std::string type = test.element;
    const std::string opcode = "wgmma.mma_async.sync.aligned.m64n" + std::to_string(test.columns) + "k" +
                               std::to_string(depth) + ".f32." + type + "." + type;
    const std::string transposes = bytes == 4 ? ""
                                              : (test.fromRegisters                      ? ""
                                                 : test.layoutA == Layout::Transposed128 ? ", 1"
                                                                                         : ", 0") +
                                                    std::string(test.layoutB == Layout::Transposed128 ? ", 1" : ", 0");
    const std::string operands =
        "{" + accumulators + "}, " + (test.fromRegisters ? "{%r20, %r21, %r22, %r23}" : "%rd5") + ", %rd6, ";
    std::string body = R"(
  .reg .pred %p<4>; .reg .b32 %r<32>; .reg .b64 %rd<16>; .reg .f32 %f<)" +
                       std::to_string(test.columns / 2) + R"(>;
  ld.param.u64 %rd0, [image];
  ld.param.u64 %rd1, [out];
  mov.u32 %r0, %tid.x;
  mov.u32 %r1, tile;
  mov.u32 %r2, 0;
COPY:
  shl.b32 %r3, %r0, 4;
  mad.lo.u32 %r3, %r2, 2048, %r3;
  cvt.u64.u32 %rd2, %r3;
  add.u64 %rd2, %rd2, %rd0;
  ld.global.v4.b32 {%r4, %r5, %r6, %r7}, [%rd2];
  add.u32 %r3, %r3, %r1;
  st.shared.v4.b32 [%r3], {%r4, %r5, %r6, %r7};
  add.u32 %r2, %r2, 1;
  setp.lt.u32 %p0, %r2, 16;
  @%p0 bra COPY;
  fence.proxy.async;
  bar.sync 0;
  shr.u32 %r8, %r1, 4;
  cvt.u64.u32 %rd4, %r8;
  add.u64 %rd5, %rd4, )" +
                       std::to_string(placeA.descriptor()) + ";\n  add.u64 %rd6, %rd4, " +
                       std::to_string(placeB.descriptor() + kBytesA / 16) + ";\n";
    if (test.fromRegisters) // the fragments of plain a: of rows 16·warp + lane / 4 and 8 further, and of both core
                            // matrices
      body += "  shr.u32 %r9, %r0, 5;\n  mad.lo.u32 %r9, %r9, 512, %r1;\n  and.b32 %r10, %r0, 31;\n  mad.lo.u32 %r9, "
              "%r10, 4, %r9;\n"
              "  ld.shared.b32 %r20, [%r9];\n  ld.shared.b32 %r21, [%r9+256];\n  ld.shared.b32 %r22, [%r9+128];\n  "
              "ld.shared.b32 %r23, [%r9+384];\n";
    body += "  setp.ne.u32 %p1, %r1, 0;\n  wgmma.fence.sync.aligned;\n  " + opcode + " " + operands + "0, 1, 1" +
            transposes + ";\n  " + opcode + " " + operands + "%p1, -1, -1" + transposes +
            ";\n  wgmma.commit_group.sync.aligned;\n  wgmma.wait_group.sync.aligned 0;\n  mul.wide.u32 %rd7, %r0, " +
            std::to_string(2 * test.columns) + ";\n  add.u64 %rd1, %rd1, %rd7;\n";
    for (int x = 0; x < test.columns / 2; ++x)
      body += "  st.global.f32 [%rd1+" + std::to_string(4 * x) + "], %f" + std::to_string(x) + ";\n";
    return kernelText(".param .u64 image, .param .u64 out", body,
                      ".shared .align 1024 .b8 tile[" + std::to_string(kBytesA + kBytesB) + "];");
  }

  WgmmaCase test;
  int bytes, depth;
  std::vector<uint16_t> image;
  std::vector<uint32_t> a, b;
};

TEST(Wgmma, MatchesModelInEachLayout) {
  const WgmmaCase cases[] = {
      {"f16", 8, Layout::Plain, Layout::Plain, false},
      {"bf16", 64, Layout::Plain, Layout::Plain, false},
      {"bf16", 64, Layout::Swizzle128, Layout::Swizzle128, false},
      {"f16", 24, Layout::Swizzle128, Layout::Plain, false},
      {"bf16", 128, Layout::Swizzle128, Layout::Transposed128, false},
      {"f16", 64, Layout::Transposed128, Layout::Transposed128, false},
      {"bf16", 64, Layout::Plain, Layout::Transposed128, true},
      {"f16", 16, Layout::Plain, Layout::Plain, true},
      {"tf32", 8, Layout::Plain, Layout::Plain, false},
      {"tf32", 32, Layout::Swizzle128, Layout::Swizzle128, false},
      {"tf32", 16, Layout::Plain, Layout::Plain, true},
  };
  for (const WgmmaCase &test : cases)
    for (ptx::Async async : {ptx::Async::Late, ptx::Async::Early, ptx::Async::Random}) {
      SCOPED_TRACE(std::string(test.element) + " " + std::to_string(test.columns) + " layouts " +
                   std::to_string(int(test.layoutA)) + std::to_string(int(test.layoutB)));
      WgmmaTest(test).check(async);
    }
}

TEST(Wgmma, RulesOfItsRegisters) {
  struct Planted {
    const char *body;
    ptx::Finding::Kind kind;
    const char *message;
  };
  const std::string multiply = "wgmma.mma_async.sync.aligned.m64n8k16.f32.bf16.bf16 {%f0, %f1, %f2, %f3}, {%r2, %r3, "
                               "%r4, %r5}, %rd2, 1, 1, 1, 0;\n";
  const std::string done = "wgmma.commit_group.sync.aligned; wgmma.wait_group.sync.aligned 0;\n",
                    fence = "wgmma.fence.sync.aligned;\n";
  const std::pair<std::string, Planted> cases[] = {
      {fence + multiply + done, {"", ptx::Finding::Trap, ""}},
      {multiply + done, {"", ptx::Finding::Matrix, "there has been no wgmma.fence"}},
      {fence + "mov.f32 %f1, 0f00000000;\n" + multiply + done,
       {"", ptx::Finding::Matrix, "register 1 was written after the last wgmma.fence"}},
      {fence + multiply + "mov.u32 %r3, 5;\n" + done, {"", ptx::Finding::Matrix, "register 1 of a has changed"}},
      {fence + multiply, {"", ptx::Finding::Undefined, "the stored value"}},
      {fence + multiply, {"", ptx::Finding::Unfinished, "before this product is waited for"}},
      {fence +
           "wgmma.mma_async.sync.aligned.m64n8k16.f32.bf16.bf16 {%f0, %f1, %f2, %f3}, {%r2, %r3, %r4, %r5}, 0, 1, 1, "
           "1, 0;\n" +
           done,
       {"", ptx::Finding::OutOfBounds, "the descriptor reaches shared address 0x0"}},
  };
  for (const auto &[instructions, planted] : cases) {
    const std::string text = kernelText(".param .u64 out", R"(
  .reg .b32 %r<8>; .reg .f32 %f<4>; .reg .b64 %rd<4>;
  ld.param.u64 %rd0, [out];
  mov.u32 %r0, %tid.x; mov.u32 %r1, tile; shl.b32 %r2, %r0, 2; add.u32 %r2, %r2, %r1; st.shared.u32 [%r2], 0; fence.proxy.async; bar.sync 0;
  mov.u32 %r2, 0; mov.u32 %r3, 0; mov.u32 %r4, 0; mov.u32 %r5, 0;
  mov.f32 %f0, 0f00000000; mov.f32 %f1, 0f00000000; mov.f32 %f2, 0f00000000; mov.f32 %f3, 0f00000000;
  shr.u32 %r6, %r1, 4; cvt.u64.u32 %rd2, %r6; or.b64 %rd2, %rd2, 0x0000001000080000;
)" + instructions + "  mul.wide.u32 %rd1, %r0, 4; add.u64 %rd0, %rd0, %rd1; st.global.f32 [%rd0], %f0;\n",
                                        ".shared .align 128 .b8 tile[512];");
    std::vector<Buffer> buffers = {output("out", 512)};
    const auto report = runKernel(text, buffers, {{1, 1, 1}, {128, 1, 1}, {1, 1, 1}, 0});
    bool found = planted.kind == ptx::Finding::Trap ? report.clean() : false;
    for (const ptx::Finding &finding : report.findings)
      found |= finding.kind == planted.kind && finding.message.find(planted.message) != std::string::npos;
    EXPECT_TRUE(found) << instructions << report.text();
  }
}

} // namespace
