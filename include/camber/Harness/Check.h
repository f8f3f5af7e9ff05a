// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// camber-check as a library, shared with camber-run.
#ifndef CAMBER_HARNESS_CHECK_H
#define CAMBER_HARNESS_CHECK_H

#include "camber/Runtime/Result.h"
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace camber::harness {

struct CheckOptions {
  std::string program = "camber-check"; ///< begins messages about bad input
  std::string bundle;                   ///< folder
  std::string device = "cpu";           ///< only cpu so far
  std::vector<std::string> kernels;     ///< names; empty: all
  bool bench = false;
  bool json = false;
  int threads = 0; ///< 0: one per processor
  uint64_t seed = 1;
  std::string inputs = "auto"; ///< a set's name, "all", or "auto": all on small problems, normal on big ones
  std::optional<int64_t> batch, qLen, kvLen;
  std::vector<std::string> inputFiles, outputFiles, expectFiles; ///< NAME=FILE.npy
  std::optional<double> tolerance;                               ///< in place of the bars for o, lse and --expect
  double timeout = 120; ///< seconds for one task of a kernel that is being verified; 0: no limit
};

enum ExitStatus { kPassed = 0, kFailed = 1, kBadInput = 2 };

/// Prints on standard output at once. Fails where the text is lost (a full disk).
Status printOutput(const std::string &text);

/// Opens the bundle, checks its kernels, prints a table or JSON lines on standard output and messages on standard
/// error. Returns an ExitStatus; output that is lost is kBadInput. tools/camber-check/README.md describes the output.
int runCheck(const CheckOptions &options);

/// Adds every option above except `program` and `bundle` to a command line.
void addCheckOptions(CLI::App &app, CheckOptions &options);

} // namespace camber::harness

#endif
