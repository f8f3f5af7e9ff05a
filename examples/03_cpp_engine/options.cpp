// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Parses --name=value.
#include "options.h"
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <stdexcept>
#include <thread>

namespace engine {

const char *const usage = R"(usage: cpp_engine [--name=value ...]
  --attention=kernel|reference|both  the bundle's kernel (default), plain loops in double precision, or both side by
                                     side: exit status 1 if their logits differ by more than rounding
  --threads=N                        default: one per processor
  --seed=N                           of the model's weights and of the choice of tokens (default 1)
  --prompt=TEXT                      lower-case letters, spaces and .,?!' (default "the river")
  --tokens=N                         how many to generate (default 64)
  --capacity=N                       of the key/value cache, in tokens (default 1024)
  --chunk=N                          tokens of the prompt per forward pass (default 256)
  --temperature=X                    0 takes the likeliest token (default 0.5)
)";

namespace {

[[noreturn]] void refuse(const std::string &name, const std::string &value, const std::string &wanted) {
  throw std::invalid_argument((value.empty() ? name + "=…" : name + "=" + value) + ": expected " + wanted);
}

int64_t parseInteger(const std::string &name, const std::string &value, int64_t least, int64_t most) {
  const bool digits = !value.empty() && value.size() <= 18 &&
                      std::all_of(value.begin(), value.end(), [](char c) { return c >= '0' && c <= '9'; });
  const int64_t number = digits ? std::stoll(value) : -1;
  if (number < least || number > most)
    refuse(name, value, "a whole number from " + std::to_string(least) + " to " + std::to_string(most));
  return number;
}

double parseTemperature(const std::string &name, const std::string &value) {
  char *end = nullptr;
  const double number = std::strtod(value.c_str(), &end);
  if (value.empty() || *end != '\0' || !std::isfinite(number) || number < 0)
    refuse(name, value, "a number that is not negative");
  return number;
}

} // namespace

Options parseOptions(int argc, char **argv) {
  Options options;
  options.threads = static_cast<int>(std::clamp(std::thread::hardware_concurrency(), 1u, 256u));
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    const size_t equals = argument.find('=');
    const std::string name = argument.substr(0, equals);
    const std::string value = equals == std::string::npos ? "" : argument.substr(equals + 1);
    if (name == "--help") {
      options.help = true;
    } else if (name == "--attention") {
      if (value != "kernel" && value != "reference" && value != "both")
        refuse(name, value, "kernel, reference or both");
      options.kernel = value != "reference";
      options.reference = value != "kernel";
    } else if (name == "--threads") {
      options.threads = static_cast<int>(parseInteger(name, value, 1, 256));
    } else if (name == "--seed") {
      options.seed = static_cast<uint64_t>(parseInteger(name, value, 0, 999999999999999999));
    } else if (name == "--prompt") {
      options.prompt = value;
    } else if (name == "--tokens") {
      options.tokens = parseInteger(name, value, 1, 1 << 16);
    } else if (name == "--capacity") {
      options.capacity = parseInteger(name, value, 1, 1 << 16);
    } else if (name == "--chunk") {
      options.chunk = parseInteger(name, value, 1, 1 << 16);
    } else if (name == "--temperature") {
      options.temperature = parseTemperature(name, value);
    } else {
      throw std::invalid_argument("there is no option " + argument + "; --help lists those there are");
    }
  }
  if (options.prompt.empty())
    throw std::invalid_argument("--prompt: the model needs at least one character to begin with");
  return options;
}

} // namespace engine
