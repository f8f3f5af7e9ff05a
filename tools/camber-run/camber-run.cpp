// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// camber-run: camber-compile into a temporary directory, then camber-check, in one go.
// Exit status: 0 passed, 1 failed or unverified, 2 bad input (including everything that does not compile).
#include "KernelFlags.h"
#include "camber/Bundle/TemporaryDirectory.h"
#include "camber/Compiler/EarlyExit.h"
#include "camber/Harness/Check.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/InitLLVM.h"

using namespace llvm;
using namespace camber;
using namespace camber::tools;

namespace {

Error failure(const Twine &message) { return createStringError(inconvertibleErrorCode(), message); }

/// camber-check's options. Those that mean something else to the compiler are called --run-….
class CheckFlags {
public:
  CheckFlags() {
    for (const harness::CheckOption &option : harness::checkOptions()) {
      const bool taken = cl::getRegisteredOptions().count(option.name);
      names.push_back(std::make_unique<std::string>((taken ? "run-" : "") + std::string(option.name)));
      const StringRef name = *names.back();
      if (option.flag)
        switches.emplace_back(option, std::make_unique<Switch>(name, cl::desc(option.help), cl::cat(flagCategory())));
      else
        values.emplace_back(option, std::make_unique<Values>(name, cl::desc(option.help), cl::value_desc(option.value),
                                                             option.repeatable ? cl::ZeroOrMore : cl::Optional,
                                                             cl::cat(flagCategory())));
    }
  }

  Expected<harness::CheckOptions> read() const {
    harness::CheckOptions options;
    options.program = "camber-run";
    for (const auto &[option, flag] : switches)
      options.*option.flag = *flag;
    for (const auto &[option, flag] : values)
      for (const std::string &text : *flag)
        if (Status status = option.set(options, text); !status)
          return failure("--" + flag->ArgStr + "=" + text + ": " + status.error());
    if (Status status = harness::validate(options); !status)
      return failure(status.error());
    return options;
  }

private:
  using Switch = cl::opt<bool>;
  using Values = cl::list<std::string>;
  std::vector<std::unique_ptr<std::string>> names; // LLVM keeps no copies
  std::vector<std::pair<const harness::CheckOption &, std::unique_ptr<Switch>>> switches;
  std::vector<std::pair<const harness::CheckOption &, std::unique_ptr<Values>>> values;
};

Expected<int> run(const CheckFlags &flags) {
  Expected<harness::CheckOptions> check = flags.read();
  if (!check)
    return check.takeError();
  Expected<Invocation> invocation = readKernelFlags();
  if (!invocation)
    return invocation.takeError();
  // Before the time is spent to compile.
  Expected<std::vector<std::string>> kernels = listKernels(invocation->source);
  if (!kernels)
    return kernels.takeError();
  if (auto selected = harness::selectKernels(*check, *kernels); !selected)
    return failure(selected.error());
  // With a target of another kind beside it, dispatch chooses.
  const std::vector<TargetDesc> &targets = invocation->compile.targets;
  if (check->device == "cpu" && llvm::none_of(targets, hostCanRun)) {
    std::string names;
    for (const TargetDesc &target : targets)
      names += (names.empty() ? "" : ", ") + target.name;
    return failure("this processor cannot run " + names +
                   "; leave --target away to compile for it, or pass a bundle of camber-compile to camber-check on "
                   "another machine");
  }
  Expected<bundle::TemporaryDirectory> directory = bundle::TemporaryDirectory::createForTemporaryFiles("camber-run");
  if (!directory)
    return directory.takeError();
  check->bundle = directory->file("bundle");
  if (Error error = compileBundle(*invocation, check->bundle, /*overwrite=*/false))
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
