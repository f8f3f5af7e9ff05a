// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A kernel as the compiler hands it to the bundle writer: its contract and one object per target.
#ifndef CAMBER_BUNDLE_COMPILEDKERNEL_H
#define CAMBER_BUNDLE_COMPILEDKERNEL_H

#include "camber/Bundle/KernelContract.h"
#include "camber/Bundle/TargetDesc.h"

namespace camber {

struct TargetCode {
  TargetDesc target;
  std::string object;        ///< ELF object that defines K__<target>_plan and K__<target>_run, hidden
  std::string schedule;      ///< what choose-schedule decided, as text for people
  double compileSeconds = 0; ///< from the attn level to the object
};

struct CompiledKernel {
  KernelContract contract;
  std::vector<TargetCode> targets;
};

} // namespace camber

#endif
