// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Finds the fastest schedule of a kernel on this machine by measuring.
#ifndef CAMBER_TUNE_TUNE_H
#define CAMBER_TUNE_TUNE_H

#include "camber/Compiler/Compiler.h"
#include "camber/Runtime/Bundle.h"
#include "camber/Target/Target.h"

namespace camber {

struct TuneOptions {
  CompileOptions compile; ///< with one target, which this machine can run
  double seconds = 0.3;   ///< of timed calls per schedule and step
  int maxSteps = 4;       ///< a step tries everything that differs from the best so far in one respect
  double minScale = 0.01; ///< a schedule replaces the best where it takes that part of the time less
  /// Called after every schedule that was measured or failed to compile.
  std::function<void(const struct Trial &)> progress;
};

/// A schedule and what it was like.
struct Trial {
  int step = 0;
  std::string tiles, schedule; ///< attributes, as MLIR prints them
  double seconds = 0;          ///< median
  double ratio = 0;            ///< of its time to that of the best before this step, median over rounds
  std::string failure;         ///< why there is no time
};

/// A schedule that compiles, loaded.
struct TuneVariant {
  ScheduleChoice choice;
  std::shared_ptr<Bundle> bundle;
};

/// Measures variants, the first of which is the best so far. Returns the seconds of each one's calls, round by round:
/// of all in as many rounds, one at least.
using TuneMeasure =
    std::function<llvm::Expected<std::vector<std::vector<double>>>(llvm::ArrayRef<TuneVariant> variants)>;

struct TuneResult {
  std::string kernel, target;
  Sizes sizes;
  std::vector<Trial> trials;     ///< the first is what the table says now
  ScheduleEntry tiles, schedule; ///< what was found best, for kernels like this one
  double ratio = 1;              ///< of its time to that of the first trial, in the last step
};

/// Measures one kernel on one thread with normally distributed inputs and the sizes that it fixes; batch 1, lengths
/// that it leaves open 2048 or what it allows. Schedules that are compared take turns. `measure` is for who measures
/// otherwise. Error: more than one kernel or target, a target that this machine cannot run, a kernel that does not
/// compile with the schedule it has now, a call that fails.
llvm::Expected<TuneResult> tune(const KernelSource &source, const TuneOptions &options,
                                const TuneMeasure &measure = {});

/// Puts what was found into the table of a file, which is made where it is missing. A file that is there and is no
/// table is left as it is, and is an error.
llvm::Error writeSchedules(const std::string &path, const TuneResult &result);

} // namespace camber

#endif
