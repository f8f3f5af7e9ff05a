// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Kernels in CUDA C++ (conformance/), compiled here by nvcc, or by clang without CUDA's headers, and interpreted.
// Skipped where there is neither.
#include "Instruction.h"
#include <cstdlib>
#include <filesystem>
#include <numeric>
#include <random>
#include <unistd.h>

using namespace camber::test;
namespace ptx = camber::ptx;

namespace {

const std::string kSource = CAMBER_SOURCE_DIR "/test/PTXInterpreter/conformance/kernels.cu";

/// The PTX that the command makes, or nothing.
std::string compiled(const std::string &command, const std::string &flags) {
  const std::string path =
      (std::filesystem::temp_directory_path() / ("camber-conformance-" + std::to_string(getpid()) + ".ptx")).string();
  const int status = std::system((command + " " + flags + " " + kSource + " -o " + path + " >/dev/null 2>&1").c_str());
  const std::string text = status == 0 ? readFile(path) : "";
  std::filesystem::remove(path);
  return text;
}

void softmaxRows(const std::string &text) {
  std::mt19937 random(2);
  std::normal_distribution<float> normal(0, 3);
  std::vector<float> in(512);
  for (float &x : in)
    x = normal(random);
  std::vector<Buffer> buffers = {input("in", in), output("out", 2048)};
  const auto report = runKernel(text, buffers, {{2, 1, 1}, {256, 1, 1}, {1, 1, 1}, 0}, {}, "softmaxRows");
  EXPECT_TRUE(report.clean()) << report.text();
  const auto out = contents<float>(buffers[1]);
  for (size_t row = 0; row < 2; ++row) {
    double sum = 0;
    for (size_t i = 0; i < 256; ++i)
      sum += std::exp(double(in[256 * row + i]));
    for (size_t i = 0; i < 256; ++i)
      ASSERT_NEAR(out[256 * row + i], std::exp(double(in[256 * row + i])) / sum, 2e-6);
  }
}

void transpose(const std::string &text) {
  std::vector<double> in(64 * 48);
  std::iota(in.begin(), in.end(), 0.5);
  std::vector<Buffer> buffers = {input("in", in), output("out", in.size() * 8)};
  const auto report = runKernel(text, buffers, {{12, 1, 1}, {256, 1, 1}, {1, 1, 1}, 0}, {}, "transpose");
  EXPECT_TRUE(report.clean()) << report.text();
  const auto out = contents<double>(buffers[1]);
  for (size_t i = 0; i < in.size(); ++i)
    ASSERT_EQ(out[i % 48 * 64 + i / 48], in[i]);
}

/// Kernels with operands that are not all buffers, or are updated.
class Call {
public:
  Call(const std::string &text, const std::string &name)
      : module(*ptx::Module::parse(text)), kernel(*module.kernel(name)), arguments(kernel) {}
  template <typename T> uint64_t buffer(const char *name, const std::vector<T> &values, ptx::Access access) {
    const uint64_t address = memory.allocate(name, values.size() * sizeof(T), access,
                                             access == ptx::Access::Output ? nullptr : values.data());
    arguments.set(index++, address);
    return address;
  }
  void scalar(int value) { arguments.set(index++, value); }
  void run(uint32_t blocks, uint32_t threads) {
    const auto report = ptx::launch(kernel, {{blocks, 1, 1}, {threads, 1, 1}, {1, 1, 1}, 0}, arguments.bytes(), memory);
    ASSERT_TRUE(report) << report.error();
    EXPECT_TRUE(report->clean()) << report->text();
  }
  template <typename T> T at(uint64_t address, size_t i) {
    T value;
    std::memcpy(&value, memory.bytesAt(address + i * sizeof(T)), sizeof(T));
    return value;
  }

private:
  ptx::Module module;
  ptx::Kernel kernel;
  ptx::Memory memory;
  ptx::Arguments arguments;
  size_t index = 0;
};

void histogram(const std::string &text) {
  std::mt19937_64 random(5);
  std::vector<int64_t> in(1000);
  std::vector<int> expected(10);
  for (int64_t &x : in) {
    x = static_cast<int64_t>(random());
    ++expected[static_cast<size_t>((x % 10 + 10) % 10)];
  }
  Call call(text, "histogram");
  call.buffer("in", in, ptx::Access::Read);
  const uint64_t counts = call.buffer("counts", std::vector<int>(10), ptx::Access::ReadWrite);
  call.scalar(1000);
  call.run(2, 128);
  for (size_t i = 0; i < 10; ++i)
    EXPECT_EQ(call.at<int>(counts, i), expected[i]);
}

void prefixSums(const std::string &text) {
  std::vector<int> in(128);
  for (size_t i = 0; i < in.size(); ++i)
    in[i] = static_cast<int>(i * i % 17) - 8;
  Call call(text, "prefixSums");
  call.buffer("in", in, ptx::Access::Read);
  const uint64_t out = call.buffer("out", in, ptx::Access::Output);
  call.run(1, 128);
  std::partial_sum(in.begin(), in.end(), in.begin());
  for (size_t i = 0; i < in.size(); ++i)
    ASSERT_EQ(call.at<int>(out, i), in[i]);
}

struct Pair {
  int a, b;
  int16_t c[4];
};
int collatz(unsigned n, Pair &longest) {
  int steps = 0;
  for (; n != 1; ++steps)
    n = n % 2 ? 3 * n + 1 : n / 2;
  longest.a = std::max(longest.a, steps);
  longest.c[steps & 3] = static_cast<int16_t>(steps);
  return steps;
}
int mixtureOf(const uint8_t *in, int pick) {
  const int weights[5] = {3, -1, 4, -1, 5};
  Pair longest = {0, 7, {1, 2, 3, 4}};
  int order[8], total = 0;
  for (int i = 0; i < 8; ++i)
    order[(i * pick) & 7] = in[i];
  for (int value : order)
    switch (value % 7) {
    case 0:
      total += collatz(static_cast<unsigned>(value) + 1, longest);
      break;
    case 1:
      total -= value;
      break;
    case 2:
      total ^= value << 3;
      break;
    case 3:
      total += weights[value % 5];
      break;
    case 4:
      total = static_cast<int>(static_cast<unsigned>(total) * 31 + 7);
      break;
    case 5:
      total += value & 32 ? 0 : 1000;
      break;
    default:
      total += longest.c[value & 3];
    }
  return total + longest.a * longest.b;
}

void mixture(const std::string &text) {
  std::mt19937 random(9);
  std::vector<uint8_t> in(8 * 96);
  for (uint8_t &x : in)
    x = static_cast<uint8_t>(random());
  Call call(text, "mixture");
  call.buffer("in", in, ptx::Access::Read);
  const uint64_t out = call.buffer("out", std::vector<int>(96), ptx::Access::Output);
  call.scalar(3);
  call.run(1, 96);
  for (size_t i = 0; i < 96; ++i)
    ASSERT_EQ(call.at<int>(out, i), mixtureOf(in.data() + 8 * i, 3)) << i;
}

void lastBlock(const std::string &text) {
  std::mt19937 random(9);
  std::vector<int> in(256);
  int expected = 0;
  for (int &x : in) {
    x = static_cast<int>(random());
    expected += x < 0;
  }
  Call call(text, "lastBlock");
  call.buffer("in", in, ptx::Access::Read);
  call.buffer("signs", std::vector<int>(8), ptx::Access::ReadWrite);
  call.buffer("counter", std::vector<int>(1), ptx::Access::ReadWrite);
  const uint64_t out = call.buffer("out", std::vector<int>(1), ptx::Access::Output);
  call.run(4, 64);
  EXPECT_EQ(call.at<int>(out, 0), expected);
}

void runAll(const std::string &text) {
  softmaxRows(text);
  transpose(text);
  histogram(text);
  prefixSums(text);
  mixture(text);
  lastBlock(text);
}

TEST(Conformance, KernelsFromNvcc) {
  const std::string nvcc = std::filesystem::exists("/usr/local/cuda/bin/nvcc") ? "/usr/local/cuda/bin/nvcc" : "nvcc";
  if (std::system((nvcc + " --version >/dev/null 2>&1").c_str()) != 0)
    GTEST_SKIP() << "no nvcc here to compile kernels in CUDA C++ with";
  for (const char *level : {"", " -G"}) { // with -G, unoptimised
    SCOPED_TRACE(level);
    const std::string text = compiled(nvcc, std::string("-ptx -arch=sm_80") + level);
    ASSERT_FALSE(text.empty()) << "nvcc does not compile " << kSource;
    runAll(text);
  }
}

TEST(Conformance, KernelsFromClang) {
  const std::string flags = "-x cuda --cuda-device-only --cuda-gpu-arch=sm_80 -nocudainc -nocudalib "
                            "-Wno-unknown-cuda-version -Xclang -target-feature -Xclang +ptx70 -S";
  if (std::system("clang --version >/dev/null 2>&1") != 0)
    GTEST_SKIP() << "no clang here to compile kernels in CUDA C++ with";
  for (const char *level : {"-O2 ", "-O0 "}) {
    SCOPED_TRACE(level);
    const std::string text = compiled("clang", level + flags);
    if (text.empty())
      GTEST_SKIP() << "this clang has no NVPTX target, or does not compile for sm_80";
    runAll(text);
  }
}

} // namespace
