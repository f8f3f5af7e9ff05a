// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The check of a whole bundle.
#include "camber/Harness/Check.h"
#include "KernelCode.h"
#include "Report.h"
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <exception>
#include <fmt/format.h>
#include <new>
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

int processors() { return static_cast<int>(std::max(1u, std::thread::hardware_concurrency())); }

/// Every kernel answers first whether this processor can run it, before it looks at its arguments.
Status checkProcessor(const Bundle &bundle, size_t k) {
  const Kernel &kernel = bundle.manifest().kernels[k];
  camber_plan plan;
  if (bundle.entry(k).plan(nullptr, 1, &plan) != CAMBER_ERROR_CPU)
    return Done{};
  return Failure{
      fmt::format("{}: kernel '{}' was compiled for {}, and this processor lacks the instructions; compile it "
                  "on this machine (the target is then 'native'), or for a target it runs",
                  bundle.manifest().path, kernel.name, targetNames(kernel, false))};
}

/// A bundle, and what its kernels are called by.
struct Opened {
  std::optional<Bundle> libraries; ///< where the processor runs them
  std::unique_ptr<Manifest> manifest;
};

Result<Opened> open(const CheckOptions &options) {
  Opened opened;
  if (options.device == "cpu") {
    Result<Bundle> bundle = Bundle::open(options.bundle);
    if (!bundle)
      return Failure{bundle.error()};
    opened.libraries = std::move(*bundle);
    opened.manifest = std::make_unique<Manifest>(opened.libraries->manifest());
    return opened;
  }
  Result<Manifest> manifest = readManifest(options.bundle);
  if (!manifest)
    return Failure{manifest.error()};
  if (Status files = checkFiles(*manifest, options.bundle); !files)
    return Failure{files.error()};
  opened.manifest = std::make_unique<Manifest>(std::move(*manifest));
  return opened;
}

Result<std::unique_ptr<KernelCode>> openCode(const Opened &opened, size_t k, const CheckOptions &options) {
  const Kernel &kernel = opened.manifest->kernels[k];
  if (options.device == "interpreter")
    return openInterpreted(*opened.manifest, kernel, options);
  if (options.device == "cuda")
    return openCuda(*opened.manifest, kernel, options);
  if (Status status = checkProcessor(*opened.libraries, k); !status)
    return Failure{status.error()};
  return openHost(*opened.libraries, k);
}

/// What is wrong with the sizes is said before time is spent.
Status checkSizes(const std::vector<Kernel> &kernels, const std::vector<size_t> &selected,
                  const CheckOptions &options) {
  std::vector<Sizes> sizes;
  std::vector<std::string> names;
  for (size_t k : selected) {
    Result<Sizes> chosen = chooseSizes(kernels[k], options);
    if (!chosen)
      return Failure{chosen.error()};
    sizes.push_back(*chosen);
    names.push_back(kernels[k].name);
  }
  return checkRelativeTo(options, names, sizes);
}

/// Times the subjects, whose reports are in `reports`, and prints. In JSON every report has its line, or a line for
/// each number of threads.
Status benchAndPrint(const std::vector<BenchSubject> &subjects, const std::vector<KernelReport> &reports,
                     const CheckOptions &options, int threads) {
  std::vector<int> counts = options.benchThreads;
  if (counts.empty())
    counts = {threads};
  std::replace(counts.begin(), counts.end(), 0, processors());
  std::vector<BenchReport> benches;
  if (!subjects.empty()) {
    Result<std::vector<BenchReport>> measured = benchKernels(subjects, options, counts);
    if (!measured)
      return Failure{measured.error()};
    benches = std::move(*measured);
  }
  for (const BenchReport &bench : benches)
    if (!bench.baselineMessage.empty() && bench.threads == counts.front())
      fmt::print(stderr, "no baseline: {}\n", bench.baselineMessage);
  if (!options.json)
    return printOutput((options.noVerify || benches.empty() ? "" : "\n") + benchTables(benches, options));
  std::string lines;
  for (const KernelReport &report : reports) {
    bool timed = false;
    for (const BenchReport &bench : benches)
      if (bench.kernel == &report) {
        lines += jsonLine(report, &bench, options);
        timed = true;
      }
    if (!timed)
      lines += jsonLine(report, nullptr, options);
  }
  return printOutput(lines);
}

/// How the kernels did; bad input is a Failure.
Result<ExitStatus> checkBundle(const CheckOptions &options) {
  if (Status status = validate(options); !status)
    return Failure{status.error()};
  Result<Opened> opened = open(options);
  if (!opened)
    return Failure{opened.error()};
  const std::vector<Kernel> &kernels = opened->manifest->kernels;
  if (kernels.empty())
    return Failure{fmt::format("bundle '{}' has no kernels", options.bundle)};
  std::vector<std::string> names;
  for (const Kernel &kernel : kernels)
    names.push_back(kernel.name);
  Result<std::vector<size_t>> selected = selectKernels(options, names);
  if (!selected)
    return Failure{fmt::format("{}: {}", opened->manifest->path, selected.error())};
  std::vector<std::unique_ptr<KernelCode>> codes;
  for (size_t k : *selected) {
    Result<std::unique_ptr<KernelCode>> code = openCode(*opened, k, options);
    if (!code)
      return Failure{code.error()};
    codes.push_back(std::move(*code));
  }

  const int threads = options.threads > 0 ? options.threads : processors();
  if (Status status = checkSizes(kernels, *selected, options); !status)
    return Failure{status.error()};
  std::vector<KernelReport> reports;
  for (size_t i = 0; i < codes.size(); ++i) {
    Result<KernelReport> report = checkKernel(kernels[(*selected)[i]], *codes[i], options, threads);
    if (!report)
      return Failure{report.error()};
    if (options.json && !options.bench)
      if (Status printed = printOutput(jsonLine(*report, nullptr, options)); !printed)
        return Failure{printed.error()};
    reports.push_back(std::move(*report));
  }
  if (!options.json && !options.noVerify)
    if (Status printed = printOutput(checkTable(reports)); !printed)
      return Failure{printed.error()};
  // Only now: the reference keeps all processors busy.
  if (options.bench) {
    std::vector<BenchSubject> subjects;
    for (size_t i = 0; i < reports.size(); ++i)
      if (reports[i].outcome != "failed")
        subjects.push_back({&kernels[(*selected)[i]], opened->libraries->entry((*selected)[i]), &reports[i]});
    if (Status status = benchAndPrint(subjects, reports, options, threads); !status)
      return Failure{status.error()};
  }
  bool passed = true;
  for (const KernelReport &report : reports) {
    passed &= report.outcome == "passed" || report.outcome == "skipped";
    for (const std::string &message : report.messages)
      fmt::print(stderr, "{}: {}: {}\n", report.kernel, report.outcome, message);
    for (const std::string &note : report.notes)
      fmt::print(stderr, "{}: note: {}\n", report.kernel, note);
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
