// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "camber/Runtime/DevicePlan.h"
#include <algorithm>
#include <cstring>

namespace camber {

namespace {

int64_t ceilDiv(int64_t x, int64_t y) { return (x + y - 1) / y; }

/// Fewer keys of a split are not worth its partial result.
constexpr int64_t kMinKeys = 256;

constexpr int64_t kMostInX = INT32_MAX, kMostInYAndZ = 65535;

} // namespace

Result<DevicePlan> planDevice(const Kernel &kernel, const LaunchConfig &config, const Sizes &sizes,
                              int64_t wantedBlocks) {
  DevicePlan plan;
  const int64_t group = kernel.heads / kernel.kvHeads;
  const int64_t rowBlocks =
      config.packed ? ceilDiv(group * sizes.qLen, config.rows) : group * ceilDiv(sizes.qLen, config.rows);
  const int64_t blocks = rowBlocks * kernel.kvHeads * sizes.batch;
  if (blocks == 0)
    return plan;
  plan.splits = std::clamp<int64_t>(ceilDiv(wantedBlocks, blocks), 1, std::max<int64_t>(sizes.kvLen / kMinKeys, 1));
  plan.splits = std::min(plan.splits, std::max<int64_t>(kMostInYAndZ / sizes.batch, 1));
  for (const auto &[size, most, what] : {std::tuple(rowBlocks, kMostInX, "row blocks"),
                                         {kernel.kvHeads, kMostInYAndZ, "kv heads"},
                                         {sizes.batch, kMostInYAndZ, "batch"}})
    if (size > most)
      return Failure{"kernel '" + kernel.name + "': " + what + " = " + std::to_string(size) +
                     " is more than the grid of a device can have, " + std::to_string(most) + "; divide the call"};
  auto launch = [&](const char *function, int64_t x, int64_t z, uint64_t sharedBytes) {
    DeviceLaunch added;
    added.function = kernel.name + function;
    added.grid = {static_cast<uint32_t>(x), static_cast<uint32_t>(kernel.kvHeads), static_cast<uint32_t>(z)};
    added.threads = static_cast<uint32_t>(config.threads);
    added.sharedBytes = sharedBytes;
    plan.launches.push_back(std::move(added));
  };
  if (config.prepareQLenMin && sizes.qLen >= *config.prepareQLenMin && sizes.kvLen > 0) {
    plan.normBytes = 2 * sizeof(float) * ceilDiv(sizes.kvLen, CAMBER_KEY_BLOCK) * kernel.kvHeads * sizes.batch;
    launch("_prepare", 1, sizes.batch, 0);
  }
  launch("_main", rowBlocks, sizes.batch * plan.splits, config.sharedBytes);
  if (plan.splits > 1) {
    plan.partialBytes = sizeof(float) * config.rows * (kernel.headDim + 1) * blocks * plan.splits;
    launch("_combine", rowBlocks, sizes.batch, 0);
  }
  return plan;
}

camber_status checkDeviceArguments(const Kernel &kernel, const void *args) {
  if (!args)
    return CAMBER_ERROR_NULL_ARGS;
  camber_args_header header;
  std::memcpy(&header, args, sizeof(header));
  if (header.struct_size != sizeof(header) + kernel.operands.size() * sizeof(camber_tensor))
    return CAMBER_ERROR_STRUCT_SIZE;
  if (header.abi_version != CAMBER_ABI_VERSION)
    return CAMBER_ERROR_ABI_VERSION;
  if (header.element != elementCode(kernel.storage))
    return CAMBER_ERROR_ELEMENT;
  if (header.device != CAMBER_DEVICE_CUDA)
    return CAMBER_ERROR_MEMORY;
  if (header.batch < 0 || header.batch > INT32_MAX)
    return CAMBER_ERROR_BATCH;
  auto isLength = [](const Length &accepted, int64_t length) {
    return length >= 0 && length < kMaxLength && accepted.accepts(length);
  };
  if (!isLength(kernel.qLen, header.q_len))
    return CAMBER_ERROR_QUERY_LENGTH;
  if (!isLength(kernel.kvLen, header.kv_len))
    return CAMBER_ERROR_KEY_LENGTH;
  const Sizes sizes{header.batch, header.q_len, header.kv_len};
  for (size_t i = 0; i < kernel.operands.size(); ++i) {
    const Operand &operand = kernel.operands[i];
    camber_tensor tensor;
    std::memcpy(&tensor, static_cast<const char *>(args) + sizeof(header) + i * sizeof(tensor), sizeof(tensor));
    const std::vector<int64_t> shape = operand.shape(sizes);
    if (std::find(shape.begin(), shape.end(), 0) != shape.end())
      continue;
    if (!tensor.data)
      return CAMBER_ERROR_NULL_OPERAND;
    const bool isRow = operand.role <= Role::Output; // q, k, v, o
    const int64_t width = elementBytes(operand.element), alignment = isRow ? kDeviceAlignment : width;
    if (reinterpret_cast<uintptr_t>(tensor.data) % alignment)
      return CAMBER_ERROR_ALIGNMENT;
    for (size_t dim = 0; dim < shape.size(); ++dim) {
      const bool isHeadDim = isRow && dim + 1 == shape.size();
      if (isHeadDim && tensor.strides[dim] != 1)
        return CAMBER_ERROR_HEAD_DIM_STRIDE;
      if (tensor.strides[dim] < 0)
        return CAMBER_ERROR_STRIDE;
      if (!isHeadDim && shape[dim] > 1 && tensor.strides[dim] * width % alignment)
        return CAMBER_ERROR_ALIGNMENT;
    }
  }
  return CAMBER_OK;
}

} // namespace camber
