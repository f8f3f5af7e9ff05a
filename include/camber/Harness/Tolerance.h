// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How far a kernel may be from the reference: semantics.md "Accuracy".
#ifndef CAMBER_HARNESS_TOLERANCE_H
#define CAMBER_HARNESS_TOLERANCE_H

#include "camber/Harness/Call.h"
#include "camber/Harness/InputSets.h"

namespace camber::harness {

/// The reference's answers for some rows, and the bars that follow from them.
struct Expected {
  std::vector<Row> rows;
  RowResults exact;
  double outputBar = 0; ///< for max |o − reference|
  /// E_unfused of lse. The bar of a row is max(2·E_unfused, 2⁻²⁴ · max(4, √D) · (1 + max(|lse|, |row score|))). The
  /// rounding errors of a product q·k are a random walk of D steps, and where one key dominates a row no other product
  /// averages them out: E_unfused of a small case is one draw from that distribution and can be almost 0 by luck.
  double lseUnfusedError = 0;
};

/// Evaluates both references. `set` is nothing for the user's own arrays. The bar for o is max(2·E_unfused, floor).
///
/// floor is 2⁻²⁴ · (8 + max |row score|) · max|v| for float32: one rounding of the largest score moves every weight by
/// that much, where a score counts with the largest value that scale, softcap and bias gave it on its way. Sums of the
/// weights and weighted values of a tile of 64 keys are random walks of √64 roundings even where all scores are small.
/// f16 and bf16 add 2u · max|o|, the rounding of the output.
///
/// Float32 with scores of unit variance (set normal, named modifiers only) must also be within 2e-6 (head dim ≤ 128)
/// or 3e-6.
Result<Expected> expectedResults(const Problem &problem, std::vector<Row> rows, std::optional<InputSet> set,
                                 int threads);

/// The rows to check: all, or above 2²⁶ pairs a seeded sample with at most about 2²⁴ pairs, which holds for every
/// sampled head the first and last row and rows at tile boundaries (multiples of 64 and their neighbours).
std::vector<Row> chooseRows(const Kernel &kernel, const Sizes &sizes, uint64_t seed);

struct Comparison {
  double outputError = 0, lseError = 0; ///< maximum absolute differences; infinity where NaN or infinity is misplaced
  double outputBar = 0, lseBar = 0;     ///< lseBar of the worst row
  bool passed = true;
  std::string worst; ///< where the largest violation is, in words; empty if passed
};

/// Compares dense outputs (o, and lse where the kernel has it) with the expected rows.
Comparison compare(const Kernel &kernel, const Sizes &sizes, const Expected &expected,
                   const std::map<std::string, Tensor> &outputs);

/// |a − b|; 0 where both are NaN or the same infinity, infinity where only one is.
double difference(double a, double b);

} // namespace camber::harness

#endif
