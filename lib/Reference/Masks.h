// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Positions, key ranges and masks of one problem.
#ifndef CAMBER_LIB_REFERENCE_MASKS_H
#define CAMBER_LIB_REFERENCE_MASKS_H

#include "camber/Reference/Reference.h"
#include <functional>

namespace camber {

/// Which keys a query sees, and where queries and keys stand.
class MaskSet {
public:
  /// Fails on a mask kind without reference semantics or with missing members or operands.
  static Result<MaskSet> build(const Problem &problem);

  int64_t queryPosition(int64_t batch, int64_t query) const;
  int64_t keyPosition(int64_t batch, int64_t key) const;
  /// Whether every mask and the key range show `key` to `query` (both indices, not positions).
  bool visible(int64_t batch, int64_t query, int64_t key) const;

private:
  /// Arguments: batch, query index, key index, distance, key position.
  using Predicate = std::function<bool(int64_t, int64_t, int64_t, int64_t, int64_t)>;
  const Problem *problem = nullptr;
  std::vector<KeyRange> ranges;
  std::vector<int64_t> queryShift, keyShift; // position − index, per batch
  std::vector<Predicate> predicates;
};

/// The operand with a role, or nullptr.
const View *findView(const Problem &problem, Role role);

} // namespace camber

#endif
