// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Timing of a bundle's kernels: those of the same sizes interleaved.
#ifndef CAMBER_LIB_HARNESS_BENCH_H
#define CAMBER_LIB_HARNESS_BENCH_H

#include "CheckKernel.h"
#include "camber/Harness/Rounds.h"
#include "camber/Harness/Statistics.h"
#include "camber/Runtime/Bundle.h"

namespace camber::harness {

/// A kernel to time, at the sizes of its report.
struct BenchSubject {
  const Kernel *kernel;
  EntryPoints entry;
  const KernelReport *report;
};

/// What --baseline names, timed in turns with the kernel.
struct BaselineReport {
  std::string library, bias;
  int64_t blockRows = 0;
  std::optional<double> maxError; ///< of o; nothing where nothing was verified
  Samples samples;
  Summary seconds;
  double shareOfPeak = 0;
  double timeRatio = 0; ///< its time divided by the kernel's
};

/// One kernel with one number of threads. Shares are medians of the ratios in each round.
struct BenchReport {
  const KernelReport *kernel;
  int threads = 0;
  Clock clock = Clock::Wall;
  Samples samples;
  Summary seconds;
  std::string fmaLoop; ///< which instructions, e.g. "avx2"; empty where there is no loop for this processor
  double flops = 0;    ///< of one call: 4 · head_dim · visible pairs
  double bytes = 0;    ///< that one call must move, each byte of an operand once
  std::optional<double> shareOfPeak;
  double shareOfStream = 0;
  int64_t tilesVisited = 0, tilesTotal = 0;
  std::optional<BaselineReport> baseline;
  std::string baselineMessage;        ///< why there is none
  std::optional<double> relativeTime; ///< to the kernel of --relative-to
};

/// Kernels whose times can be compared: of equal sizes. Indices of the first group come first, each group ascending.
std::vector<std::vector<size_t>> groupBySizes(const std::vector<Sizes> &sizes);

/// Fails where --relative-to names a kernel and others have other sizes. `names` and `sizes` are of the selected
/// kernels.
Status checkRelativeTo(const CheckOptions &options, const std::vector<std::string> &names,
                       const std::vector<Sizes> &sizes);

/// Times all subjects, group after group, each with every number of `threads`. Reports are in that order: of a group,
/// all with the first number of threads come first.
Result<std::vector<BenchReport>> benchKernels(const std::vector<BenchSubject> &subjects, const CheckOptions &options,
                                              const std::vector<int> &threads);

/// Bytes of the operands that a call must read or write: each once, keys and values inside the key range only, as if no
/// tile were skipped.
double bytesMoved(const Kernel &kernel, const Sizes &sizes, const Inputs &inputs);

} // namespace camber::harness

#endif
