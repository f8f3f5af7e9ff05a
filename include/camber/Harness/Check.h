// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// camber-check as a library, shared with camber-run.
#ifndef CAMBER_HARNESS_CHECK_H
#define CAMBER_HARNESS_CHECK_H

#include "camber/Runtime/Result.h"
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace camber::harness {

struct CheckOptions {
  std::string program = "camber-check";     ///< begins messages about bad input
  std::string bundle;                       ///< directory
  std::string device = "cpu";               ///< cpu, cuda or interpreter
  std::optional<std::string> deviceTarget;  ///< whose code runs, where a bundle has code for several devices
  std::optional<std::string> async, approx; ///< modes of the interpreter, as camber-ptx takes them
  std::vector<std::string> kernels;         ///< names; empty: all
  bool json = false;
  int threads = 0; ///< 0: one per processor
  uint64_t seed = 1;
  std::string inputs = "auto"; ///< a set's name, "all", or "auto": all on small problems, normal on big ones
  std::optional<int64_t> batch, qLen, kvLen;
  std::vector<std::string> inputFiles, outputFiles, expectFiles; ///< NAME=FILE.npy
  std::optional<double> tolerance;                               ///< in place of the tolerances for o, lse and --expect
  std::optional<std::string> referenceDirectory;                 ///< keeps what the reference has computed
  double timeout = 120;  ///< seconds for one task of a kernel that is being verified; 0: no limit
  bool noVerify = false; ///< only time

  bool bench = false;                    ///< without it, what follows must not be given
  std::vector<int> benchThreads;         ///< counts to time with; empty: `threads`
  std::optional<double> benchSeconds;    ///< of timed calls per kernel
  std::optional<int> benchRounds;        ///< at least
  std::optional<std::string> baseline;   ///< what to time beside each kernel
  std::optional<std::string> relativeTo; ///< the kernel by whose time those of the others are divided
};

enum ExitStatus { kPassed = 0, kFailed = 1, kBadInput = 2 };

/// Prints on standard output at once. Fails where the text is lost (a full disk).
Status printOutput(const std::string &text);

/// An option of the command line. Every tool that checks kernels registers all of them.
struct CheckOption {
  const char *name;  ///< without dashes
  const char *value; ///< what it takes, e.g. "N"; nullptr for a switch
  std::string help;
  /// Stores a value. Fails, saying what the option takes, where the text is none. Empty for a switch.
  std::function<Status(CheckOptions &options, const std::string &text)> set;
  bool repeatable = false;
  bool CheckOptions::*flag = nullptr; ///< of a switch
};
const std::vector<CheckOption> &checkOptions();

/// Refuses values that no kernel could be checked with, and an output file that is also another option's. runCheck
/// calls it; a tool that compiles first calls it before.
Status validate(const CheckOptions &options);

/// The indices of the kernels to check among those with these names. Fails on --kernel with another name, on
/// --relative-to with a name that is not selected, and on files for more than one kernel.
Result<std::vector<size_t>> selectKernels(const CheckOptions &options, const std::vector<std::string> &names);

/// Opens the bundle, checks its kernels, prints a table or JSON lines on standard output and messages on standard
/// error. Returns an ExitStatus; output that is lost is kBadInput. tools/camber-check/README.md describes the output.
int runCheck(const CheckOptions &options);

/// Adds the options to a command line of CLI11.
void addCheckOptions(CLI::App &app, CheckOptions &options);

} // namespace camber::harness

#endif
