// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A kernel as the compiler hands it to the bundle writer: its signature and the code for each target.
#ifndef CAMBER_BUNDLE_COMPILEDKERNEL_H
#define CAMBER_BUNDLE_COMPILEDKERNEL_H

#include "camber/Bundle/KernelSignature.h"
#include "camber/Bundle/TargetDesc.h"
#include "camber/Runtime/LaunchConfig.h"

namespace camber {

struct TargetCode {
  TargetDesc target;
  /// An ELF object that defines K__<target>_plan and K__<target>_run, hidden; or, for a device, PTX text that defines
  /// K_main, K_combine and, perhaps, K_prepare.
  std::string code;
  std::string cubin;                  ///< the PTX assembled, where there is an assembler; may be empty
  std::optional<LaunchConfig> launch; ///< of a device
  std::string schedule;               ///< schedule and geometry: what readSchedule of the compiler reads
};

struct CompiledKernel {
  KernelSignature signature;
  std::vector<TargetCode> targets;
};

} // namespace camber

#endif
