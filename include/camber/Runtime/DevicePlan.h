// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A call of a kernel on a device: which functions are launched how, and what memory they need.
#ifndef CAMBER_RUNTIME_DEVICEPLAN_H
#define CAMBER_RUNTIME_DEVICEPLAN_H

#include "camber/Runtime/Manifest.h"
#include "camber/Runtime/abi.h"
#include <array>

namespace camber {

struct DeviceLaunch {
  std::string function; ///< "k_main"
  std::array<uint32_t, 3> grid{1, 1, 1};
  uint32_t threads = 32;
  uint64_t sharedBytes = 0;
};

struct DevicePlan {
  std::vector<DeviceLaunch> launches; ///< in order; none where there is no row
  int64_t splits = 1;
  uint64_t partialBytes = 0, normBytes = 0; ///< workspace; 0: not needed
};

/// Bytes that addresses and strides of q, k, v and o on a device are multiples of.
inline constexpr int64_t kDeviceAlignment = 16;

/// Plans a call. Keys are split, into parts that are worth a block, until there are `wantedBlocks` blocks. Fails,
/// saying what the limit is, where a grid would be larger than devices allow.
Result<DevicePlan> planDevice(const Kernel &kernel, const LaunchConfig &config, const Sizes &sizes,
                              int64_t wantedBlocks);

/// What can be said of arguments without reading the device's memory: sizes and lengths, null pointers, alignment,
/// strides. Positions and key ranges are the caller's to keep within bounds.
camber_status checkDeviceArguments(const Kernel &kernel, const void *args);

} // namespace camber

#endif
