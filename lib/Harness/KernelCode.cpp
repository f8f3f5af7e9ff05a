// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "KernelCode.h"
#include <algorithm>
#include <fmt/format.h>

namespace camber::harness {

std::vector<CallSetting> HostCode::settings(const CheckOptions &options, int threads) const {
  // The first meets the pages behind operands and the stride gaps, the second the pages before them, dense strides, one
  // thread, and a caller with flush-to-zero on.
  CallSetting padded, dense;
  padded.layout.padded = true;
  padded.layout.timeout = dense.layout.timeout = options.timeout;
  padded.threads = threads;
  padded.description = "strides with gaps, guard pages behind";
  dense.layout.flush = Flush::Start;
  dense.layout.flushToZero = true;
  dense.description = "dense, guard pages before";
  return {padded, dense};
}

std::vector<KernelTarget> HostCode::targets() const {
  std::vector<KernelTarget> result;
  for (const KernelTarget &target : kernel.targets)
    if (!target.launch)
      result.push_back(target);
  return result;
}

std::string targetNames(const Kernel &kernel, bool devices) {
  std::string names;
  for (const KernelTarget &target : kernel.targets)
    if (target.launch.has_value() == devices)
      names += (names.empty() ? "" : ", ") + target.name;
  return names;
}

Result<KernelTarget> chooseDeviceTarget(const Kernel &kernel, const CheckOptions &options, const std::string &path) {
  for (const KernelTarget &target : kernel.targets)
    if (target.launch && (!options.deviceTarget || target.name == *options.deviceTarget))
      return target;
  const std::string names = targetNames(kernel, true);
  if (names.empty())
    return Failure{
        fmt::format("{}: kernel '{}' was compiled for {}, and for no device; compile it for one as well, for "
                    "example --target=sm_80",
                    path, kernel.name, targetNames(kernel, false))};
  return Failure{
      fmt::format("{}: kernel '{}' was not compiled for '{}' (--device-target); the devices it was compiled for are {}",
                  path, kernel.name, *options.deviceTarget, names)};
}

} // namespace camber::harness
