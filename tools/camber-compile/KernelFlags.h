// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The command line that camber-compile and camber-run share: which kernels, for which targets.
#ifndef CAMBER_TOOLS_KERNELFLAGS_H
#define CAMBER_TOOLS_KERNELFLAGS_H

#include "camber/Compiler/Compiler.h"

namespace llvm::cl {
class OptionCategory;
} // namespace llvm::cl

namespace camber::tools {

struct Invocation {
  KernelSource source;
  CompileOptions compile;
  std::string name;    ///< of the bundle
  std::string timings; ///< file for how long each kernel took; may be empty
};

/// Compiles into a bundle, with a line of progress per kernel and target on stderr, and writes the timings.
llvm::Error compileBundle(const Invocation &invocation, const std::string &directory, bool overwrite);

/// Writes a file, or to standard output where the path is empty. Error: the path and the system's reason.
llvm::Error writeText(llvm::StringRef path, llvm::StringRef text);

/// Registers the flags below, after removing those that LLVM and LLD bring: a user's flag is Camber's or an error, and
/// a tool may use any name ("threads" is LLVM's otherwise). Call it first, then construct the tool's own flags.
void registerKernelFlags();

/// The category of flags that --help shows; a tool's own belong to it.
llvm::cl::OptionCategory &flagCategory();

/// Parses the command line. False: an error has been printed, or --help, --version or --list-models answered;
/// `exitCode` says which.
bool parseCommandLine(int argc, const char *const *argv, const char *overview, int &exitCode);

/// What the flags ask for. Must be called before anything is linked (bundle::makeSharedLibrary resets options). Error:
/// a value that is unknown or out of range, flags that exclude each other, a file that cannot be read.
llvm::Expected<Invocation> readKernelFlags();

/// Prints "error: …" for each line and returns the exit status for bad input.
int reportError(llvm::Error error);

} // namespace camber::tools

#endif
