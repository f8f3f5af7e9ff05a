// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which kernels are timed together, and what follows from their times.
#include "Bench.h"
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

  Status run(Driver &driver, CallReport *report = nullptr) {
    if (camber_status status = call.run(subject.entry, driver, report); status != CAMBER_OK)
      return Failure{fmt::format("kernel '{}' returned {} while timed: {}", subject.kernel->name,
                                 camber_status_name(status), camber_status_message(status))};
    return Done{};
  }

  const BenchSubject &subject;
  PlainCall call;
  double flops, bytes;
  FmaLoop loop;
};

Result<std::unique_ptr<Prepared>> prepare(const BenchSubject &subject, const CheckOptions &options, int threads) {
  const Kernel &kernel = *subject.kernel;
  const Sizes &sizes = subject.report->sizes;
  Result<Inputs> inputs = makeInputs(kernel, options, sizes, chooseInputSets(kernel, options, sizes).front(), threads);
  if (!inputs)
    return Failure{inputs.error()};
  Result<double> visible = countVisible(makeProblem(kernel, sizes, *inputs));
  if (!visible)
    return Failure{visible.error()};
  return std::make_unique<Prepared>(subject, *inputs, *visible);
}

/// The kernels of one group, every number of threads: one series of rounds.
class Group {
public:
  Group(const CheckOptions &options, const std::vector<int> &threads) : options(options), threads(threads) {
    for (int count : threads)
      drivers.push_back(std::make_unique<Driver>(count));
  }

  Status add(const BenchSubject &subject) {
    auto made = prepare(subject, options, *std::max_element(threads.begin(), threads.end()));
    if (!made)
      return Failure{made.error()};
    kernels.push_back(std::move(*made));
    return Done{};
  }

  Result<std::vector<BenchReport>> measure(const StreamBuffer &stream) {
    std::vector<Contender> contenders;
    std::vector<BenchReport> reports;
    for (size_t t = 0; t < threads.size(); ++t)
      for (auto &kernel : kernels) {
        CallReport counted;
        if (Status status = kernel->run(*drivers[t], &counted); !status)
          return Failure{status.error()};
        reports.push_back(begin(*kernel, threads[t], counted));
        contenders.push_back(
            {[k = kernel.get(), d = drivers[t].get()] { return k->run(*d); }, kernel->loop, threads[t]});
      }
    RoundLimits limits;
    limits.seconds = options.benchSeconds.value_or(limits.seconds);
    limits.minRounds = options.benchRounds.value_or(limits.minRounds);
    limits.maxRounds = std::max(limits.maxRounds, limits.minRounds);
    Result<std::vector<Samples>> samples = runByTurns(contenders, stream, limits);
    if (!samples)
      return Failure{samples.error()};
    for (size_t i = 0; i < reports.size(); ++i)
      finish(reports[i], std::move((*samples)[i]));
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
    report.flops = kernel.flops;
    report.bytes = kernel.bytes;
    report.tilesVisited = counted.counters.tiles_visited;
    report.tilesTotal = counted.counters.tiles_total;
    return report;
  }

  static void finish(BenchReport &report, Samples samples) {
    report.samples = std::move(samples);
    const Samples &s = report.samples;
    report.seconds = summarise(s.seconds);
    std::vector<double> possibleFlops, possibleBytes; // in the time that the call took
    for (size_t r = 0; r < s.seconds.size(); ++r) {
      possibleFlops.push_back(s.seconds[r] * s.peaks[r]);
      possibleBytes.push_back(s.seconds[r] * s.streams[r]);
    }
    if (!report.fmaLoop.empty())
      report.shareOfPeak = medianRatio(std::vector<double>(s.seconds.size(), report.flops), possibleFlops);
    report.shareOfStream = medianRatio(std::vector<double>(s.seconds.size(), report.bytes), possibleBytes);
  }

  const CheckOptions &options;
  const std::vector<int> &threads;
  std::vector<std::unique_ptr<Prepared>> kernels;
  std::vector<std::unique_ptr<Driver>> drivers; // per number of threads
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
