// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The command line of the engine.
#pragma once
#include <cstdint>
#include <string>

namespace engine {

struct Options {
  bool kernel = true, reference = false; // which attention runs; both side by side if both are set
  int threads = 1;                       // 1 … 256
  uint64_t seed = 1;                     // of the weights and of the choice of tokens
  std::string prompt = "the river";
  int64_t tokens = 64;      // to generate, >= 1
  int64_t capacity = 1024;  // of the key/value cache, in tokens, 1 … 2^16
  int64_t chunk = 256;      // tokens of the prompt per forward pass, >= 1
  double temperature = 0.5; // >= 0; 0 takes the likeliest token
  bool help = false;
};

/// What --help prints.
extern const char *const usage;

/// Throws std::invalid_argument that names the option and what it takes.
Options parseOptions(int argc, char **argv);

} // namespace engine
