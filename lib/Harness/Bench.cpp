// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which kernels are timed together, and what follows from their times.
#include "Bench.h"
#include "camber/Harness/Baseline.h"
#include "camber/Runtime/runtime.h"
#include <algorithm>
#include <fmt/format.h>
#include <map>

namespace camber::harness {

static bool isSame(const Sizes &a, const Sizes &b) {
  return a.batch == b.batch && a.qLen == b.qLen && a.kvLen == b.kvLen;
}

std::vector<std::vector<size_t>> groupBySizes(const std::vector<Sizes> &sizes) {
  std::vector<std::vector<size_t>> groups;
  for (size_t i = 0; i < sizes.size(); ++i) {
    const auto group = std::find_if(groups.begin(), groups.end(),
                                    [&](const std::vector<size_t> &g) { return isSame(sizes[g.front()], sizes[i]); });
    if (group == groups.end())
      groups.push_back({i});
    else
      group->push_back(i);
  }
  return groups;
}

Status checkRelativeTo(const CheckOptions &options, const std::vector<std::string> &names,
                       const std::vector<Sizes> &sizes) {
  if (!options.relativeTo)
    return Done{};
  const size_t base = std::find(names.begin(), names.end(), *options.relativeTo) - names.begin();
  auto text = [](const Sizes &s) { return fmt::format("batch {}, q_len {}, kv_len {}", s.batch, s.qLen, s.kvLen); };
  for (size_t i = 0; i < names.size(); ++i)
    if (!isSame(sizes[i], sizes[base]))
      return Failure{fmt::format("kernel '{}' has {}, and '{}' (--relative-to) has {}; times are compared at equal "
                                 "sizes, choose kernels with --kernel",
                                 names[i], text(sizes[i]), names[base], text(sizes[base]))};
  return Done{};
}

double bytesMoved(const Kernel &kernel, const Sizes &sizes, const Inputs &inputs) {
  const Problem problem = makeProblem(kernel, sizes, inputs);
  double keys = 0;
  for (int64_t b = 0; b < sizes.batch; ++b)
    keys += double(keyRange(problem, b).end - keyRange(problem, b).begin);
  const double all = double(sizes.batch) * double(sizes.kvLen);
  double bytes = 0;
  for (const Operand &operand : kernel.operands) {
    double operandBytes = double(elementBytes(operand.element));
    for (int64_t dim : operand.shape(sizes))
      operandBytes *= double(dim);
    const bool ranged = operand.role == Role::Key || operand.role == Role::Value;
    bytes += ranged && all > 0 ? operandBytes * keys / all : operandBytes;
  }
  return bytes;
}

namespace {

/// A kernel with its operands in memory.
struct Prepared {
  Prepared(const BenchSubject &subject, const Inputs &inputs, double visible)
      : subject(subject), call(*subject.kernel, subject.report->sizes, inputs),
        flops(4.0 * double(subject.kernel->headDim) * visible),
        bytes(bytesMoved(*subject.kernel, subject.report->sizes, inputs)), loop(chooseFmaLoop(*subject.kernel)) {}

  Status run(ThreadPool &driver, CallReport *report = nullptr) {
    if (camber_status status = call.run(subject.entry, driver, report); status != CAMBER_OK)
      return Failure{fmt::format("kernel '{}' returned {} while timed: {}", subject.kernel->name,
                                 camber_status_name(status), camber_status_message(status))};
    return Done{};
  }

  const BenchSubject &subject;
  PlainCall call;
  std::unique_ptr<UnfusedBaseline> baseline;
  std::string baselineMessage;
  double flops, bytes;
  FmaLoop loop;
};

Result<std::unique_ptr<Prepared>> prepare(const BenchSubject &subject, const CheckOptions &options, int threads) {
  const Kernel &kernel = *subject.kernel;
  const Sizes &sizes = subject.report->sizes;
  const InputSet set = chooseInputSets(kernel, options, sizes, /*smallProblem=*/0).front();
  Result<Inputs> inputs = makeInputs(kernel, options, sizes, set, threads);
  if (!inputs)
    return Failure{inputs.error()};
  Result<double> visible = countVisible(makeProblem(kernel, sizes, *inputs));
  if (!visible)
    return Failure{visible.error()};
  auto prepared = std::make_unique<Prepared>(subject, *inputs, *visible);
  if (options.baseline) {
    auto baseline =
        UnfusedBaseline::create(makeProblem(kernel, sizes, *inputs), *findBaseline(*options.baseline), threads);
    if (baseline)
      prepared->baseline = std::move(*baseline);
    else
      prepared->baselineMessage = baseline.error();
  }
  return prepared;
}

/// Runs the baseline for the first time, and looks at what it computes.
Result<BaselineReport> beginBaseline(Prepared &kernel, ThreadPool &driver) {
  UnfusedBaseline &baseline = *kernel.baseline;
  Result<int64_t> blockRows = baseline.tune(driver);
  if (!blockRows)
    return Failure{blockRows.error()};
  BaselineReport report;
  report.library = baseline.library();
  report.bias = baseline.biasStorage();
  report.blockRows = *blockRows;
  if (const std::optional<Expected> &expected = kernel.subject.report->expected) {
    const Comparison comparison = baseline.compareWith(*expected);
    if (!comparison.passed)
      return Failure{fmt::format("the baseline of kernel '{}' computes something else: it is off by {:.3g}, allowed is "
                                 "{:.3g} (lse {:.3g}, allowed {:.3g})",
                                 kernel.subject.kernel->name, comparison.outputError, comparison.outputTolerance,
                                 comparison.lseError, comparison.lseTolerance)};
    report.maxError = comparison.outputError;
  }
  return report;
}

RoundLimits roundLimits(const CheckOptions &options) {
  RoundLimits limits;
  limits.seconds = options.benchSeconds.value_or(limits.seconds);
  limits.minRounds = options.benchRounds.value_or(limits.minRounds);
  limits.maxRounds = std::max(limits.maxRounds, limits.minRounds);
  return limits;
}

/// The kernels of one group, every number of threads: one series of rounds.
class Group {
public:
  Group(const CheckOptions &options, const std::vector<int> &threads) : options(options), threads(threads) {
    for (int count : threads)
      drivers.push_back(std::make_unique<ThreadPool>(count));
  }

  Status add(const BenchSubject &subject) {
    auto made = prepare(subject, options, *std::max_element(threads.begin(), threads.end()));
    if (!made)
      return Failure{made.error()};
    kernels.push_back(std::move(*made));
    return Done{};
  }

  Result<std::vector<BenchReport>> measure(const StreamBuffer &stream) {
    std::vector<Candidate> candidates, baselines; // the baselines' turns come after the kernels'
    std::vector<BenchReport> reports;
    for (size_t t = 0; t < threads.size(); ++t)
      for (auto &kernel : kernels) {
        CallReport counted;
        if (Status status = kernel->run(*drivers[t], &counted); !status)
          return Failure{status.error()};
        reports.push_back(begin(*kernel, threads[t], counted));
        reports.back().clock = clock;
        candidates.push_back(
            {[k = kernel.get(), d = drivers[t].get()] { return k->run(*d); }, kernel->loop, threads[t]});
        if (!kernel->baseline)
          continue;
        Result<BaselineReport> baseline = beginBaseline(*kernel, *drivers[t]);
        if (!baseline)
          return Failure{baseline.error()};
        baselines.push_back({[b = kernel->baseline.get(), d = drivers[t].get(), rows = baseline->blockRows] {
                               return b->run(*d, rows);
                             },
                             kernel->loop, threads[t]});
        reports.back().baseline = std::move(*baseline);
      }
    candidates.insert(candidates.end(), baselines.begin(), baselines.end());
    Result<std::vector<Samples>> samples = runInterleaved(candidates, stream, roundLimits(options), clock);
    if (!samples)
      return Failure{samples.error()};
    for (size_t i = 0; i < reports.size(); ++i)
      finish(reports[i], std::move((*samples)[i]));
    size_t next = reports.size();
    for (BenchReport &report : reports)
      if (report.baseline)
        finishBaseline(report, std::move((*samples)[next++]));
    for (BenchReport &report : reports)
      for (const BenchReport &base : reports)
        if (options.relativeTo == base.kernel->kernel && base.threads == report.threads)
          report.relativeTime = medianRatio(report.samples.seconds, base.samples.seconds);
    return reports;
  }

private:
  static BenchReport begin(const Prepared &kernel, int threads, const CallReport &counted) {
    BenchReport report;
    report.kernel = kernel.subject.report;
    report.threads = threads;
    report.fmaLoop = kernel.loop.name;
    report.baselineMessage = kernel.baselineMessage;
    report.flops = kernel.flops;
    report.bytes = kernel.bytes;
    report.tilesVisited = counted.counters.tiles_visited;
    report.tilesTotal = counted.counters.tiles_total;
    return report;
  }

  /// `amount` of what a call does, against what the loop beside it does in the call's time.
  static double shareOf(double amount, const std::vector<double> &seconds, const std::vector<double> &rates) {
    std::vector<double> possible;
    for (size_t r = 0; r < seconds.size(); ++r)
      possible.push_back(seconds[r] * rates[r]);
    return medianRatio(std::vector<double>(seconds.size(), amount), possible);
  }

  static void finish(BenchReport &report, Samples samples) {
    report.samples = std::move(samples);
    const Samples &s = report.samples;
    report.seconds = summarise(s.seconds);
    if (!report.fmaLoop.empty())
      report.shareOfPeak = shareOf(report.flops, s.seconds, s.peaks);
    report.shareOfStream = shareOf(report.bytes, s.seconds, s.streams);
  }

  static void finishBaseline(BenchReport &report, Samples samples) {
    BaselineReport &baseline = *report.baseline;
    baseline.samples = std::move(samples);
    baseline.seconds = summarise(baseline.samples.seconds);
    baseline.shareOfPeak = shareOf(report.flops, baseline.samples.seconds, baseline.samples.peaks);
    baseline.timeRatio = medianRatio(baseline.samples.seconds, report.samples.seconds);
  }

  const CheckOptions &options;
  const std::vector<int> &threads;
  const Clock clock = chooseClock(threads);
  std::vector<std::unique_ptr<Prepared>> kernels;
  std::vector<std::unique_ptr<ThreadPool>> drivers; // per number of threads
};

} // namespace

Result<std::vector<BenchReport>> benchKernels(const std::vector<BenchSubject> &subjects, const CheckOptions &options,
                                              const std::vector<int> &threads) {
  std::vector<Sizes> sizes;
  for (const BenchSubject &subject : subjects)
    sizes.push_back(subject.report->sizes);
  const StreamBuffer stream;
  std::vector<BenchReport> reports;
  for (const std::vector<size_t> &members : groupBySizes(sizes)) {
    Group group(options, threads);
    for (size_t i : members)
      if (Status status = group.add(subjects[i]); !status)
        return Failure{status.error()};
    Result<std::vector<BenchReport>> measured = group.measure(stream);
    if (!measured)
      return Failure{measured.error()};
    reports.insert(reports.end(), std::make_move_iterator(measured->begin()), std::make_move_iterator(measured->end()));
  }
  return reports;
}

} // namespace camber::harness
