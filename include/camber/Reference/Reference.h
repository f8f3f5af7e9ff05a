// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Attention in float64, straight from the formulas: what every kernel is compared with.
#ifndef CAMBER_REFERENCE_REFERENCE_H
#define CAMBER_REFERENCE_REFERENCE_H

#include "camber/Reference/Storage.h"
#include "camber/Runtime/Result.h"
#include <map>

namespace camber {

/// A kernel's contract with the data of one call. `operands` holds every operand that is read, by its name.
struct Problem {
  const Kernel *kernel = nullptr;
  Sizes sizes;
  std::map<std::string, View> operands;
  /// The results to compare come from tensor cores, which add products up as numbers of 24 bits below the largest and
  /// cut the rest off. The model of rounding errors (RowResults) counts that, too; the results are the same.
  bool truncatedSums = false;
};

/// One output row.
struct Row {
  int64_t batch = 0, head = 0, query = 0;
};

/// Results for a list of rows, in its order.
struct RowResults {
  std::vector<double> o;        ///< [rows, head_dim]
  std::vector<double> lse;      ///< [rows], natural log, −∞ where fully masked
  std::vector<double> maxScore; ///< [rows], largest score, −∞ where fully masked
  /// [rows], Float64 only: a model's standard deviations of the rounding errors that a float32 computation makes in
  /// lse, and in the element of o where it is largest. Errors of products q·k come first; they are random walks of
  /// head_dim roundings, carried through the score program and the softmax (Higham and Mary 2019, "A New Approach to
  /// Probabilistic Rounding Error Analysis"). Without the rounding of o to 16-bit storage.
  std::vector<double> outputDeviation, lseDeviation;
};

enum class Arithmetic {
  Float64, ///< the reference
  /// What an ordinary unfused program would do: scores and probabilities in float32 in memory, float32 matrix products
  /// with sums by blocks of 256, only the output rounded to storage. Its error is the unit in which a kernel's is
  /// judged.
  Unfused32
};

/// All rows of a problem: batch by batch, head by head.
std::vector<Row> allRows(const Kernel &kernel, const Sizes &sizes);

/// Computes `rows`. Fails, naming the operation, where the contract has an operation or mask without reference
/// semantics, or an operand is missing or has the wrong rank.
Result<RowResults> evaluate(const Problem &problem, const std::vector<Row> &rows, Arithmetic arithmetic, int threads);

/// How many (query, key) pairs of all heads the masks and the key range show. Score arithmetic may hide more.
Result<double> countVisible(const Problem &problem);

/// The keys [begin, end) that exist for a batch.
struct KeyRange {
  int64_t begin = 0, end = 0;
};
KeyRange keyRange(const Problem &problem, int64_t batch);

} // namespace camber

#endif
