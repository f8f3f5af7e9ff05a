// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Approximate instructions stay within the bounds of the PTX ISA in every mode, and Worst and Random make use of them.
#include "Instruction.h"
#include <map>
#include <random>

using namespace camber::test;
namespace ptx = camber::ptx;

namespace {

struct ApproximateCase {
  const char *opcode;
  double (*exact)(double);
  double relative, absolute; ///< the documented bound
  double low, high;          ///< operands
};

const ApproximateCase cases[] = {
    {"ex2.approx.f32", [](double x) { return std::exp2(x); }, 0x1p-22, 0, -20, 20},
    {"ex2.approx.ftz.f32", [](double x) { return std::exp2(x); }, 0x1p-22, 0, -20, 20},
    {"lg2.approx.f32", [](double x) { return std::log2(x); }, 0, 0x1p-22, 0.51, 1.99},
    {"lg2.approx.ftz.f32", [](double x) { return std::log2(x); }, 0x1p-22, 0, 2, 1e6},
    {"rcp.approx.ftz.f32", [](double x) { return 1 / x; }, 0x1p-23, 0, 0.1, 1000},
    {"sqrt.approx.f32", [](double x) { return std::sqrt(x); }, 0x1p-23, 0, 0.1, 1000},
    {"rsqrt.approx.f32", [](double x) { return 1 / std::sqrt(x); }, 0x1.13p-23, 0, 0.1, 1000},
    {"tanh.approx.f32", [](double x) { return std::tanh(x); }, 0x1p-11, 0, -4, 4},
    {"sin.approx.f32", [](double x) { return std::sin(x); }, 0, 0x1p-20, -3, 3},
    {"cos.approx.ftz.f32", [](double x) { return std::cos(x); }, 0, 0x1p-20, -3, 3},
};

std::vector<float> results(const std::string &opcode, const std::vector<float> &operands, ptx::Approx approx,
                           uint64_t seed = 0) {
  const std::string text = kernelText(".param .u64 in, .param .u64 out", R"(
  .reg .b32 %r<4>; .reg .f32 %f<4>; .reg .b64 %rd<4>;
  ld.param.u64 %rd0, [in];
  ld.param.u64 %rd1, [out];
  mov.u32 %r0, %tid.x;
  mul.wide.u32 %rd2, %r0, 4;
  add.u64 %rd0, %rd0, %rd2;
  add.u64 %rd1, %rd1, %rd2;
  ld.global.f32 %f0, [%rd0];
  )" + opcode + R"( %f1, %f0;
  st.global.f32 [%rd1], %f1;
)");
  std::vector<Buffer> buffers = {input("in", operands), output("out", operands.size() * 4)};
  ptx::LaunchOptions options;
  options.approx = approx;
  options.seed = seed;
  const auto report =
      runKernel(text, buffers, {{1, 1, 1}, {static_cast<uint32_t>(operands.size()), 1, 1}, {1, 1, 1}, 0}, options);
  EXPECT_TRUE(report.clean()) << report.text();
  return contents<float>(buffers[1]);
}

TEST(Approximate, StaysWithinItsBoundAndUsesIt) {
  for (const ApproximateCase &test : cases) {
    SCOPED_TRACE(test.opcode);
    std::mt19937 random(3);
    std::vector<float> operands(512);
    for (float &operand : operands)
      operand = static_cast<float>(test.low + (test.high - test.low) * (random() / 4294967296.0));
    for (ptx::Approx mode : {ptx::Approx::Exact, ptx::Approx::Worst, ptx::Approx::Random}) {
      const std::vector<float> values = results(test.opcode, operands, mode, 5);
      double largest = 0;
      for (size_t i = 0; i < values.size(); ++i) {
        const double exact = test.exact(operands[i]);
        const double bound = test.relative * std::fabs(exact) + test.absolute;
        // The last rounding to float32 comes on top.
        const double rounding = std::ldexp(std::fabs(exact), -23);
        EXPECT_LE(std::fabs(values[i] - exact), bound + rounding) << operands[i];
        largest = std::max(largest, std::fabs(values[i] - exact) / (bound + rounding));
      }
      if (mode == ptx::Approx::Worst) {
        EXPECT_GT(largest, 0.6);
      }
      if (mode != ptx::Approx::Exact) {
        EXPECT_NE(values, results(test.opcode, operands, ptx::Approx::Exact));
      }
    }
  }
}

TEST(Approximate, TabulatedValuesAreExact) {
  const std::vector<float> operands = {0.0f, -0.0f, INFINITY, -INFINITY, NAN, 1.0f, 0x1p-130f, -1.0f};
  for (ptx::Approx mode : {ptx::Approx::Exact, ptx::Approx::Worst, ptx::Approx::Random}) {
    const std::vector<float> powers = results("ex2.approx.ftz.f32", operands, mode);
    EXPECT_EQ(powers[0], 1);
    EXPECT_EQ(powers[1], 1);
    EXPECT_EQ(powers[2], INFINITY);
    EXPECT_EQ(powers[3], 0);
    EXPECT_TRUE(std::isnan(powers[4]));
    EXPECT_EQ(powers[6], 1);
    const std::vector<float> reciprocals = results("rcp.approx.ftz.f32", operands, mode);
    EXPECT_EQ(reciprocals[0], INFINITY);
    EXPECT_EQ(reciprocals[1], -INFINITY);
    EXPECT_EQ(reciprocals[2], 0);
    EXPECT_EQ(reciprocals[6], INFINITY); // flushed
    const std::vector<float> logarithms = results("lg2.approx.f32", operands, mode);
    EXPECT_EQ(logarithms[0], -INFINITY);
    EXPECT_TRUE(std::isnan(logarithms[7]));
    EXPECT_EQ(results("sqrt.approx.f32", operands, mode)[2], INFINITY);
    EXPECT_TRUE(std::isnan(results("sin.approx.f32", operands, mode)[2]));
  }
}

TEST(Approximate, RandomDependsOnItsSeedOnly) {
  const std::vector<float> operands(64, 0.3f);
  EXPECT_EQ(results("ex2.approx.f32", operands, ptx::Approx::Random, 1),
            results("ex2.approx.f32", operands, ptx::Approx::Random, 1));
  EXPECT_NE(results("ex2.approx.f32", operands, ptx::Approx::Random, 1),
            results("ex2.approx.f32", operands, ptx::Approx::Random, 2));
}

TEST(Approximate, HalvesAreNearestWhenExact) {
  checkInstruction({"ex2.approx.f16", "f16 f16", MODEL(nearestHalf(std::exp2(float(halfValue(a)))))});
  checkInstruction({"ex2.approx.ftz.bf16", "bf16 bf16", MODEL(nearestBfloat(std::exp2(float(bfloatValue(a)))))});
  checkInstruction(
      {"tanh.approx.f16x2", "f16x2 f16x2",
       MODEL(nearestHalf(std::tanh(float(halfValue(a)))) | nearestHalf(std::tanh(float(halfValue(a >> 16)))) << 16)});
  checkInstruction({"tanh.approx.bf16", "bf16 bf16", MODEL(nearestBfloat(std::tanh(float(bfloatValue(a)))))});
}

TEST(Approximate, Division) {
  checkInstruction({"div.full.f32", "f32 f32 f32", MODEL(bits(f32(a) / f32(b)))});
  checkInstruction({"div.approx.f32", "f32 f32~ f32~", MODEL(bits(f32(a) / f32(b)))});
  checkInstruction({"rcp.approx.ftz.f64", "f64 f64", MODEL(bits(1 / f64(a)))});
}

} // namespace
