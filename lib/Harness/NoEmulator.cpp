// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Takes the place of Emulator.cpp in a build without the PTX interpreter (CAMBER_EMULATOR).
#include "KernelCode.h"

namespace camber::harness {

Status checkEmulatorOptions(const CheckOptions &) {
  return Failure{
      "this program was built without the PTX interpreter, and --device=emulator needs it; configure Camber with "
      "-DCAMBER_EMULATOR=ON, or check the bundle on a machine that has such a build"};
}

Result<std::unique_ptr<KernelCode>> openEmulated(const Manifest &, const Kernel &, const CheckOptions &options) {
  return Failure{checkEmulatorOptions(options).error()};
}

} // namespace camber::harness
