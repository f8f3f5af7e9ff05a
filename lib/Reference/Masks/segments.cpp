// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Keys of other segments are hidden.
#include "../Masks.h"

namespace camber {

Result<MaskPredicate> masks::segments(const Mask &mask, const Problem &problem) {
  const View *queries = findView(problem, Role::QuerySegment), *keys = findView(problem, Role::KeySegment);
  if (!queries || !keys)
    return Failure{"needs operands of the roles query_segment and key_segment"};
  return MaskPredicate([queries, keys](const Pair &pair) {
    return queries->at(queries->offset(pair.batch, pair.query)) == keys->at(keys->offset(pair.batch, pair.key));
  });
}

} // namespace camber
