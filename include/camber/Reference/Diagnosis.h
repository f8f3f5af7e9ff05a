// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Why the reference says nothing about some rows: branches that float32 may take otherwise, NaN, and overflow.
#ifndef CAMBER_REFERENCE_DIAGNOSIS_H
#define CAMBER_REFERENCE_DIAGNOSIS_H

#include "camber/Reference/Reference.h"

namespace camber {

/// An operation of the score body at one pair, where rounding decides what it gives.
struct Branch {
  Row row;
  int64_t key = 0;
  size_t node = 0;              ///< in Kernel::scores
  std::vector<double> operands; ///< of the floating-point operands, in float64
  double exact = 0, other = 0;  ///< what the operation gives, and what float32 may give instead
  double scoreChange = 0;       ///< how far that moves the score of the pair
};

struct Branches {
  /// For each row, whether it holds a pair whose score jumps with such an operation, far enough to move the row's
  /// result. No error bound of float32 applies to such a row. Empty where the body has no operation that branches.
  std::vector<bool> rows;
  int64_t count = 0;           ///< of such rows
  std::optional<Branch> first; ///< in the first of them
};

/// Finds the rows that depend on how a comparison, a rounding to an integer, a remainder or a sign of the score body
/// comes out, where float32 and float64 need not agree on it. `exact` is what the reference gave for `rows`.
///
/// An operation may come out differently if it does so in the unfused float32 computation, or at operands that are off
/// by four times what that computation, or the model of rounding errors of q·k, says of them. Operands that float32
/// holds exactly, such as integers below 2²⁴, are not off. A different branch that leaves the score where it was, as
/// that of a ReLU at 0, counts for nothing: the body is evaluated in float64 with the other result to tell.
Result<Branches> findBranches(const Problem &problem, const std::vector<Row> &rows, const RowResults &exact,
                              int threads);

/// The first operation, at the first key that the row sees, that makes NaN of operands that are not.
struct NaNOrigin {
  int64_t key = 0;
  std::optional<size_t> node; ///< in Kernel::scores; nothing where the score itself is +∞, or no operation is to blame
  std::vector<double> operands; ///< of the operation, of any type
  bool infiniteScore = false;
};
Result<NaNOrigin> findNaN(const Problem &problem, const Row &row);

/// The first operation that is finite in float64 and not in float32, at the first key of the row with one. Nothing
/// where there is none, e.g. where q·k itself overflows.
struct Overflow {
  int64_t key = 0;
  size_t node = 0; ///< in Kernel::scores
  double exact = 0;
};
Result<std::optional<Overflow>> findOverflow(const Problem &problem, const Row &row);

} // namespace camber

#endif
