// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef CAMBER_LIB_BUNDLE_FAMILYDISPATCH_H
#define CAMBER_LIB_BUNDLE_FAMILYDISPATCH_H

#include "camber/Bundle/Dispatch.h"
#include "llvm/IR/Module.h"

namespace camber::bundle {

/// Defines F_plan, F_run, F_variant and F_variants in a module where K_plan and K_run of the members are defined.
/// Bit i of what `getTargets` returns, an i32 () function, says whether this processor runs targets[i]; it is null
/// where no target needs anything.
void buildFamily(llvm::Module &module, llvm::StringRef name, llvm::ArrayRef<DispatchKernel> members,
                 llvm::ArrayRef<TargetDesc> targets, llvm::Function *getTargets);

} // namespace camber::bundle

#endif
