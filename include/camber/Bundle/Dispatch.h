// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The public functions of a bundle: each picks the widest target this processor can run and jumps to its code.
#ifndef CAMBER_BUNDLE_DISPATCH_H
#define CAMBER_BUNDLE_DISPATCH_H

#include "camber/Bundle/Family.h"
#include "camber/Bundle/Linker.h"
#include "camber/Bundle/TargetDesc.h"

namespace camber::bundle {

/// Which targets one kernel was compiled for.
struct DispatchKernel {
  const KernelSignature *signature; ///< not null
  std::vector<TargetDesc> targets;
};

/// The symbol of one target's code: `targetSymbol("k", v3, "plan")` is "k__x86_64_v3_plan".
std::string targetSymbol(llvm::StringRef kernel, const TargetDesc &target, llvm::StringRef function);

/// An object for the baseline of the architecture, so that it runs anywhere, with K_plan, K_run and K_fingerprint of
/// every kernel. K_plan and K_run return CAMBER_ERROR_CPU where no target of the kernel can run, otherwise what
/// K__<target>_plan and K__<target>_run return.
///
/// CPUID traps in virtual machines (microseconds), so what it said is kept in one relaxed atomic word: the only mutable
/// datum of a bundle. Threads that race to fill it store the same value. An IFUNC would need no datum but does not
/// exist in static musl programs.
///
/// For each family F_plan, F_run, F_variant and F_variants; families have passed validateFamilies.
///
/// There is at least one kernel, and each has targets. Error: targets of more than one architecture.
llvm::Expected<ObjectFile> emitDispatch(llvm::ArrayRef<DispatchKernel> kernels, llvm::ArrayRef<KernelFamily> families);

} // namespace camber::bundle

#endif
