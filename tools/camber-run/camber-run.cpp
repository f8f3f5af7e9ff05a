// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// camber-run: camber-compile into a temporary folder, then camber-check, in one go.
// Exit status: 0 passed, 1 failed or unverified, 2 bad input (including everything that does not compile).
#include "KernelFlags.h"
#include "camber/Bundle/TemporaryFolder.h"
#include "camber/Compiler/EarlyExit.h"
#include "camber/Compiler/ValueParsers.h"
#include "camber/Harness/Check.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/InitLLVM.h"

using namespace llvm;
using namespace camber;
using namespace camber::tools;

namespace {

/// camber-check's options. Those that mean something else to the compiler are called --run-….
struct CheckFlags {
  cl::list<std::string> kernel{"kernel", cl::desc("Check only this kernel (may be repeated)"), cl::value_desc("NAME"),
                               cl::cat(flagCategory())};
  cl::opt<std::string> device{"device", cl::desc("Where to run (default cpu)"), cl::value_desc("cpu"), cl::init("cpu"),
                              cl::cat(flagCategory())};
  cl::opt<bool> bench{"bench", cl::desc("Time the kernel"), cl::cat(flagCategory())};
  cl::opt<bool> json{"json", cl::desc("One JSON object per kernel instead of a table"), cl::cat(flagCategory())};
  cl::opt<std::string> threads{"threads", cl::desc("Threads that run the kernel (default: one per processor)"),
                               cl::value_desc("N"), cl::cat(flagCategory())};
  cl::opt<std::string> seed{"seed", cl::desc("Seed of the generated inputs (default 1)"), cl::value_desc("N"),
                            cl::cat(flagCategory())};
  cl::opt<std::string> inputs{"inputs", cl::desc("Set of generated inputs"), cl::value_desc("SET|all|auto"),
                              cl::init("auto"), cl::cat(flagCategory())};
  cl::opt<std::string> batch{"batch", cl::desc("Batch size to run with"), cl::value_desc("N"), cl::cat(flagCategory())};
  cl::opt<std::string> qLen{"run-q-len", cl::desc("Query length to run with"), cl::value_desc("N"),
                            cl::cat(flagCategory())};
  cl::opt<std::string> kvLen{"run-kv-len", cl::desc("Key length to run with"), cl::value_desc("N"),
                             cl::cat(flagCategory())};
  cl::list<std::string> input{"input", cl::desc("An operand from a NumPy file (may be repeated)"),
                              cl::value_desc("NAME=FILE.npy"), cl::cat(flagCategory())};
  cl::list<std::string> output{"output", cl::desc("Write an output to a NumPy file (may be repeated)"),
                               cl::value_desc("NAME=FILE.npy"), cl::cat(flagCategory())};
  cl::list<std::string> expect{"expect", cl::desc("Compare an output with a NumPy file (may be repeated)"),
                               cl::value_desc("NAME=FILE.npy"), cl::cat(flagCategory())};
  cl::opt<std::string> tolerance{"tolerance", cl::desc("Largest error, in place of the computed bars"),
                                 cl::value_desc("X"), cl::cat(flagCategory())};
  cl::opt<std::string> timeout{"timeout", cl::desc("Seconds after which a task that has not returned fails; 0: never"),
                               cl::value_desc("X"), cl::cat(flagCategory())};
};

template <typename Target>
Error storeInteger(const cl::opt<std::string> &flag, int64_t least, int64_t most, Target &target) {
  if (!flag.getNumOccurrences())
    return Error::success();
  Expected<int64_t> value = parseInteger(flag.ArgStr, flag);
  if (!value)
    return value.takeError();
  if (*value < least || *value > most)
    return createStringError(inconvertibleErrorCode(), "--" + flag.ArgStr + "=" + flag.getValue() +
                                                           ": takes a number from " + Twine(least) + " to " +
                                                           Twine(most));
  target = static_cast<Target>(*value);
  return Error::success();
}

Expected<harness::CheckOptions> readCheckFlags(const CheckFlags &flags) {
  harness::CheckOptions options;
  options.kernels = {flags.kernel.begin(), flags.kernel.end()};
  options.device = flags.device;
  options.bench = flags.bench;
  options.json = flags.json;
  options.inputs = flags.inputs;
  options.inputFiles = {flags.input.begin(), flags.input.end()};
  options.outputFiles = {flags.output.begin(), flags.output.end()};
  options.expectFiles = {flags.expect.begin(), flags.expect.end()};
  constexpr int64_t longest = (int64_t(1) << 24) - 1;
  if (Error error = storeInteger(flags.threads, 1, 1024, options.threads))
    return error;
  if (Error error = storeInteger(flags.seed, 0, INT64_MAX, options.seed))
    return error;
  if (Error error = storeInteger(flags.batch, 0, INT32_MAX, options.batch))
    return error;
  if (Error error = storeInteger(flags.qLen, 0, longest, options.qLen))
    return error;
  if (Error error = storeInteger(flags.kvLen, 0, longest, options.kvLen))
    return error;
  if (flags.tolerance.getNumOccurrences()) {
    Expected<double> value = parseReal(flags.tolerance.ArgStr, flags.tolerance);
    if (!value)
      return value.takeError();
    options.tolerance = *value;
  }
  if (flags.timeout.getNumOccurrences()) {
    Expected<double> value = parseReal(flags.timeout.ArgStr, flags.timeout);
    if (!value)
      return value.takeError();
    if (!(*value >= 0 && *value <= 1e6))
      return createStringError(inconvertibleErrorCode(), "--timeout=" + flags.timeout.getValue() +
                                                             ": takes a number of seconds from 0 to 1000000");
    options.timeout = *value;
  }
  return options;
}

Expected<int> run(const CheckFlags &flags) {
  Expected<harness::CheckOptions> check = readCheckFlags(flags);
  if (!check)
    return check.takeError();
  Expected<Invocation> invocation = readKernelFlags();
  if (!invocation)
    return invocation.takeError();
  // Before the time is spent to compile it. With a target of another kind beside it, dispatch chooses.
  const std::vector<TargetDesc> &targets = invocation->compile.targets;
  if (llvm::none_of(targets, hostCanRun)) {
    std::string names;
    for (const TargetDesc &target : targets)
      names += (names.empty() ? "" : ", ") + target.name;
    return createStringError(inconvertibleErrorCode(), "this processor cannot run " + names +
                                                           "; leave --target away to compile for it, or pass a bundle "
                                                           "of camber-compile to camber-check on another machine");
  }
  Expected<bundle::TemporaryFolder> folder = bundle::TemporaryFolder::createForTemporaryFiles("camber-run");
  if (!folder)
    return folder.takeError();
  check->program = "camber-run";
  check->bundle = folder->file("bundle");
  if (Error error = compileBundle(invocation->source, invocation->compile, {invocation->name, check->bundle, false}))
    return error;
  return harness::runCheck(*check);
}

} // namespace

int main(int argc, char **argv) {
  exitEarlyCleanly();
  InitLLVM init(argc, argv);
  registerKernelFlags();
  CheckFlags flags;
  int exitCode;
  if (!parseCommandLine(argc, argv, "Camber: compile kernels and check them against the reference\n", exitCode))
    return exitCode;
  Expected<int> status = run(flags);
  return status ? *status : reportError(status.takeError());
}
