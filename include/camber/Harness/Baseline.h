// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a kernel is compared with: the same attention by matrix products of OpenBLAS and one fused pass between them.
#ifndef CAMBER_HARNESS_BASELINE_H
#define CAMBER_HARNESS_BASELINE_H

#include "camber/Harness/Call.h"
#include "camber/Harness/Tolerance.h"

namespace camber::harness {

/// How a baseline gets its biases, which it reads from memory and which are built before it is timed.
enum class BiasStorage {
  ByDistance, ///< one number per head and distance where the bias depends on nothing else, else as Tensor
  Tensor      ///< one number per head, query and key, as engines without a fused bias materialise it
};

/// "unfused, materialised"
std::string baselineNames();
/// Nothing where there is no baseline of this name.
std::optional<BiasStorage> findBaseline(const std::string &name);

/// Whether OpenBLAS is there. The message says how to get it.
Status checkBaselineLibrary();

/// The attention of one problem in float32, without a kernel: S = Q · Kᵀ for a block of query rows, one pass over each
/// row (modifiers, bias, mask, softmax), O = P · V. Keys that no row of a block sees are skipped. Query heads that
/// share keys are multiplied together where their rows are few. 16-bit operands are widened before.
class UnfusedBaseline {
public:
  /// Fails where the score body is more than scales, softcaps and named biases of the pair, where a tensor would take
  /// more than 8 GiB or half of the machine's memory, and without OpenBLAS.
  static Result<std::unique_ptr<UnfusedBaseline>> create(const Problem &problem, BiasStorage storage, int threads);
  ~UnfusedBaseline();

  /// Runs it in blocks of so many rows; threads are the driver's, which hands out blocks as it does a kernel's tasks.
  Status run(ThreadPool &driver, int64_t blockRows = 128);

  /// Tries blocks of 64, 128 and 256 rows. Returns what was fastest.
  Result<int64_t> tune(ThreadPool &driver);

  /// How far its results are from the reference: whether the comparison passes with tolerances four times a kernel's,
  /// since it adds long sums in other orders. Call it after run.
  Comparison compareWith(const Expected &expected) const;

  /// "none", "by distance" or "tensor"
  const char *biasStorage() const;
  /// OpenBLAS, as it calls itself.
  const std::string &library() const;

  /// o, and lse where the kernel has it, in float32, by operand name.
  std::map<std::string, Tensor> outputs() const;

private:
  UnfusedBaseline();
  struct State;
  std::unique_ptr<State> state;
};

} // namespace camber::harness

#endif
