// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The check of a whole bundle, its table and its JSON.
#include "camber/Harness/Check.h"
#include "CheckKernel.h"
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <exception>
#include <fmt/format.h>
#include <new>
#include <nlohmann/json.hpp>
#include <thread>

namespace camber::harness {

void addCheckOptions(CLI::App &app, CheckOptions &options) {
  // CLI11 takes numbers of other bases, makes -1 a large number where none may be negative, and knows no overflow.
  const CLI::Validator whole(
      [](std::string &text) {
        int64_t value;
        const char *end = text.data() + text.size();
        const auto [last, error] = std::from_chars(text.data(), end, value);
        return error == std::errc() && last == end && value >= 0
                   ? std::string()
                   : fmt::format("'{}' is not a number from 0 to {}", text, INT64_MAX);
      },
      "N");
  app.add_option("--device", options.device, "Where the kernels run")->capture_default_str();
  app.add_option("--kernel", options.kernels, "Check only this kernel of the bundle (repeatable)");
  app.add_flag("--bench", options.bench, "Time the kernels, too");
  app.add_flag("--json", options.json, "Print one JSON object per kernel instead of a table");
  app.add_option("--threads", options.threads, "Threads; 0 is one per processor")
      ->check(whole)
      ->check(CLI::Range(0, 4096))
      ->capture_default_str();
  app.add_option("--seed", options.seed, "Seed of generated inputs and sampled rows")
      ->check(whole)
      ->capture_default_str();
  app.add_option("--inputs", options.inputs,
                 "Generated inputs: auto, all, normal, times12, equal_keys, outliers, constant_v, adversarial")
      ->capture_default_str();
  app.add_option("--batch", options.batch, "Batch")->check(whole);
  app.add_option("--q-len", options.qLen, "Query length, where the kernel leaves it open")->check(whole);
  app.add_option("--kv-len", options.kvLen, "Key length, where the kernel leaves it open")->check(whole);
  app.add_option("--input", options.inputFiles, "NAME=FILE.npy: an operand's data; others are generated (repeatable)");
  app.add_option("--output", options.outputFiles, "NAME=FILE.npy: where to write an output (repeatable)");
  app.add_option("--expect", options.expectFiles, "NAME=FILE.npy: compare an output with this, too (repeatable)");
  app.add_option("--tolerance", options.tolerance, "Largest absolute error allowed, in place of the computed bars");
  app.add_option("--timeout", options.timeout, "Seconds after which a task that has not returned fails; 0: never")
      ->capture_default_str();
}

namespace {

template <typename T> nlohmann::ordered_json orNull(const std::optional<T> &value) {
  return value ? nlohmann::ordered_json(*value) : nlohmann::ordered_json(nullptr);
}

std::string jsonOf(const KernelReport &report, const std::string &device) {
  nlohmann::ordered_json json;
  json["kernel"] = report.kernel;
  json["device"] = device;
  json["target"] = report.target;
  json["batch"] = report.sizes.batch;
  json["q_len"] = report.sizes.qLen;
  json["kv_len"] = report.sizes.kvLen;
  json["passed"] = report.outcome == "passed";
  json["outcome"] = report.outcome;
  json["inputs"] = report.inputSet;
  json["max_abs_error"] = orNull(report.maxError);
  json["error_bar"] = orNull(report.errorBar);
  json["lse_error"] = orNull(report.lseError);
  json["rows_checked"] = report.rowsChecked;
  json["rows_total"] = report.rowsTotal;
  json["seconds_median"] = orNull(report.secondsMedian);
  json["gflops"] = orNull(report.gflops);
  json["share_of_peak"] = orNull(report.shareOfPeak);
  json["tiles_visited"] = orNull(report.tilesVisited);
  json["tiles_total"] = orNull(report.tilesTotal);
  json["object_bytes"] = report.objectBytes;
  json["compile_seconds"] = report.compileSeconds;
  json["messages"] = report.messages;
  using Json = nlohmann::ordered_json;
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string tableOf(const std::vector<KernelReport> &reports) {
  auto number = [](const std::optional<double> &value, const char *format) {
    return value ? fmt::format(fmt::runtime(format), *value) : std::string("-");
  };
  size_t width = 6;
  for (const KernelReport &report : reports)
    width = std::max(width, report.kernel.size());
  std::string text = fmt::format("{:<{}}  {:<10}  {:>9}  {:>9}  {:>9}  {:>17}  {:>10}  {:>8}  {:>5}\n", "kernel", width,
                                 "result", "max error", "bar", "lse error", "rows", "seconds", "GFLOP/s", "peak");
  for (const KernelReport &r : reports)
    text += fmt::format("{:<{}}  {:<10}  {:>9}  {:>9}  {:>9}  {:>17}  {:>10}  {:>8}  {:>5}\n", r.kernel, width,
                        r.outcome, number(r.maxError, "{:.2e}"), number(r.errorBar, "{:.2e}"),
                        number(r.lseError, "{:.2e}"), fmt::format("{}/{}", r.rowsChecked, r.rowsTotal),
                        number(r.secondsMedian, "{:.3g}"), number(r.gflops, "{:.1f}"),
                        r.shareOfPeak ? fmt::format("{:.0f}%", *r.shareOfPeak * 100) : std::string("-"));
  return text;
}

/// Every kernel answers first whether this processor can run it, before it looks at its arguments.
Status checkProcessor(const Bundle &bundle, size_t k) {
  const Kernel &kernel = bundle.manifest().kernels[k];
  camber_plan plan;
  if (bundle.entry(k).plan(nullptr, 1, &plan) != CAMBER_ERROR_CPU)
    return Done{};
  std::string targets;
  for (const KernelTarget &target : kernel.targets)
    targets += (targets.empty() ? "" : ", ") + target.name;
  return Failure{
      fmt::format("{}: kernel '{}' was compiled for {}, and this processor lacks the instructions; compile it "
                  "on this machine (the target is then 'native'), or for a target it runs",
                  bundle.manifest().path, kernel.name, targets)};
}

/// How the kernels did; bad input is a Failure.
Result<ExitStatus> checkBundle(const CheckOptions &options) {
  if (options.device != "cpu")
    return Failure{fmt::format("unknown device '{}'; known is cpu", options.device)};
  if (options.tolerance && !(*options.tolerance >= 0))
    return Failure{"--tolerance must be a number of at least 0"};
  if (!(options.timeout >= 0 && options.timeout <= 1e6))
    return Failure{"--timeout must be a number of seconds from 0 to 1000000"};
  Result<Bundle> bundle = Bundle::open(options.bundle);
  if (!bundle)
    return Failure{bundle.error()};
  const std::vector<Kernel> &kernels = bundle->manifest().kernels;
  std::vector<size_t> selected;
  for (size_t k = 0; k < kernels.size(); ++k)
    if (options.kernels.empty() ||
        std::find(options.kernels.begin(), options.kernels.end(), kernels[k].name) != options.kernels.end())
      selected.push_back(k);
  for (const std::string &name : options.kernels)
    if (std::none_of(kernels.begin(), kernels.end(), [&](const Kernel &kernel) { return kernel.name == name; })) {
      std::string known;
      for (const Kernel &kernel : kernels)
        known += (known.empty() ? "" : ", ") + kernel.name;
      return Failure{fmt::format("bundle '{}' has no kernel '{}'; it has {}", options.bundle, name, known)};
    }
  if (selected.empty())
    return Failure{fmt::format("bundle '{}' has no kernels", options.bundle)};
  if (selected.size() > 1 &&
      !(options.inputFiles.empty() && options.outputFiles.empty() && options.expectFiles.empty()))
    return Failure{"--input, --output and --expect need one kernel; choose it with --kernel"};

  for (size_t k : selected)
    if (Status status = checkProcessor(*bundle, k); !status)
      return Failure{status.error()};

  const int threads = options.threads > 0 ? options.threads : std::max(1u, std::thread::hardware_concurrency());
  std::vector<KernelReport> reports;
  for (size_t k : selected) {
    Result<KernelReport> report = checkKernel(kernels[k], bundle->entry(k), options, threads);
    if (!report)
      return Failure{report.error()};
    if (options.json)
      if (Status printed = printOutput(jsonOf(*report, options.device)); !printed)
        return Failure{printed.error()};
    reports.push_back(std::move(*report));
  }
  if (!options.json)
    if (Status printed = printOutput(tableOf(reports)); !printed)
      return Failure{printed.error()};
  bool passed = true;
  for (const KernelReport &report : reports) {
    passed &= report.outcome == "passed";
    for (const std::string &message : report.messages)
      fmt::print(stderr, "{}: {}: {}\n", report.kernel, report.outcome, message);
  }
  return passed ? kPassed : kFailed;
}

} // namespace

Status printOutput(const std::string &text) {
  // An error may show only when the buffer is written.
  if (std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0)
    return Done{};
  return Failure{fmt::format("cannot write to standard output: {}", std::strerror(errno))};
}

int runCheck(const CheckOptions &options) {
  std::string message;
  try {
    Result<ExitStatus> status = checkBundle(options);
    if (status)
      return *status;
    message = status.error();
  } catch (const std::bad_alloc &) { // sizes are the user's
    message = "out of memory; the problem is too large for this machine (see --batch, --q-len, --kv-len)";
  } catch (const std::exception &error) {
    message = error.what();
  }
  fmt::print(stderr, "{}: error: {}\n", options.program, message);
  return kBadInput;
}

} // namespace camber::harness
