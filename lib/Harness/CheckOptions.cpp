// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What camber-check and camber-run take: one table of options, and what cannot be asked for.
#include "KernelCode.h"
#include "camber/Harness/Baseline.h"
#include "camber/Harness/Check.h"
#include "camber/Harness/InputSets.h"
#include "camber/Runtime/Manifest.h"
#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <fmt/format.h>

namespace camber::harness {
namespace {

using Text = const std::string &;

/// Decimal digits only: no other bases, no overflow, no minus where none may be negative.
template <typename Number> Status storeNumber(Text text, int64_t most, Number &number) {
  int64_t value = 0;
  const char *end = text.data() + text.size();
  const auto [last, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || last != end || value < 0 || value > most)
    return Failure{fmt::format("takes a number from 0 to {}", most)};
  number = static_cast<std::decay_t<decltype(number)>>(value);
  return Done{};
}

template <typename Number> Status storeReal(Text text, Number &number) {
  double value = 0;
  const char *end = text.data() + text.size();
  const auto [last, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || last != end)
    return Failure{"takes a number"};
  number = value;
  return Done{};
}

std::vector<CheckOption> makeOptions() {
  constexpr int64_t longest = kMaxLength - 1;
  auto text = [](auto CheckOptions::*field) {
    return [field](CheckOptions &options, Text value) -> Status {
      if constexpr (std::is_same_v<decltype(options.*field), std::vector<std::string> &>)
        (options.*field).push_back(value);
      else
        options.*field = value;
      return Done{};
    };
  };
  auto number = [](auto CheckOptions::*field, int64_t most) {
    return [field, most](CheckOptions &options, Text value) { return storeNumber(value, most, options.*field); };
  };
  auto real = [](auto CheckOptions::*field) {
    return [field](CheckOptions &options, Text value) { return storeReal(value, options.*field); };
  };
  using O = CheckOptions;
  constexpr bool repeatable = true;
  return {
      {"device", "NAME",
       "Where the kernels run: cpu (default); cuda, the first NVIDIA GPU; interpreter, the PTX interpreter",
       text(&O::device)},
      {"device-target", "NAME", "With --device=interpreter: whose code runs (default the first device of the bundle)",
       text(&O::deviceTarget)},
      {"async", "MODE", "With --device=interpreter: late (default), early or random:SEED", text(&O::async)},
      {"approx", "MODE", "With --device=interpreter: exact, worst (default) or random:SEED", text(&O::approx)},
      {"kernel", "NAME", "Check only this kernel (repeatable)", text(&O::kernels), repeatable},
      {"json", nullptr, "Print one JSON object per kernel instead of a table", {}, false, &O::json},
      {"threads", "N", "Threads; 0, the default, is one per processor", number(&O::threads, 4096)},
      {"seed", "N", "Seed of generated inputs and sampled rows (default 1)", number(&O::seed, INT64_MAX)},
      {"inputs", "SET", "Generated inputs: auto (default), all, " + inputSetNames(), text(&O::inputs)},
      {"batch", "N", "Batch", number(&O::batch, INT32_MAX)},
      {"q-len", "N", "Query length, where the kernel leaves it open", number(&O::qLen, longest)},
      {"kv-len", "N", "Key length, where the kernel leaves it open", number(&O::kvLen, longest)},
      {"input", "NAME=FILE.npy", "An operand's data; others are generated (repeatable)", text(&O::inputFiles),
       repeatable},
      {"output", "NAME=FILE.npy", "Where to write an output (repeatable)", text(&O::outputFiles), repeatable},
      {"expect", "NAME=FILE.npy", "Compare an output with this, too (repeatable)", text(&O::expectFiles), repeatable},
      {"tolerance", "X", "Largest absolute error allowed, in place of the computed tolerances", real(&O::tolerance)},
      {"keep-reference", "DIR",
       "Take the reference's results from this directory, and keep there those that it does not hold: for kernels of "
       "one "
       "contract and several targets",
       text(&O::referenceDirectory)},
      {"timeout", "X", "Seconds after which a task that has not returned fails (default 120); 0: never",
       real(&O::timeout)},
      {"no-verify",
       nullptr,
       "Only time the kernels (--bench): the reference is slow on long sequences",
       {},
       false,
       &O::noVerify},
      {"bench",
       nullptr,
       "Time the kernels, interleaved with a loop of FMAs and one that reads memory",
       {},
       false,
       &O::bench},
      {"bench-threads", "N", "Time with N threads, interleaved with other N (repeatable; default --threads)",
       [](CheckOptions &options, Text value) { return storeNumber(value, 4096, options.benchThreads.emplace_back()); },
       repeatable},
      {"bench-time", "X", "Seconds of calls of each kernel to measure (default 1)", real(&O::benchSeconds)},
      {"bench-rounds", "N", "Rounds to measure at least (default 5)", number(&O::benchRounds, 1000000)},
      {"baseline", "NAME", "Time this beside each kernel: " + baselineNames(), text(&O::baseline)},
      {"relative-to", "KERNEL", "Divide the times by those of this kernel, round by round", text(&O::relativeTo)}};
}

/// Whether writing one of them would overwrite the other. Devices and pipes hold nothing.
bool isSameFile(const std::string &a, const std::string &b) {
  namespace fs = std::filesystem;
  std::error_code code;
  if (fs::exists(a, code) && fs::exists(b, code))
    return fs::is_regular_file(a, code) && fs::equivalent(a, b, code);
  auto full = [&](const std::string &path) { return fs::weakly_canonical(fs::absolute(path, code), code); };
  return full(a) == full(b);
}

/// What would have no effect is refused: silence would hide a misunderstanding.
Status checkBenchOptions(const CheckOptions &options) {
  if (!options.bench) {
    for (const auto &[given, option] : {std::pair{options.noVerify, "--no-verify"},
                                        {!options.benchThreads.empty(), "--bench-threads"},
                                        {options.benchSeconds.has_value(), "--bench-time"},
                                        {options.benchRounds.has_value(), "--bench-rounds"},
                                        {options.baseline.has_value(), "--baseline"},
                                        {options.relativeTo.has_value(), "--relative-to"}})
      if (given)
        return Failure{fmt::format("{} has no effect without --bench", option)};
    return Done{};
  }
  if (options.noVerify && !(options.outputFiles.empty() && options.expectFiles.empty()))
    return Failure{"--output and --expect have no effect with --no-verify"};
  if (options.benchSeconds && !(*options.benchSeconds >= 0 && *options.benchSeconds <= 1e6))
    return Failure{"--bench-time must be a number of seconds from 0 to 1000000"};
  if (options.benchRounds && *options.benchRounds < 1)
    return Failure{"--bench-rounds must be at least 1"};
  for (size_t i = 0; i < options.benchThreads.size(); ++i)
    if (const auto end = options.benchThreads.begin() + i; std::find(options.benchThreads.begin(), end, *end) != end)
      return Failure{fmt::format("--bench-threads={} is given twice", *end)};
  if (options.baseline) {
    if (!findBaseline(*options.baseline))
      return Failure{fmt::format("unknown baseline '{}'; known are {}", *options.baseline, baselineNames())};
    if (Status status = checkBaselineLibrary(); !status)
      return status;
  }
  return Done{};
}

Status checkDeviceOptions(const CheckOptions &options) {
  if (options.device != "cpu" && options.device != "cuda" && options.device != "interpreter")
    return Failure{fmt::format("unknown device '{}'; known are cpu, cuda and interpreter", options.device)};
  if (options.bench && options.device == "cuda")
    return Failure{"--bench times kernels on the cpu; on a GPU, tools/compare-gpu does"};
  if (options.device == "interpreter") {
    if (options.bench)
      return Failure{"--bench with --device=interpreter would measure the interpreter; leave one of them away"};
    return checkInterpreterOptions(options);
  }
  for (const auto &[option, name] : {std::pair{&options.deviceTarget, "--device-target"},
                                     {&options.async, "--async"},
                                     {&options.approx, "--approx"}})
    if (*option)
      return Failure{fmt::format("{} has no effect without --device=interpreter", name)};
  return Done{};
}

/// An output that is another one's file, or one that is read, would overwrite it.
Status checkFiles(const CheckOptions &options) {
  struct Use {
    const char *option;
    const std::string &text;
    std::string path;
  };
  std::vector<Use> uses;
  for (const auto &[option, texts] : {std::pair{"--output", &options.outputFiles},
                                      {"--input", &options.inputFiles},
                                      {"--expect", &options.expectFiles}})
    for (Text text : *texts)
      uses.push_back({option, text, text.substr(text.find('=') + 1)});
  for (size_t output = 0; output < options.outputFiles.size(); ++output)
    for (size_t other = output + 1; other < uses.size(); ++other)
      if (isSameFile(uses[output].path, uses[other].path))
        return Failure{fmt::format("--output {} would overwrite the file of {} {}; name another file",
                                   uses[output].text, uses[other].option, uses[other].text)};
  return Done{};
}

} // namespace

const std::vector<CheckOption> &checkOptions() {
  static const std::vector<CheckOption> options = makeOptions();
  return options;
}

Status validate(const CheckOptions &options) {
  if (Status status = checkDeviceOptions(options); !status)
    return status;
  if (options.inputs != "auto" && options.inputs != "all" && !findInputSet(options.inputs))
    return Failure{fmt::format("unknown input set '{}'; known are auto, all, {}", options.inputs, inputSetNames())};
  if (options.tolerance && !(*options.tolerance >= 0 && std::isfinite(*options.tolerance)))
    return Failure{"--tolerance must be a finite number of at least 0"};
  if (!(options.timeout >= 0 && options.timeout <= 1e6))
    return Failure{"--timeout must be a number of seconds from 0 to 1000000"};
  for (const auto *texts : {&options.inputFiles, &options.outputFiles, &options.expectFiles})
    for (Text text : *texts)
      if (const size_t equals = text.find('='); equals == 0 || equals >= text.size() - 1)
        return Failure{fmt::format("'{}' is not NAME=FILE.npy", text)};
  if (Status status = checkBenchOptions(options); !status)
    return status;
  return checkFiles(options);
}

Result<std::vector<size_t>> selectKernels(const CheckOptions &options, const std::vector<std::string> &names) {
  std::vector<size_t> selected;
  for (size_t k = 0; k < names.size(); ++k)
    if (options.kernels.empty() ||
        std::find(options.kernels.begin(), options.kernels.end(), names[k]) != options.kernels.end())
      selected.push_back(k);
  for (Text name : options.kernels)
    if (std::find(names.begin(), names.end(), name) == names.end()) {
      std::string known;
      for (Text variant : names)
        known += (known.empty() ? "" : ", ") + variant;
      return Failure{fmt::format("there is no kernel '{}' (--kernel); there are {}", name, known)};
    }
  if (options.relativeTo &&
      std::none_of(selected.begin(), selected.end(), [&](size_t k) { return names[k] == *options.relativeTo; })) {
    std::string known;
    for (size_t k : selected)
      known += (known.empty() ? "" : ", ") + names[k];
    return Failure{fmt::format("there is no kernel '{}' (--relative-to) among those that are timed: {}",
                               *options.relativeTo, known)};
  }
  if (selected.size() > 1 &&
      !(options.inputFiles.empty() && options.outputFiles.empty() && options.expectFiles.empty()))
    return Failure{"--input, --output and --expect need one kernel; choose it with --kernel"};
  return selected;
}

} // namespace camber::harness
