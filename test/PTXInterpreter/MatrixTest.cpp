// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// ldmatrix, stmatrix, movmatrix and mma.sync against the fragment layouts of the PTX ISA, element by element.
#include "Instruction.h"
#include <random>

using namespace camber::test;
namespace ptx = camber::ptx;

namespace {

const char *const kHead = ".shared .align 16 .b8 tile[512];\n";

/// 4 matrices of 8×8 in shared memory, element e holding the number e; loaded by every lane with `instruction` into
/// %r0…%r3.
std::vector<uint16_t> loaded(const std::string &instruction) {
  const std::string text = kernelText(".param .u64 in, .param .u64 out", R"(
  .reg .b32 %r<16>; .reg .b64 %rd<8>;
  ld.param.u64 %rd0, [in];
  ld.param.u64 %rd1, [out];
  mov.u32 %r4, %tid.x;
  mul.wide.u32 %rd2, %r4, 16;
  add.u64 %rd0, %rd0, %rd2;
  add.u64 %rd1, %rd1, %rd2;
  ld.global.v4.b32 {%r5, %r6, %r7, %r8}, [%rd0];
  mov.u32 %r9, tile;
  shl.b32 %r10, %r4, 4;
  add.u32 %r9, %r9, %r10;
  st.shared.v4.b32 [%r9], {%r5, %r6, %r7, %r8};
  bar.warp.sync -1;
  mov.u32 %r0, 0; mov.u32 %r1, 0; mov.u32 %r2, 0; mov.u32 %r3, 0;
  )" + instruction + R"(
  st.global.v4.b32 [%rd1], {%r0, %r1, %r2, %r3};
)",
                                      kHead);
  std::vector<uint16_t> elements(256);
  for (size_t i = 0; i < elements.size(); ++i)
    elements[i] = static_cast<uint16_t>(i);
  std::vector<Buffer> buffers = {input("in", elements), output("out", 512)};
  const auto report = runKernel(text, buffers);
  EXPECT_TRUE(report.clean()) << report.text();
  return contents<uint16_t>(buffers[1]);
}

TEST(Matrix, LoadsFragments) {
  for (bool transposed : {false, true})
    for (int count : {1, 2, 4}) {
      const std::string registers = count == 1 ? "{%r0}" : count == 2 ? "{%r0, %r1}" : "{%r0, %r1, %r2, %r3}";
      const auto results = loaded("ldmatrix.sync.aligned.m8n8.x" + std::to_string(count) +
                                  (transposed ? ".trans" : "") + ".shared.b16 " + registers + ", [%r9];");
      for (int lane = 0; lane < 32; ++lane)
        for (int matrix = 0; matrix < count; ++matrix)
          for (int part = 0; part < 2; ++part) {
            const int row = lane / 4, column = 2 * (lane % 4) + part;
            EXPECT_EQ(results[static_cast<size_t>(8 * lane + 2 * matrix + part)],
                      64 * matrix + (transposed ? 8 * column + row : 8 * row + column));
          }
    }
}

TEST(Matrix, StoresAndTransposes) {
  // Stored again where they came from: the tile is as it was.
  const auto same = loaded("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%r0, %r1, %r2, %r3}, [%r9]; bar.warp.sync -1;\n"
                           "stmatrix.sync.aligned.m8n8.x4.shared.b16 [%r9], {%r0, %r1, %r2, %r3}; bar.warp.sync -1;\n"
                           "ld.shared.v4.b32 {%r0, %r1, %r2, %r3}, [%r9];");
  for (size_t i = 0; i < 256; ++i)
    EXPECT_EQ(same[i], i);
  const auto turned =
      loaded("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%r0, %r1, %r2, %r3}, [%r9]; bar.warp.sync -1;\n"
             "stmatrix.sync.aligned.m8n8.x4.trans.shared.b16 [%r9], {%r0, %r1, %r2, %r3}; bar.warp.sync -1;\n"
             "ld.shared.v4.b32 {%r0, %r1, %r2, %r3}, [%r9];");
  for (size_t i = 0; i < 256; ++i)
    EXPECT_EQ(turned[i], i / 64 * 64 + i % 8 * 8 + i / 8 % 8);
  const auto moved =
      loaded("ldmatrix.sync.aligned.m8n8.x1.shared.b16 {%r0}, [%r9]; movmatrix.sync.aligned.m8n8.trans.b16 %r0, %r0;");
  for (size_t lane = 0; lane < 32; ++lane)
    for (size_t part = 0; part < 2; ++part)
      EXPECT_EQ(moved[8 * lane + part], 8 * (2 * (lane % 4) + part) + lane / 4);
}

struct MmaCase {
  const char *opcode;
  int depth;
  const char *element; ///< f16, bf16, tf32
  bool halfSums;
};

double elementValue(const std::string &element, uint32_t bits) {
  return element == "f16" ? halfValue(bits) : element == "bf16" ? bfloatValue(bits) : f32(bits & 0xffffe000);
}

/// The matrices of an mma, each element as its bits, in registers as the ISA lays them out.
class MmaTest {
public:
  explicit MmaTest(const MmaCase &test) : test(test), tf32(std::string(test.element) == "tf32") {
    registersA = tf32 ? test.depth / 2 : test.depth / 4;
    registersB = registersA / 2;
    registersC = test.halfSums ? 2 : 4;
  }

  void check(ptx::Approx approx) {
    std::mt19937 random(11);
    std::uniform_real_distribution<float> uniform(-2, 2);
    std::vector<uint32_t> a(16 * static_cast<size_t>(test.depth)), b(8 * a.size() / 16), c(128);
    for (uint32_t &x : a)
      x = narrow(uniform(random));
    for (uint32_t &x : b)
      x = narrow(uniform(random));
    for (uint32_t &x : c)
      x = static_cast<uint32_t>(test.halfSums ? nearestHalf(uniform(random)) : bits(uniform(random)));
    std::vector<uint32_t> registers;
    for (int lane = 0; lane < 32; ++lane) {
      for (int x = 0; x < registersA; ++x)
        registers.push_back(tf32 ? a[at(lane / 4 + 8 * (x % 2), lane % 4 + 4 * (x / 2))]
                                 : a[at(lane / 4 + 8 * (x % 2), 8 * (x / 2) + 2 * (lane % 4))] |
                                       a[at(lane / 4 + 8 * (x % 2), 8 * (x / 2) + 2 * (lane % 4) + 1)] << 16);
      for (int x = 0; x < registersB; ++x) // b is stored column by column
        registers.push_back(tf32 ? b[at(lane / 4, lane % 4 + 4 * x)]
                                 : b[at(lane / 4, 8 * x + 2 * (lane % 4))] | b[at(lane / 4, 8 * x + 2 * (lane % 4) + 1)]
                                                                                 << 16);
      for (int x = 0; x < registersC; ++x)
        registers.push_back(test.halfSums ? c[place(lane, x)] | c[place(lane, x) + 1] << 16 : c[place(lane, x)]);
    }
    const std::vector<uint32_t> results = run(registers, approx);
    for (int lane = 0; lane < 32; ++lane)
      for (int x = 0; x < registersC; ++x)
        for (int part = 0; part < (test.halfSums ? 2 : 1); ++part) {
          const size_t element = place(lane, x) + static_cast<size_t>(part);
          const int row = static_cast<int>(element) / 8, column = static_cast<int>(element) % 8;
          double sum = test.halfSums ? halfValue(c[element]) : f32(c[element]), magnitude = std::fabs(sum);
          for (int k = 0; k < test.depth; ++k) {
            const double product =
                elementValue(test.element, a[at(row, k)]) * elementValue(test.element, b[at(column, k)]);
            sum += product;
            magnitude += std::fabs(product);
          }
          const uint32_t result = results[static_cast<size_t>(lane * registersC + x)];
          const double value = test.halfSums ? halfValue(result >> 16 * part) : f32(result);
          EXPECT_NEAR(value, sum, magnitude * test.depth * 0x1p-23 + (test.halfSums ? std::fabs(sum) * 0x1p-11 : 0))
              << test.opcode << " row " << row << " column " << column;
        }
  }

private:
  uint32_t narrow(float value) const {
    return static_cast<uint32_t>(tf32                                 ? bits(value)
                                 : std::string(test.element) == "f16" ? nearestHalf(value)
                                                                      : nearestBfloat(value));
  }
  size_t at(int row, int k) const { return static_cast<size_t>(row * test.depth + k); }
  size_t place(int lane, int x) const {
    const int row = lane / 4 + 8 * (test.halfSums ? x : x / 2), column = 2 * (lane % 4) + (test.halfSums ? 0 : x % 2);
    return static_cast<size_t>(8 * row + column);
  }
  static std::string list(const char *prefix, int from, int count) {
    std::string text;
    for (int i = 0; i < count; ++i)
      text += (i ? ", " : "") + std::string(prefix) + std::to_string(from + i);
    return "{" + text + "}";
  }
  std::vector<uint32_t> run(const std::vector<uint32_t> &registers, ptx::Approx approx) const {
    const int perLane = registersA + registersB + registersC;
    std::string body = "  .reg .b32 %r<32>; .reg .b64 %rd<4>;\n  ld.param.u64 %rd0, [in];\n  ld.param.u64 %rd1, "
                       "[out];\n  mov.u32 %r30, %tid.x;\n";
    body += "  mad.wide.u32 %rd0, %r30, " + std::to_string(4 * perLane) + ", %rd0;\n  mad.wide.u32 %rd1, %r30, " +
            std::to_string(4 * registersC) + ", %rd1;\n";
    for (int i = 0; i < perLane; ++i)
      body += "  ld.global.b32 %r" + std::to_string(i) + ", [%rd0+" + std::to_string(4 * i) + "];\n";
    body += "  " + std::string(test.opcode) + " " + list("%r", 20, registersC) + ", " + list("%r", 0, registersA) +
            ", " + list("%r", registersA, registersB) + ", " + list("%r", registersA + registersB, registersC) + ";\n";
    for (int i = 0; i < registersC; ++i)
      body += "  st.global.b32 [%rd1+" + std::to_string(4 * i) + "], %r" + std::to_string(20 + i) + ";\n";
    std::vector<Buffer> buffers = {input("in", registers), output("out", 128 * static_cast<size_t>(registersC))};
    ptx::LaunchOptions options;
    options.approx = approx;
    const auto report = runKernel(kernelText(".param .u64 in, .param .u64 out", body), buffers, {}, options);
    EXPECT_TRUE(report.clean()) << report.text();
    return contents<uint32_t>(buffers[1]);
  }

  MmaCase test;
  bool tf32;
  int registersA, registersB, registersC;
};

TEST(Mma, MatchesModelInEveryMode) {
  const MmaCase cases[] = {
      {"mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32", 16, "f16", false},
      {"mma.sync.aligned.m16n8k16.row.col.f16.f16.f16.f16", 16, "f16", true},
      {"mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32", 16, "bf16", false},
      {"mma.sync.aligned.m16n8k8.row.col.f32.f16.f16.f32", 8, "f16", false},
      {"mma.sync.aligned.m16n8k8.row.col.f16.f16.f16.f16", 8, "f16", true},
      {"mma.sync.aligned.m16n8k8.row.col.f32.bf16.bf16.f32", 8, "bf16", false},
      {"mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32", 8, "tf32", false},
      {"mma.sync.aligned.m16n8k4.row.col.f32.tf32.tf32.f32", 4, "tf32", false},
  };
  for (const MmaCase &test : cases)
    for (ptx::Approx approx : {ptx::Approx::Exact, ptx::Approx::Worst, ptx::Approx::Random})
      MmaTest(test).check(approx);
}

} // namespace
