// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Asynchronous operations of a warp: moving their bytes, and what is left of them at the end.
#ifndef CAMBER_PTXINTERPRETER_ASYNCCOPY_H
#define CAMBER_PTXINTERPRETER_ASYNCCOPY_H

#include "Warp.h"

namespace camber::ptx {

/// Moves the bytes of some lanes of a cp.async.
void moveCopy(Warp &warp, CopyOperation &operation, uint32_t lanes);
/// Lanes wait until at most `pending` of their groups are under way; all that they have started if `all`.
void waitForCopies(Warp &warp, uint32_t mask, uint32_t pending, bool all);

/// Asynchronous operations that have been waited for become visible to the warp: those before the oldest that has not.
void publishAsync(Warp &warp);

// Wgmma.cpp: what a warp needs for it, nothing in kernels without it.
void startMatrices(Warp &warp);
void checkMatricesFinished(Warp &warp);

} // namespace camber::ptx

#endif
