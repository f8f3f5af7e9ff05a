// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// camber-compile: kernel flags, a model preset or a .mlir file in; a bundle, the text of one level, or a table with the
// fastest schedule, out.
// Exit status: 0 done, 2 anything else (the input, the output directory, or the compiler's own limits).
#include "TuneKernel.h"
#include "camber/Compiler/EarlyExit.h"
#include "camber/Compiler/ValueParsers.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace camber;
using namespace camber::tools;

namespace {

struct OutputFlags {
  cl::opt<std::string> output{
      "o", cl::desc("Directory of the bundle; with --emit (default: standard output) or --tune (default: none) a file"),
      cl::value_desc("PATH"), cl::cat(flagCategory())};
  cl::opt<bool> tune{"tune",
                     cl::desc("Measure schedules on this machine; with -o, put the best into a table (--schedules)"),
                     cl::cat(flagCategory())};
  cl::opt<bool> force{"force", cl::desc("Replace a bundle that is there"), cl::cat(flagCategory())};
  cl::opt<std::string> emit{"emit", cl::desc("What to write (default bundle)"),
                            cl::value_desc("attn|tile|schedule|llvm|asm|bundle"), cl::init("bundle"),
                            cl::cat(flagCategory())};
};

Error compile(const std::string &output, bool force, bool tune, const std::string &emitName) {
  Expected<size_t> emit = parseChoice("emit", emitName, {"attn", "tile", "schedule", "llvm", "asm", "bundle"});
  if (!emit)
    return emit.takeError();
  Expected<Invocation> invocation = readKernelFlags();
  if (!invocation)
    return invocation.takeError();
  auto level = static_cast<Emit>(*emit);
  if (tune && (force || level != Emit::Bundle))
    return createStringError(inconvertibleErrorCode(), Twine(force ? "--force" : "--emit") +
                                                           " has no effect with --tune, which writes no bundle");
  if (tune)
    return tuneKernel(*invocation, output);
  if (level != Emit::Bundle) {
    Expected<std::string> text = emitText(invocation->source, invocation->compile, level);
    if (!text)
      return text.takeError();
    return writeText(output, *text);
  }
  if (output.empty())
    return createStringError(inconvertibleErrorCode(), "no output directory given; pass -o DIR");
  return compileBundle(*invocation, output, force);
}

} // namespace

int main(int argc, char **argv) {
  exitEarlyCleanly();
  InitLLVM init(argc, argv);
  registerKernelFlags();
  OutputFlags flags;
  int exitCode;
  if (!parseCommandLine(argc, argv, "Camber: ahead-of-time attention kernels with their position bias fused in\n",
                        exitCode))
    return exitCode;
  // Copies: linking resets the options.
  std::string output = flags.output, emit = flags.emit;
  if (Error error = compile(output, flags.force, flags.tune, emit))
    return reportError(std::move(error));
  return 0;
}
