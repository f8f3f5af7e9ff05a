// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Keys after the query are hidden.
#include "../Masks.h"

namespace camber {

Result<MaskPredicate> masks::causal(const Mask &mask, const Problem &problem) {
  return MaskPredicate([](const Pair &pair) { return pair.distance <= 0; });
}

} // namespace camber
