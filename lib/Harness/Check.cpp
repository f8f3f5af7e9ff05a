// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The check of a whole bundle, its table and its JSON.
#include "camber/Harness/Check.h"
#include "CheckKernel.h"
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <exception>
#include <fmt/format.h>
#include <new>
#include <nlohmann/json.hpp>
#include <thread>

namespace camber::harness {

void addCheckOptions(CLI::App &app, CheckOptions &options) {
  for (const CheckOption &option : checkOptions()) {
    const std::string name = std::string("--") + option.name;
    if (option.flag) {
      app.add_flag(name, options.*option.flag, option.help);
      continue;
    }
    const CLI::callback_t store = [&options, &option, name](const CLI::results_t &texts) {
      for (const std::string &text : texts)
        if (Status status = option.set(options, text); !status)
          throw CLI::ValidationError(name + "=" + text, status.error());
      return true;
    };
    CLI::Option *added = app.add_option(name, store, option.help)->type_name(option.value);
    if (option.repeatable)
      added->take_all();
  }
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
  if (Status status = validate(options); !status)
    return Failure{status.error()};
  Result<Bundle> bundle = Bundle::open(options.bundle);
  if (!bundle)
    return Failure{bundle.error()};
  const std::vector<Kernel> &kernels = bundle->manifest().kernels;
  if (kernels.empty())
    return Failure{fmt::format("bundle '{}' has no kernels", options.bundle)};
  std::vector<std::string> names;
  for (const Kernel &kernel : kernels)
    names.push_back(kernel.name);
  Result<std::vector<size_t>> selected = selectKernels(options, names);
  if (!selected)
    return Failure{fmt::format("{}: {}", bundle->manifest().path, selected.error())};

  for (size_t k : *selected)
    if (Status status = checkProcessor(*bundle, k); !status)
      return Failure{status.error()};

  const int threads = options.threads > 0 ? options.threads : std::max(1u, std::thread::hardware_concurrency());
  std::vector<KernelReport> reports;
  for (size_t k : *selected) {
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
