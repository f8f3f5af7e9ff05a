// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// camber-check: compares the kernels of a bundle with the reference and times them. Links nothing of LLVM.
#include "camber/Harness/Check.h"
#include "camber/Support/RenamedFlags.h"
#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>

/// As runCheck says what is wrong with a bundle.
static int refuse(const std::string &message) {
  std::fprintf(stderr, "camber-check: error: %s\n", message.c_str());
  return camber::harness::kBadInput;
}

int main(int argc, char **argv) {
  std::signal(SIGXFSZ, SIG_IGN); // a write beyond `ulimit -f` fails like one on a full disk
  CLI::App app{
      "Checks a bundle's kernels against a float64 reference, and times them. Exit status: 0 passed, 1 failed or "
      "unverified, 2 bad input.",
      "camber-check"};
  if (const std::string renamed = camber::findRenamedFlag(argc, argv); !renamed.empty())
    return refuse(renamed);
  camber::harness::CheckOptions options;
  app.add_option("bundle", options.bundle, "The bundle's directory, as written by camber-compile")->required();
  camber::harness::addCheckOptions(app, options);
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp &) {
    camber::Status printed = camber::harness::printOutput(app.help());
    return printed ? 0 : refuse(printed.error());
  } catch (const CLI::ParseError &error) {
    return refuse(error.what());
  }
  return camber::harness::runCheck(options);
}
