// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Kernels that one pair of functions chooses from.
#ifndef CAMBER_BUNDLE_FAMILY_H
#define CAMBER_BUNDLE_FAMILY_H

#include "camber/Bundle/CompiledKernel.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"

namespace camber {

/// What F_plan and F_run of camber/Runtime/abi.h choose from: the first kernel that fits the arguments is taken.
struct KernelFamily {
  std::string name;                 ///< F: the C symbol prefix
  std::vector<std::string> kernels; ///< names, best first
};

/// The kernels of a family, in its order. It has passed validateFamilies.
std::vector<const CompiledKernel *> membersOf(const KernelFamily &family, llvm::ArrayRef<CompiledKernel> kernels);

/// Error: a name that is no C identifier, or that a kernel or another family has; no kernels, or one that is not there
/// or is named twice; kernels that differ in more than storage type, lengths and what is skipped.
llvm::Error validateFamilies(llvm::ArrayRef<KernelFamily> families, llvm::ArrayRef<CompiledKernel> kernels);

} // namespace camber

#endif
