// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How a tool ends where main does not return: interrupted by a signal, or given up on by LLVM.
#ifndef CAMBER_COMPILER_EARLYEXIT_H
#define CAMBER_COMPILER_EARLYEXIT_H

#include "llvm/ADT/StringRef.h"
#include <string>

namespace camber {

/// Called first in main, before any thread exists. From then on
///   SIGINT, SIGTERM and SIGHUP remove temporary directories and files, then end the process as that signal does (a
///   signal
///     that is ignored, as nohup has it, stays ignored);
///   a write beyond the limit of file sizes is an error like any other;
///   text that standard output does not take (a full disk) is one message and status 2 when the process ends;
///   llvm::report_fatal_error, which would abort, prints one message that names the kernel and target being compiled,
///     removes the same, and ends the process with status 2.
void exitEarlyCleanly();

/// For its life, this thread compiles `kernel` for `target`; for the message of a fatal error.
class CompilingScope {
public:
  CompilingScope(llvm::StringRef kernel, llvm::StringRef target);
  ~CompilingScope();
  CompilingScope(const CompilingScope &) = delete;

private:
  std::string previous;
};

} // namespace camber

#endif
