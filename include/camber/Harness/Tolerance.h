// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How far a kernel may be from the reference: dialects/Attn/Semantics.md "Accuracy".
#ifndef CAMBER_HARNESS_TOLERANCE_H
#define CAMBER_HARNESS_TOLERANCE_H

#include "camber/Harness/Call.h"
#include "camber/Harness/InputSets.h"

namespace camber::harness {

/// Why rows, or all of them, are not verified.
struct Doubt {
  enum Kind {
    Overflow,   ///< a float32 computation overflows where the reference does not
    NaNRows,    ///< the reference is NaN there, although no input is
    Branches,   ///< rounding decides which branch of the score body a pair takes
    Meaningless ///< the tolerance is as large as the outputs
  } kind;
  std::string text; ///< in words
};

/// The reference's answers for some rows, and the tolerances that follow from them.
struct Expected {
  std::vector<Row> rows;
  RowResults exact;
  double outputTolerance = 0; ///< for max |o − reference|
  /// E_unfused of lse. The tolerance of a row is max(2·E_unfused, 2⁻²² · (1 + |lse|), 4σ) + lseApproximation.
  double lseUnfusedError = 0;
  /// 2⁻²¹ where Problem::truncatedSums: whatever has tensor cores approximates exp2 and log2 within 2⁻²² each.
  double lseApproximation = 0;
  /// [batch, kv head, head dim]: whether a key that exists has a value there that is not finite. A kernel multiplies it
  /// with a weight of 0 in rows that do not see the key, if they share a query tile with one that does, so such an
  /// element of o may be anything that is not finite; a finite one is compared like all others. How many rows a tile
  /// has is the kernel's business, so this holds for all rows.
  std::vector<bool> valueNotFinite;
  /// What o is with 0 in place of values that are not finite, where there are such values and the kernel leaves out
  /// keys; empty otherwise. A kernel that has not looked at such a key because its weight is negligible has a finite
  /// number, and it has to be this one.
  std::vector<double> finiteOutput;
  /// Rows to which a value that is not finite must not come unless they see it. Semantics allow it in rows of one tile
  /// otherwise (InputSet::Hidden says more than they do).
  bool valuesStayHidden = false;
  /// For each row, whether it says nothing about a kernel. Empty: none.
  std::vector<bool> nanRows, branchRows;
  /// For each row, whether the unfused computation is not finite and the reference is. A kernel may be either; one that
  /// is not finite is not wrong, but `overflow` is what to say of it. Empty: none.
  std::vector<bool> overflowRows;
  std::string overflow;
  std::vector<Doubt> doubts;      ///< a kernel with any of them has not passed
  std::vector<std::string> notes; ///< what is worth knowing about rows that are compared

  bool isCompared(size_t row) const {
    return (nanRows.empty() || !nanRows[row]) && (branchRows.empty() || !branchRows[row]);
  }
  /// The user's own tolerance takes the place of the tolerance: whatever makes that one doubtful is of no consequence.
  void replaceBars(double tolerance);
};

/// Evaluates both references. `set` is nothing for the user's own arrays. The tolerance for o is max(2·E_unfused,
/// floor, 4σ).
///
/// E_unfused is the error of the unfused computation. In a small case, or where one key dominates the row with the
/// largest score, it is one draw from a distribution and can be almost 0 by luck, hence the other terms. floor is
/// 2⁻²⁴ · (1 + max |row score|) · max|v| over finite v: one rounding of the largest score moves every weight by that
/// much. σ is the largest standard deviation that the rounding model of the reference predicts
/// (RowResults::outputDeviation); on tensor cores, with Problem::truncatedSums. f16 and bf16 add 2u · max|o|, the
/// rounding of the output, to the last two.
///
/// Float32 with scores of unit variance (set normal, named modifiers only) must also be within 2e-6 (head dim ≤ 128)
/// or 3e-6.
///
/// A tolerance says something only where float32 can say something. Rows whose result depends on a branch of the score
/// body that rounding decides (camber/Reference/Diagnosis.h) count for no tolerance and are not compared; nor are rows
/// that are NaN although no input is. A tolerance above an eighth of max |o| (or, where all of o is next to nothing,
/// 2⁻¹² · max|v|) is meaningless: a wrong kernel would pass it. Each of these is a Doubt.
///
/// Skipping keys needs no further term: it moves o by at most 2⁻²⁶ · max |v_j − o| ≤ 2⁻²⁵ · max|v|, half of the
/// floor, and lse by 2⁻²⁶, a sixteenth of its floor.
Result<Expected> expectedResults(const Problem &problem, std::vector<Row> rows, std::optional<InputSet> set,
                                 int threads);

/// The rows to check: all, or above 2²⁶ pairs a seeded sample with at most about 2²⁴ pairs, which holds for every
/// sampled head the first and last row and rows at tile boundaries (multiples of 64 and their neighbours).
std::vector<Row> chooseRows(const Kernel &kernel, const Sizes &sizes, uint64_t seed);

struct Comparison {
  int64_t rows = 0;                     ///< compared
  int64_t overflowRows = 0;             ///< not finite, as in any float32 computation; not compared
  int64_t reachedRows = 0;              ///< not finite because of a value that they do not see, which they may be
  double outputError = 0, lseError = 0; ///< maximum absolute differences; infinite where NaN or infinity is misplaced
  double outputTolerance = 0, lseTolerance = 0; ///< lseTolerance of the worst row
  bool passed = true;
  std::string worst; ///< where the largest violation is, in words; empty if passed
};

/// Compares dense outputs (o, and lse where the kernel has it) with the expected rows. A tolerance that is not finite
/// passes nothing. Where the reference is NaN or infinite, so must the output be; an infinity that comes from v may be
/// NaN, since a weight or a rescaling factor that is 0 in float32 need not be 0 in float64.
Comparison compare(const Kernel &kernel, const Sizes &sizes, const Expected &expected,
                   const std::map<std::string, Tensor> &outputs);

/// |a − b|; 0 where both are NaN or the same infinity, infinity where only one is.
double difference(double a, double b);

} // namespace camber::harness

#endif
