// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Launches, memory and arguments.
#include "Instruction.h"

using namespace camber::test;
namespace ptx = camber::ptx;

namespace {

const char *const kAddOne = R"(
  .reg .b32 %r<4>; .reg .b64 %rd<4>;
  ld.param.u64 %rd0, [p];
  mov.u32 %r0, %tid.x;
  mul.wide.u32 %rd1, %r0, 4;
  add.u64 %rd0, %rd0, %rd1;
  ld.global.u32 %r1, [%rd0];
  add.u32 %r1, %r1, 1;
  st.global.u32 [%rd0], %r1;
)";

ptx::Kernel kernelOf(const std::string &text) {
  const auto module = ptx::Module::parse(text);
  EXPECT_TRUE(module) << module.error();
  const auto kernel = module->kernel("k");
  EXPECT_TRUE(kernel) << kernel.error();
  return *kernel;
}

TEST(Interface, AdoptedMemoryIsUsedInPlace) {
  const ptx::Kernel kernel = kernelOf(kernelText(".param .u64 p", kAddOne));
  std::vector<uint32_t> values(32, 41);
  ptx::Memory memory;
  ptx::Arguments arguments(kernel);
  arguments.set(0, memory.adopt("values", values.data(), 128, ptx::Access::ReadWrite, true, 16));
  for (int i = 0; i < 2; ++i) {
    const auto report = ptx::launch(kernel, {}, arguments.bytes(), memory);
    ASSERT_TRUE(report);
    EXPECT_TRUE(report->clean()) << report->text();
    EXPECT_EQ(report->threadInstructions, 32u * 7);
  }
  EXPECT_EQ(values, std::vector<uint32_t>(32, 43));
}

TEST(Interface, AddressesAreAlignedAsPromisedAndNotBetter) {
  ptx::Memory memory;
  for (uint64_t alignment : {2, 4, 16, 256}) {
    const uint64_t address = memory.allocate("a", 10, ptx::Access::Read, nullptr, alignment);
    EXPECT_EQ(address % alignment, 0u);
    EXPECT_NE(address % (2 * alignment), 0u);
    EXPECT_NE(memory.bytesAt(address + 9), nullptr);
    EXPECT_EQ(memory.bytesAt(address + 10), nullptr);
  }
}

TEST(Interface, GapsOfOutputsMayStayUnwritten) {
  const ptx::Kernel kernel =
      kernelOf(kernelText(".param .u64 p", ".reg .b64 %rd0; ld.param.u64 %rd0, [p]; st.global.u64 [%rd0], 1;"));
  ptx::Memory memory;
  const uint64_t address = memory.allocate("o", 16, ptx::Access::Output);
  ptx::Arguments arguments(kernel);
  arguments.set(0, address);
  auto report = ptx::launch(kernel, {{1, 1, 1}, {1, 1, 1}, {1, 1, 1}, 0}, arguments.bytes(), memory);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->findings.at(0).kind, ptx::Finding::Unwritten);
  memory.allowUnwritten(address + 8, 8);
  report = ptx::launch(kernel, {{1, 1, 1}, {1, 1, 1}, {1, 1, 1}, 0}, arguments.bytes(), memory);
  EXPECT_TRUE(report->clean()) << report->text();
}

TEST(Interface, UndefinedPartsOfOperandsAreNotUsed) {
  const ptx::Kernel kernel = kernelOf(kernelText(".param .u64 p", kAddOne));
  std::vector<uint32_t> values(32, 0);
  ptx::Memory memory;
  const uint64_t address = memory.allocate("values", 128, ptx::Access::ReadWrite, values.data());
  memory.undefine(address + 40, 4);
  ptx::Arguments arguments(kernel);
  arguments.set(0, address);
  const auto report = ptx::launch(kernel, {}, arguments.bytes(), memory);
  ASSERT_EQ(report->findings.size(), 1u);
  EXPECT_EQ(report->findings[0].kind, ptx::Finding::Undefined);
  EXPECT_EQ(report->findings[0].lane, 10);
}

TEST(Interface, ImpossibleLaunchesAreRefused) {
  const ptx::Kernel kernel =
      kernelOf(".version 8.0\n.target sm_80\n.visible .entry k(.param .u64 p) .reqntid 64 .maxntid 64 { ret; }");
  ptx::Memory memory;
  const std::vector<uint8_t> parameters(8);
  const auto error = [&](const ptx::LaunchShape &shape, const std::vector<uint8_t> &bytes) {
    return ptx::launch(kernel, shape, bytes, memory).error();
  };
  EXPECT_NE(error({{1, 1, 1}, {32, 1, 1}, {1, 1, 1}, 0}, parameters).find("requires blocks of 64x1x1"),
            std::string::npos);
  EXPECT_NE(error({{1, 1, 1}, {2048, 1, 1}, {1, 1, 1}, 0}, parameters).find("1024 are the most"), std::string::npos);
  EXPECT_NE(error({{0, 1, 1}, {64, 1, 1}, {1, 1, 1}, 0}, parameters).find("must not be empty"), std::string::npos);
  EXPECT_NE(error({{3, 1, 1}, {64, 1, 1}, {2, 1, 1}, 0}, parameters).find("multiple of the cluster"),
            std::string::npos);
  EXPECT_NE(error({{1, 1, 1}, {64, 1, 1}, {1, 1, 1}, 0}, {}).find("takes 8 bytes of parameters"), std::string::npos);
}

TEST(Interface, DynamicSharedMemoryIsBounded) {
  const std::string text = kernelText(".param .u64 p", R"(
  .reg .b32 %r<4>;
  mov.u32 %r0, %tid.x;
  shl.b32 %r0, %r0, 2;
  mov.u32 %r1, dynamic;
  add.u32 %r0, %r0, %r1;
  st.shared.u32 [%r0], 1;
)",
                                      ".extern .shared .align 16 .b8 dynamic[];\n.shared .align 4 .b8 fixed[20];");
  const ptx::Kernel kernel = kernelOf(text);
  ptx::Memory memory;
  const std::vector<uint8_t> parameters(8);
  EXPECT_TRUE(ptx::launch(kernel, {{1, 1, 1}, {32, 1, 1}, {1, 1, 1}, 128}, parameters, memory)->clean());
  EXPECT_FALSE(ptx::launch(kernel, {{1, 1, 1}, {32, 1, 1}, {1, 1, 1}, 124}, parameters, memory)->clean());
}

} // namespace
