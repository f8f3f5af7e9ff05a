// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Parses --name=value.
#include "options.h"
#include <algorithm>
#include <sstream>
#include <stdexcept>

const char *const usage = R"(usage: attention [--name=value ...]
Compares attention by ggml and by Camber's kernels in ggml with float64. Exit status 1 if a kernel is off by more than its tolerance.
  --threads=N,...  of ggml, one run for each (default 1,4)
  --time=ROUNDS    measures both, interleaved, and prints medians (default 0: does not)
  --only=TEXT      cases whose name has TEXT in it
)";

namespace {

int parseInteger(const std::string &name, const std::string &value, int least, int most) {
  const bool digits = !value.empty() && value.size() <= 6 &&
                      std::all_of(value.begin(), value.end(), [](char c) { return c >= '0' && c <= '9'; });
  const int number = digits ? std::stoi(value) : -1;
  if (number < least || number > most)
    throw std::invalid_argument(name + "=" + value + ": expected a whole number from " + std::to_string(least) +
                                " to " + std::to_string(most));
  return number;
}

} // namespace

Options parseOptions(int argc, char **argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    const size_t equals = argument.find('=');
    const std::string name = argument.substr(0, equals);
    const std::string value = equals == std::string::npos ? "" : argument.substr(equals + 1);
    if (name == "--help") {
      options.help = true;
    } else if (name == "--threads") {
      options.threads.clear();
      std::istringstream list(value + ","); // so that an empty last part is seen
      for (std::string part; std::getline(list, part, ',');)
        options.threads.push_back(parseInteger(name, part, 1, 256));
    } else if (name == "--time") {
      options.rounds = parseInteger(name, value, 0, 10000);
    } else if (name == "--only") {
      options.only = value;
    } else {
      throw std::invalid_argument("there is no option " + argument + "; --help lists those there are");
    }
  }
  return options;
}
