// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Positions, key ranges and masks of one problem.
#ifndef CAMBER_LIB_REFERENCE_MASKS_H
#define CAMBER_LIB_REFERENCE_MASKS_H

#include "camber/Reference/Reference.h"
#include <functional>

namespace camber {

/// A query and a key, by index, and where they stand.
struct Pair {
  int64_t batch, query, key;
  int64_t distance, keyPosition;
};
using MaskPredicate = std::function<bool(const Pair &pair)>;

/// A file NAME.cpp of Masks/ defines masks::NAME, which binds a mask attn.NAME; its name is all that makes it known.
/// Fails on missing members or operands.
namespace masks {
#define CAMBER_MASK(name) Result<MaskPredicate> name(const Mask &mask, const Problem &problem);
#include "camber/Reference/Named.inc"
} // namespace masks

/// Which keys a query sees, and where queries and keys stand.
class MaskSet {
public:
  /// Fails on a mask kind without reference semantics or with missing members or operands.
  static Result<MaskSet> build(const Problem &problem);

  int64_t queryPosition(int64_t batch, int64_t query) const;
  int64_t keyPosition(int64_t batch, int64_t key) const;
  /// Whether every mask and the key range show `key` to `query` (both indices, not positions) of a local head.
  bool visible(int64_t batch, int64_t head, int64_t query, int64_t key) const;
  /// Whether some mask differs between heads.
  bool dependsOnHead() const { return !headPredicates.empty(); }

private:
  std::vector<KeyRange> ranges;
  std::vector<int64_t> queryShift, keyShift; // position − index, per batch
  std::vector<MaskPredicate> predicates;
  /// Arguments: local head, distance. Masks that come with a bias.
  std::vector<std::function<bool(int64_t, int64_t)>> headPredicates;
};

/// The operand with a role, or nullptr.
const View *findView(const Problem &problem, Role role);

} // namespace camber

#endif
