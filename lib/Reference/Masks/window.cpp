// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Keys outside of distances -left to right are hidden; a side that is not given is unbounded.
#include "../Masks.h"

namespace camber {

Result<MaskPredicate> masks::window(const Mask &mask, const Problem &problem) {
  const std::optional<int64_t> left = integerAttribute(mask.attrs, "left"),
                               right = integerAttribute(mask.attrs, "right");
  return MaskPredicate(
      [=](const Pair &pair) { return (!left || pair.distance >= -*left) && (!right || pair.distance <= *right); });
}

} // namespace camber
