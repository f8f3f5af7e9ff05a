// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The command line.
#pragma once
#include <string>
#include <vector>

struct Options {
  std::vector<int> threads = {1, 4}; // each 1 … 256
  int rounds = 0;                    // of timing; 0 does not time
  std::string only;                  // cases whose name has this in it
  bool help = false;
};

/// What --help prints.
extern const char *const usage;

/// Throws std::invalid_argument that names the option and what it takes.
Options parseOptions(int argc, char **argv);
