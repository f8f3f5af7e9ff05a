// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// wgmma.
#include "AsyncCopy.h"

namespace camber::ptx {

void Warp::noteWrite(int slot) {}
void startMatrices(Warp &warp) {}
void endMatrices(Warp &warp) {}
void checkMatricesFinished(Warp &warp) {}

} // namespace camber::ptx
