// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// camber-compile --tune.
#include "TuneKernel.h"
#include "camber/Tune/Tune.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace camber;

/// The sizes alone: what stands between the angle brackets.
static StringRef sizesOf(StringRef attribute) { return attribute.split('<').second.drop_back(); }

static void printTrial(const Trial &trial) {
  if (trial.failure.empty())
    outs() << formatv("{0,4}  {1:F3}  {2,9:F3}", trial.step, trial.ratio, trial.seconds * 1e3);
  else
    outs() << formatv("{0,4}  {1,-16}", trial.step, "does not compile");
  outs() << "  " << sizesOf(trial.tiles) << "; " << sizesOf(trial.schedule) << "\n";
  outs().flush();
}

Error camber::tools::tuneKernel(const Invocation &invocation, const std::string &output) {
  if (sys::fs::exists(output)) // before the time is spent
    if (Error error = ScheduleTable::read(output).takeError())
      return error;
  TuneOptions options;
  options.compile = invocation.compile;
  options.progress = printTrial;
  outs() << "step  ratio  median ms  tiles; schedule\n";
  Expected<TuneResult> result = tune(invocation.source, options);
  if (!result)
    return result.takeError();
  const Sizes &sizes = result->sizes;
  outs() << formatv("{0} on {1}, batch {2}, q_len {3}, kv_len {4}, one thread: ", result->kernel, result->target,
                    sizes.batch, sizes.qLen, sizes.kvLen);
  if (result->ratio == 1)
    outs() << "nothing is faster than the present schedule\n";
  else
    outs() << formatv("{0:F3} of the present time with\n  {1}\n  {2}\n", result->ratio, result->tiles.attribute,
                      result->schedule.attribute);
  if (output.empty())
    return Error::success();
  if (Error error = writeSchedules(output, *result))
    return error;
  outs() << "written to " << output << "; use it with --schedules=" << output << "\n";
  return Error::success();
}
