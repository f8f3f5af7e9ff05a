// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// mbarriers, bulk copies, tensor copies and clusters.
#include "Instruction.h"

using namespace camber::test;
namespace ptx = camber::ptx;
using Kind = ptx::Finding::Kind;

namespace {

/// One block of 64 threads. %r0 thread, %p0 thread 0, %r1 tile (1024 bytes), %r2 mbarrier, %rd0 in, %rd1 out (512
/// bytes).
std::string text(const std::string &body) {
  return kernelText(".param .u64 in, .param .u64 out", R"(
  .reg .pred %p<4>; .reg .b32 %r<16>; .reg .b64 %rd<8>;
  ld.param.u64 %rd0, [in]; ld.param.u64 %rd1, [out];
  mov.u32 %r0, %tid.x; setp.eq.u32 %p0, %r0, 0; mov.u32 %r1, tile; mov.u32 %r2, bar; mov.u32 %r9, 1;
  mul.wide.u32 %rd4, %r0, 8; add.u64 %rd4, %rd4, %rd1; shl.b32 %r5, %r0, 3; add.u32 %r5, %r5, %r1;
)" + body,
                    ".shared .align 1024 .b8 tile[1024];\n.shared .align 8 .b64 bar;\n");
}
const std::string kInit = "@%p0 mbarrier.init.shared.b64 [%r2], 1;\n";
const std::string kFence = "@%p0 fence.mbarrier_init.release.cluster;\n";
const std::string kBarrier = "bar.sync 0;\n";
const std::string kExpect = "@%p0 mbarrier.arrive.expect_tx.shared.b64 _, [%r2], 512;\n";
const std::string kCopy =
    "@%p0 cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [%r1], [%rd0], 512, [%r2];\n";
const std::string kWait = "WAIT: mbarrier.try_wait.parity.shared.b64 %p1, [%r2], 0;\n@!%p1 bra WAIT;\n";
const std::string kUse = "ld.shared.v2.u32 {%r3, %r4}, [%r5]; st.global.v2.u32 [%rd4], {%r3, %r4};\n";

ptx::Report run(const std::string &body, std::vector<uint32_t> *result = nullptr, ptx::Async async = ptx::Async::Late) {
  std::vector<uint32_t> values(128);
  for (uint32_t i = 0; i < 128; ++i)
    values[i] = i * i;
  std::vector<Buffer> buffers = {input("in", values), output("out", 512)};
  ptx::LaunchOptions options;
  options.async = async;
  const auto report = runKernel(text(body), buffers, {{1, 1, 1}, {64, 1, 1}, {1, 1, 1}, 0}, options);
  if (result)
    *result = contents<uint32_t>(buffers[1]);
  return report;
}

TEST(BulkCopy, ArrivesThroughAnMBarrier) {
  for (ptx::Async async : {ptx::Async::Late, ptx::Async::Early, ptx::Async::Random}) {
    std::vector<uint32_t> result;
    const auto report = run(kInit + kFence + kBarrier + kExpect + kCopy + kWait + kUse, &result, async);
    EXPECT_TRUE(report.clean()) << report.text();
    for (uint32_t i = 0; i < 128; ++i)
      EXPECT_EQ(result[i], i * i);
  }
}

TEST(BulkCopy, LeavesThroughAGroup) {
  for (ptx::Async async : {ptx::Async::Late, ptx::Async::Early, ptx::Async::Random}) {
    std::vector<uint32_t> result;
    const auto report = run("st.shared.v2.u32 [%r5], {%r0, 7}; fence.proxy.async.shared::cta; bar.sync 0;\n"
                            "@%p0 cp.async.bulk.global.shared::cta.bulk_group [%rd1], [%r1], 512;\n"
                            "@%p0 cp.async.bulk.commit_group; @%p0 cp.async.bulk.wait_group 0;",
                            &result, async);
    EXPECT_TRUE(report.clean()) << report.text();
    for (uint32_t i = 0; i < 64; ++i)
      EXPECT_EQ(result[2 * i], i);
  }
}

TEST(BulkCopy, OrdinaryAsynchronousCopiesArriveThroughAnMBarrier) {
  // Each thread copies its own 8 bytes and reads its neighbour's, of the other warp, once all have arrived.
  const std::string copy =
      "shl.b32 %r6, %r0, 3; cvt.u64.u32 %rd5, %r6; add.u64 %rd5, %rd5, %rd0; xor.b32 %r7, %r5, 256;\n"
      "cp.async.ca.shared.global [%r5], [%rd5], 8;\ncp.async.mbarrier.arrive.noinc.shared.b64 [%r2];\n";
  const std::string use = "ld.shared.v2.u32 {%r3, %r4}, [%r7]; st.global.v2.u32 [%rd4], {%r3, %r4};\n";
  const std::string init = "@%p0 mbarrier.init.shared.b64 [%r2], 64;\n";
  std::vector<uint32_t> result;
  const auto report = run(init + kBarrier + copy + kWait + use, &result);
  EXPECT_TRUE(report.clean()) << report.text();
  for (uint32_t i = 0; i < 128; ++i)
    EXPECT_EQ(result[i], (i ^ 64) * (i ^ 64));
  const auto racy = run(init + kBarrier + copy + use);
  EXPECT_NE(racy.text().find("race: "), std::string::npos) << racy.text();
}

struct Planted {
  const char *name;
  std::string body;
  Kind kind;
  const char *message;
};
class BulkCopyMistake : public testing::TestWithParam<Planted> {};

TEST_P(BulkCopyMistake, IsFound) {
  const auto report = run(GetParam().body);
  bool found = false;
  for (const ptx::Finding &finding : report.findings)
    found |= finding.kind == GetParam().kind && finding.message.find(GetParam().message) != std::string::npos;
  EXPECT_TRUE(found) << report.text();
}

INSTANTIATE_TEST_SUITE_P(
    BulkCopy, BulkCopyMistake,
    testing::Values(
        Planted{"NoWait", kInit + kFence + kBarrier + kExpect + kCopy + kUse, Kind::MissingWait,
                "asynchronous copy is still to write"},
        Planted{"NoInit", kBarrier + kExpect + kCopy + kWait + kUse, Kind::Barrier,
                "there is no mbarrier at shared address"},
        Planted{"NoFence", kInit + kBarrier + kExpect + kCopy + kWait + kUse, Kind::Proxy,
                "not visible to the asynchronous proxy"},
        Planted{"NoBarrierAfterInit", kInit + kFence + kExpect + kCopy + kWait + kUse, Kind::Race,
                "is not ordered after its initialisation"},
        Planted{"NoExpect", kInit + kFence + kBarrier + kCopy + kWait + kUse, Kind::Deadlock, "-512 bytes are missing"},
        Planted{"NoCopy", kInit + kFence + kBarrier + kExpect + kWait + kUse, Kind::Deadlock, "512 bytes are missing"},
        Planted{"TooManyArrivals", kInit + kFence + kBarrier + "mbarrier.arrive.shared.b64 _, [%r2], 2;\n",
                Kind::Barrier, "more arrivals"},
        Planted{"OrdinaryAccess", kInit + kBarrier + "ld.shared.u64 %rd5, [%r2];\n", Kind::Barrier,
                "of the mbarrier at shared address"},
        Planted{
            "Misaligned",
            kInit + kFence + kBarrier + kExpect +
                "@%p0 cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [%r1+8], [%rd0], 512, [%r2];\n",
            Kind::Misaligned, "bulk copy at shared address"},
        Planted{"PastEnd",
                kInit + kFence + kBarrier + kExpect +
                    "@%p0 cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [%r1], [%rd0+16], 512, "
                    "[%r2];\n" +
                    kWait,
                Kind::OutOfBounds, "outside of every allocation"},
        Planted{"StoreWithoutProxyFence",
                "st.shared.v2.u32 [%r5], {%r0, 7}; bar.sync 0;\n@%p0 cp.async.bulk.global.shared::cta.bulk_group "
                "[%rd1], [%r1], 512;\n@%p0 cp.async.bulk.commit_group; @%p0 cp.async.bulk.wait_group 0;",
                Kind::Proxy, "without a proxy fence"},
        Planted{"StoreNotWaitedFor",
                "st.shared.v2.u32 [%r5], {%r0, 7}; fence.proxy.async; bar.sync 0;\n@%p0 "
                "cp.async.bulk.global.shared::cta.bulk_group [%rd1], [%r1], 512;\n@%p0 cp.async.bulk.commit_group;",
                Kind::Unfinished, "before this copy is waited for"},
        Planted{"OverwrittenBeforeItIsRead",
                "st.shared.v2.u32 [%r5], {%r0, 7}; fence.proxy.async; bar.sync 0;\n@%p0 "
                "cp.async.bulk.global.shared::cta.bulk_group [%rd1], [%r1], 512;\n@%p0 cp.async.bulk.commit_group; "
                "st.shared.u32 [%r5], 1; @%p0 cp.async.bulk.wait_group 0;",
                Kind::Race, "an asynchronous operation of warp 0"}),
    [](const auto &info) { return std::string(info.param.name); });

TEST(BulkCopy, TensorsAreBoxedSwizzledAndZeroFilled) {
  for (uint32_t swizzle : {0u, 32u, 64u, 128u}) {
    const uint32_t width = swizzle ? swizzle / 4 : 16;
    const std::string body = kernelText(".param .align 64 .b8 map[128], .param .u64 out", R"(
  .reg .pred %p<4>; .reg .b32 %r<16>; .reg .b64 %rd<8>;
  ld.param.u64 %rd1, [out]; mov.b64 %rd2, map; cvta.param.u64 %rd2, %rd2;
  mov.u32 %r0, %tid.x; setp.eq.u32 %p0, %r0, 0; mov.u32 %r1, tile; mov.u32 %r2, bar;
  @%p0 mbarrier.init.shared::cta.b64 [%r2], 1;
  @%p0 fence.proxy.async;
  bar.sync 0;
  @%p0 mbarrier.arrive.expect_tx.shared.b64 _, [%r2], )" + std::to_string(width * 4 * 8) + R"(;
  @%p0 cp.async.bulk.tensor.2d.shared::cluster.global.tile.mbarrier::complete_tx::bytes [%r1], [%rd2, {3, -2}], [%r2];
WAIT: mbarrier.try_wait.parity.shared.b64 %p1, [%r2], 0;
  @!%p1 bra WAIT;
LOOP:
  shl.b32 %r3, %r0, 2; add.u32 %r4, %r3, %r1; ld.shared.u32 %r5, [%r4]; cvt.u64.u32 %rd3, %r3; add.u64 %rd3, %rd3, %rd1; st.global.u32 [%rd3], %r5;
  add.u32 %r0, %r0, 32; setp.lt.u32 %p2, %r0, )" + std::to_string(width * 8) + R"(; @%p2 bra LOOP;
)",
                                        ".shared .align 1024 .b8 tile[1024];\n.shared .align 8 .b64 bar;\n");
    const auto module = ptx::Module::parse(body);
    ASSERT_TRUE(module) << module.error();
    const auto kernel = module->kernel("k");
    ASSERT_TRUE(kernel) << kernel.error();
    // 20 rows of 24 numbers, 1000·row + column; rows are 32 apart.
    std::vector<uint32_t> values(20 * 32, 77);
    for (uint32_t row = 0; row < 20; ++row)
      for (uint32_t column = 0; column < 24; ++column)
        values[32 * row + column] = 1000 * row + column;
    ptx::Memory memory;
    ptx::TensorMap map;
    map.address = memory.allocate("in", values.size() * 4, ptx::Access::Read, values.data());
    map.rank = 2;
    map.elementBytes = 4;
    map.size[0] = 24, map.size[1] = 20;
    map.stride[0] = 4, map.stride[1] = 128;
    map.box[0] = width, map.box[1] = 8;
    map.swizzleBytes = swizzle;
    ptx::Arguments arguments(*kernel);
    arguments.set(0, map.encode());
    const uint64_t out = memory.allocate("out", width * 32, ptx::Access::Output);
    arguments.set(1, out);
    const auto report = ptx::launch(*kernel, {}, arguments.bytes(), memory);
    ASSERT_TRUE(report) << report.error();
    EXPECT_TRUE(report->clean()) << report->text();
    const auto *result = reinterpret_cast<const uint32_t *>(memory.bytesAt(out));
    for (uint32_t row = 0; row < 8; ++row)
      for (uint32_t x = 0; x < width; ++x) {
        const uint32_t offset = (row * width + x) * 4;
        const uint32_t swizzled = swizzle ? offset ^ ((offset >> 7 & (swizzle / 16 - 1)) << 4) : offset;
        const uint32_t expected = row < 2 || x + 3 >= 24 ? 0 : 1000 * (row - 2) + x + 3;
        EXPECT_EQ(result[swizzled / 4], expected) << swizzle << " row " << row << " column " << x;
      }
  }
}

TEST(Cluster, BlocksReadEachOthersSharedMemory) {
  for (bool synchronised : {true, false}) {
    const std::string body = kernelText(".param .u64 out",
                                        R"(
  .reg .b32 %r<8>; .reg .b64 %rd<4>;
  ld.param.u64 %rd0, [out];
  mov.u32 %r0, %cluster_ctarank; mov.u32 %r1, %laneid; mov.u32 %r2, cells; shl.b32 %r3, %r1, 2; add.u32 %r3, %r3, %r2;
  mad.lo.u32 %r4, %r0, 100, %r1;
  st.shared.u32 [%r3], %r4;
)" + std::string(synchronised ? "barrier.cluster.arrive.release.aligned; barrier.cluster.wait.acquire.aligned;" : "") +
                                            R"(
  xor.b32 %r5, %r0, 1;
  mapa.shared::cluster.u32 %r3, %r3, %r5;
  ld.shared::cluster.u32 %r6, [%r3];
  barrier.cluster.arrive; barrier.cluster.wait;
  mov.u32 %r7, %ctaid.x; mad.lo.u32 %r7, %r7, 32, %r1; mul.wide.u32 %rd1, %r7, 4; add.u64 %rd0, %rd0, %rd1; st.global.u32 [%rd0], %r6;
)",
                                        ".shared .align 4 .b8 cells[128];");
    std::vector<Buffer> buffers = {output("out", 512)};
    const auto report = runKernel(body, buffers, {{4, 1, 1}, {32, 1, 1}, {2, 1, 1}, 0});
    EXPECT_EQ(report.clean(), synchronised) << report.text();
    for (uint32_t i = 0; synchronised && i < 128; ++i)
      EXPECT_EQ(contents<uint32_t>(buffers[0])[i], (i / 32 % 2 ? 0 : 100) + i % 32);
  }
}

} // namespace
