// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// camber-compile --tune.
#ifndef CAMBER_TOOLS_CAMBER_COMPILE_TUNEKERNEL_H
#define CAMBER_TOOLS_CAMBER_COMPILE_TUNEKERNEL_H

#include "KernelFlags.h"

namespace camber::tools {

/// Measures schedules of the invocation's kernel, prints what each takes, and puts the best into the table of the file
/// `output`, or nowhere where that is empty.
llvm::Error tuneKernel(const Invocation &invocation, const std::string &output);

} // namespace camber::tools

#endif
