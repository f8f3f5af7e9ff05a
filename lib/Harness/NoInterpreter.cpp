// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Takes the place of InterpretedCode.cpp in a build without the PTX interpreter (CAMBER_INTERPRETER).
#include "KernelCode.h"

namespace camber::harness {

Status checkInterpreterOptions(const CheckOptions &) {
  return Failure{
      "this program was built without the PTX interpreter, and --device=interpreter needs it; configure Camber with "
      "-DCAMBER_INTERPRETER=ON, or check the bundle on a machine that has such a build"};
}

Result<std::unique_ptr<KernelCode>> openInterpreted(const Manifest &, const Kernel &, const CheckOptions &options) {
  return Failure{checkInterpreterOptions(options).error()};
}

} // namespace camber::harness
