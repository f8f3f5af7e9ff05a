// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Causal, but the first positions are visible to all.
#include "../Masks.h"

namespace camber {

Result<MaskPredicate> masks::prefix(const Mask &mask, const Problem &problem) {
  const std::optional<int64_t> length = integerAttribute(mask.attrs, "length");
  if (!length)
    return Failure{"has no integer \"length\""};
  return MaskPredicate([n = *length](const Pair &pair) { return pair.distance <= 0 || pair.keyPosition < n; });
}

} // namespace camber
