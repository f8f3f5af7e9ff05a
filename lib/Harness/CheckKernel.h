// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Verification of one kernel of an open bundle.
#ifndef CAMBER_LIB_HARNESS_CHECKKERNEL_H
#define CAMBER_LIB_HARNESS_CHECKKERNEL_H

#include "KernelCode.h"
#include "camber/Harness/Tolerance.h"

namespace camber::harness {

/// One line of the report. Numbers that were not measured are nothing.
struct KernelReport {
  std::string kernel, target;
  Sizes sizes;
  std::string outcome = "passed"; ///< passed, failed, unverified, or skipped (--no-verify)
  std::vector<std::string> messages;
  std::vector<std::string> notes;  ///< that take nothing from the outcome
  std::vector<Doubt::Kind> doubts; ///< that messages tell of
  int inputSets = 0;               ///< that were tried
  bool timedOut = false;           ///< the other inputs were not tried
  std::string inputSet;            ///< with the largest error relative to its tolerance
  std::optional<double> maxError, errorTolerance, lseError;
  /// Compared in the set where the fewest are, and all there are.
  int64_t rowsChecked = 0, rowsTotal = 0;
  std::optional<int64_t> tilesVisited, tilesTotal;
  std::optional<Expected> expected; ///< on the inputs that are timed, where a baseline is to be compared with it
  int64_t objectBytes = 0;
};

/// Fails on bad input (exit status 2); what the kernel does wrong is in the report.
Result<KernelReport> checkKernel(const Kernel &kernel, KernelCode &code, const CheckOptions &options, int threads);

/// The sets of generated inputs that a check goes through; the first one is also timed. With the user's own arrays
/// there is one, for the operands that are not given. `small`: see KernelCode::smallProblem.
std::vector<InputSet> chooseInputSets(const Kernel &kernel, const CheckOptions &options, const Sizes &sizes,
                                      double small);

/// Generated inputs, with the user's arrays in their places. Fails where these are ill-formed.
Result<Inputs> makeInputs(const Kernel &kernel, const CheckOptions &options, const Sizes &sizes, InputSet set,
                          int threads);

/// The sizes of the call: from the options, the signature and the user's arrays, in that order of authority.
Result<Sizes> chooseSizes(const Kernel &kernel, const CheckOptions &options);

/// Splits "name=file.npy" and looks the operand up.
struct NamedFile {
  const Operand *operand;
  std::string path;
};
Result<std::vector<NamedFile>> namedFiles(const Kernel &kernel, const std::vector<std::string> &texts, bool outputs);

} // namespace camber::harness

#endif
