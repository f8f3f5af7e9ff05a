// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// --model=NAME: from a preset to a kernel specification.
#ifndef CAMBER_TOOLS_MODELFLAG_H
#define CAMBER_TOOLS_MODELFLAG_H

#include "camber/Compiler/KernelSpec.h"

namespace camber::tools {

/// Fills `spec` from the preset. Error: no such preset; the message lists those that exist.
llvm::Error applyModelPreset(llvm::StringRef name, KernelSpec &spec);

} // namespace camber::tools

#endif
