// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the compiler tells the runtime about a kernel's code for a device.
#ifndef CAMBER_RUNTIME_LAUNCHFACTS_H
#define CAMBER_RUNTIME_LAUNCHFACTS_H

#include <cstdint>
#include <optional>

namespace camber {

/// How the functions of a device's code are launched: "launch" in lib/Bundle/README.md.
struct LaunchConfig {
  int64_t rows = 1;        ///< of a row block
  bool packed = false;     ///< the heads of a group share row blocks
  int64_t threads = 32;    ///< of a thread block
  int64_t sharedBytes = 0; ///< dynamic shared memory of K_main; the other functions need none
  /// K_prepare computes norms of keys where there are at least so many queries; none: there is no K_prepare.
  std::optional<int64_t> prepareQLenMin;
};

} // namespace camber

#endif
