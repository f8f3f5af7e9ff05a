// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Keys of other documents are hidden.
#include "../Masks.h"

namespace camber {

Result<MaskPredicate> masks::documents(const Mask &mask, const Problem &problem) {
  const View *queries = findView(problem, Role::QueryDoc), *keys = findView(problem, Role::KeyDoc);
  if (!queries || !keys)
    return Failure{"needs operands of the roles query_doc and key_doc"};
  return MaskPredicate([queries, keys](const Pair &pair) {
    return queries->at(queries->offset(pair.batch, pair.query)) == keys->at(keys->offset(pair.batch, pair.key));
  });
}

} // namespace camber
