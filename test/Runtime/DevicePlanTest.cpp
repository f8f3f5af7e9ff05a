// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which functions of a device's code a call launches, what memory it needs, and what arguments it refuses.
#include "camber/Runtime/DevicePlan.h"
#include "camber/Runtime/Cuda.h"
#include "camber/Runtime/device.h"
#include <cstring>
#include <gtest/gtest.h>

namespace camber {
namespace {

Kernel kernel() {
  Kernel k;
  k.name = "k";
  k.heads = 8;
  k.kvHeads = 2;
  k.headDim = 64;
  k.storage = Element::F16;
  const Dim batch{Dim::Batch, 0}, queries{Dim::QLen, 0}, keys{Dim::KvLen, 0};
  auto add = [&](const char *name, Role role, int64_t heads, Dim length) {
    k.operands.push_back({name, role, Element::F16, {batch, {Dim::Fixed, heads}, length, {Dim::Fixed, 64}}});
  };
  add("q", Role::Query, 8, queries);
  add("k", Role::Key, 2, keys);
  add("v", Role::Value, 2, keys);
  add("o", Role::Output, 8, queries);
  return k;
}

LaunchConfig config() {
  LaunchConfig f;
  f.rows = 64;
  f.threads = 128;
  f.sharedBytes = 24576;
  return f;
}

DevicePlan plan(const LaunchConfig &f, const Sizes &sizes, int64_t blocks) {
  Result<DevicePlan> planned = planDevice(kernel(), f, sizes, blocks);
  EXPECT_TRUE(planned) << planned.error();
  return planned ? *planned : DevicePlan();
}

TEST(DevicePlan, OneLaunchWhereThereAreBlocksEnough) {
  const DevicePlan p = plan(config(), {3, 100, 1000}, 48);
  ASSERT_EQ(p.launches.size(), 1u);
  EXPECT_EQ(p.launches[0].function, "k_main");
  EXPECT_EQ(p.launches[0].grid, (std::array<uint32_t, 3>{8, 2, 3})); // 4 heads of a group, 2 row blocks each
  EXPECT_EQ(p.launches[0].threads, 128u);
  EXPECT_EQ(p.launches[0].sharedBytes, 24576u);
  EXPECT_EQ(p.splits, 1);
  EXPECT_EQ(p.partialBytes + p.normBytes, 0u);
}

TEST(DevicePlan, KeysAreSplitWhereBlocksAreMissing) {
  LaunchConfig packed = config();
  packed.packed = true;
  const DevicePlan p = plan(packed, {1, 1, 2000}, 100);
  ASSERT_EQ(p.launches.size(), 2u);
  EXPECT_EQ(p.splits, 2000 / 256);
  EXPECT_EQ(p.launches[0].grid, (std::array<uint32_t, 3>{1, 2, 7}));
  EXPECT_EQ(p.launches[1].function, "k_combine");
  EXPECT_EQ(p.launches[1].grid, (std::array<uint32_t, 3>{1, 2, 1}));
  EXPECT_EQ(p.launches[1].sharedBytes, 0u);
  EXPECT_EQ(p.partialBytes, 4u * 64 * 65 * 2 * 7);
}

TEST(DevicePlan, NormsWhereTheyPay) {
  LaunchConfig skipping = config();
  skipping.prepareQLenMin = 65;
  EXPECT_EQ(plan(skipping, {1, 64, 500}, 1).launches.size(), 1u);
  const DevicePlan p = plan(skipping, {2, 65, 500}, 1);
  ASSERT_EQ(p.launches.size(), 2u);
  EXPECT_EQ(p.launches[0].function, "k_prepare");
  EXPECT_EQ(p.launches[0].grid, (std::array<uint32_t, 3>{1, 2, 2}));
  EXPECT_EQ(p.normBytes, 8u * 8 * 2 * 2);
  EXPECT_EQ(plan(skipping, {2, 65, 0}, 1).launches.size(), 1u);
}

TEST(DevicePlan, NothingWithoutRows) {
  EXPECT_TRUE(plan(config(), {0, 10, 10}, 1).launches.empty());
  EXPECT_TRUE(plan(config(), {1, 0, 10}, 1).launches.empty());
}

TEST(DevicePlan, AGridThatNoDeviceHas) {
  Result<DevicePlan> p = planDevice(kernel(), config(), {70000, 1, 1}, 1);
  ASSERT_FALSE(p);
  EXPECT_EQ(p.error(), "kernel 'k': batch = 70000 is more than the grid of a device can have, 65535; divide the call");
}

struct Args {
  camber_args_header header{sizeof(Args), CAMBER_ABI_VERSION, CAMBER_F16, CAMBER_DEVICE_CUDA, 1, 2, 3};
  camber_tensor tensors[4];
};

Args validArgs() {
  Args args;
  for (camber_tensor &tensor : args.tensors)
    tensor = {reinterpret_cast<void *>(uintptr_t(0x1000)), {4096, 512, 64, 1}};
  return args;
}

TEST(DeviceArguments, WhatIsWrongIsSaid) {
  const Kernel k = kernel();
  Args args = validArgs();
  EXPECT_EQ(checkDeviceArguments(k, &args), CAMBER_OK);
  EXPECT_EQ(checkDeviceArguments(k, nullptr), CAMBER_ERROR_NULL_ARGS);
  auto with = [&](auto change) {
    Args changed = validArgs();
    change(changed);
    return checkDeviceArguments(k, &changed);
  };
  EXPECT_EQ(with([](Args &a) { a.header.struct_size -= 8; }), CAMBER_ERROR_STRUCT_SIZE);
  EXPECT_EQ(with([](Args &a) { a.header.abi_version = 7; }), CAMBER_ERROR_ABI_VERSION);
  EXPECT_EQ(with([](Args &a) { a.header.element = CAMBER_BF16; }), CAMBER_ERROR_ELEMENT);
  EXPECT_EQ(with([](Args &a) { a.header.device = CAMBER_DEVICE_CPU; }), CAMBER_ERROR_MEMORY);
  EXPECT_EQ(with([](Args &a) { a.header.batch = -1; }), CAMBER_ERROR_BATCH);
  EXPECT_EQ(with([](Args &a) { a.header.q_len = 1 << 24; }), CAMBER_ERROR_QUERY_LENGTH);
  EXPECT_EQ(with([](Args &a) { a.header.kv_len = -1; }), CAMBER_ERROR_KEY_LENGTH);
  EXPECT_EQ(with([](Args &a) { a.tensors[2].data = nullptr; }), CAMBER_ERROR_NULL_OPERAND);
  EXPECT_EQ(with([](Args &a) { a.header.kv_len = 0, a.tensors[2].data = nullptr; }), CAMBER_OK);
  EXPECT_EQ(with([](Args &a) { a.tensors[0].data = reinterpret_cast<void *>(uintptr_t(0x1008)); }),
            CAMBER_ERROR_ALIGNMENT);
  EXPECT_EQ(with([](Args &a) { a.tensors[1].strides[2] = 68; }), CAMBER_ERROR_ALIGNMENT);
  EXPECT_EQ(with([](Args &a) { a.tensors[1].strides[1] = -512; }), CAMBER_ERROR_STRIDE);
  EXPECT_EQ(with([](Args &a) { a.tensors[3].strides[3] = 2; }), CAMBER_ERROR_HEAD_DIM_STRIDE);
}

TEST(ChooseTarget, TheNewestThatTheDeviceCanRun) {
  Kernel k = kernel();
  for (const char *name : {"x86-64-v3", "sm_80", "sm_90", "sm_86"}) {
    KernelTarget target;
    target.name = name;
    if (name[0] == 's')
      target.launch = config();
    k.targets.push_back(target);
  }
  EXPECT_EQ(cuda::chooseTarget(k, 90)->name, "sm_90");
  EXPECT_EQ(cuda::chooseTarget(k, 120)->name, "sm_90");
  EXPECT_EQ(cuda::chooseTarget(k, 89)->name, "sm_86");
  EXPECT_EQ(cuda::chooseTarget(k, 75), nullptr);
}

TEST(DeviceInterface, ErrorsAreInWords) {
  camber_device_kernel *opened = nullptr;
  EXPECT_EQ(camber_device_open(nullptr, "k", 0, &opened), CAMBER_ERROR_NULL_ARGS);
  EXPECT_EQ(camber_device_open("/no/such/bundle", "k", 0, &opened), CAMBER_ERROR_BUNDLE);
  EXPECT_NE(std::strstr(camber_device_error(), "/no/such/bundle"), nullptr) << camber_device_error();
  EXPECT_EQ(opened, nullptr);
  uint64_t bytes;
  EXPECT_EQ(camber_device_workspace(nullptr, nullptr, &bytes), CAMBER_ERROR_NULL_ARGS);
  EXPECT_EQ(camber_device_run(nullptr, nullptr, nullptr, 0, nullptr), CAMBER_ERROR_NULL_ARGS);
  camber_device_close(nullptr);
}

} // namespace
} // namespace camber
