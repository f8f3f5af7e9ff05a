// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Guarded runs against the reference.
#include "CheckKernel.h"
#include "KeptReference.h"
#include <algorithm>
#include <cassert>
#include <fmt/format.h>

namespace camber::harness {
namespace {

Status readInputs(const Kernel &kernel, const CheckOptions &options, const Sizes &sizes, Inputs &inputs) {
  Result<std::vector<NamedFile>> files = namedFiles(kernel, options.inputFiles, false);
  if (!files)
    return Failure{files.error()};
  for (const NamedFile &file : *files) {
    Result<Tensor> tensor = readNpy(file.path, file.operand->element);
    if (!tensor)
      return Failure{tensor.error()};
    if (const std::vector<int64_t> shape = file.operand->shape(sizes); tensor->shape != shape)
      return Failure{fmt::format("{}: has shape {}, operand '{}' needs {}", file.path, shapeText(tensor->shape),
                                 file.operand->name, shapeText(shape))};
    inputs[file.operand->name] = std::move(*tensor);
  }
  return Done{};
}

/// Ranges index the keys: whoever reads them relies on this.
Status checkRanges(const Kernel &kernel, const Sizes &sizes, const Inputs &inputs) {
  const Problem problem = makeProblem(kernel, sizes, inputs);
  for (int64_t b = 0; b < sizes.batch; ++b)
    if (const KeyRange range = keyRange(problem, b);
        range.begin < 0 || range.begin > range.end || range.end > sizes.kvLen)
      return Failure{fmt::format("key range of batch {} is {} .. {}; 0 <= begin <= end <= {} must hold", b, range.begin,
                                 range.end, sizes.kvLen)};
  return Done{};
}

Status compareWithUser(const Kernel &kernel, const CheckOptions &options, const std::map<std::string, Tensor> &outputs,
                       const Comparison &comparison, KernelReport &report) {
  Result<std::vector<NamedFile>> files = namedFiles(kernel, options.expectFiles, true);
  if (!files)
    return Failure{files.error()};
  for (const NamedFile &file : *files) {
    Result<DoubleArray> wanted = readNpyDoubles(file.path);
    if (!wanted)
      return Failure{wanted.error()};
    const Tensor &got = outputs.at(file.operand->name);
    if (wanted->shape != got.shape)
      return Failure{fmt::format("{}: has shape {}, output '{}' has {}", file.path, shapeText(wanted->shape),
                                 file.operand->name, shapeText(got.shape))};
    const bool lse = file.operand->role == Role::Lse;
    const double tolerance =
        options.tolerance.value_or(lse ? std::max(comparison.lseTolerance, 0x1p-22) : comparison.outputTolerance);
    double worst = 0;
    for (int64_t i = 0; i < got.size(); ++i)
      worst = std::max(worst, difference(got.get(i), wanted->values[i]));
    if (!(worst <= tolerance)) {
      report.outcome = "failed";
      report.messages.push_back(fmt::format("output '{}' differs from {} by {:.3g}, allowed is {:.3g}",
                                            file.operand->name, file.path, worst, tolerance));
    }
  }
  return Done{};
}

Status writeOutputs(const Kernel &kernel, const CheckOptions &options, const std::map<std::string, Tensor> &outputs) {
  Result<std::vector<NamedFile>> files = namedFiles(kernel, options.outputFiles, true);
  if (!files)
    return Failure{files.error()};
  for (const NamedFile &file : *files)
    if (Status status = writeNpy(file.path, outputs.at(file.operand->name)); !status)
      return status;
  return Done{};
}

/// Says what of `expected` cannot be verified; each kind once, for the first set of inputs that shows it.
void reportDoubts(const std::vector<Doubt> &doubts, const std::string &setName, KernelReport &report) {
  for (const Doubt &doubt : doubts) {
    if (report.outcome == "passed")
      report.outcome = "unverified";
    if (std::find(report.doubts.begin(), report.doubts.end(), doubt.kind) != report.doubts.end())
      continue;
    report.doubts.push_back(doubt.kind);
    report.messages.push_back(fmt::format("[inputs {}] {}", setName, doubt.text));
  }
}

void reportNotes(const Expected &expected, const std::string &setName, KernelReport &report) {
  for (const std::string &note : expected.notes)
    report.notes.push_back(fmt::format("[inputs {}] {}", setName, note));
}

/// All calls with one set of inputs.
Status verify(const Kernel &kernel, KernelCode &code, const CheckOptions &options, int threads, const Inputs &inputs,
              std::optional<InputSet> set, KernelReport &report) {
  const std::string setName = set ? inputSetName(*set) : "user";
  Problem problem = makeProblem(kernel, report.sizes, inputs);
  problem.truncatedSums = code.truncatesSums();
  std::optional<Expected> expected;
  if (kernel.checkable) {
    std::vector<Row> rows = chooseRows(kernel, report.sizes, options.seed);
    Result<Expected> computed = options.referenceDirectory ? keptResults(*options.referenceDirectory, problem, inputs,
                                                                         std::move(rows), set, threads)
                                                           : expectedResults(problem, std::move(rows), set, threads);
    if (!computed)
      return Failure{fmt::format("kernel '{}' cannot be checked: {}", kernel.name, computed.error())};
    expected = std::move(*computed);
    if (options.tolerance)
      expected->replaceBars(*options.tolerance);
    reportDoubts(expected->doubts, setName, report);
    reportNotes(*expected, setName, report);
    int64_t compared = 0;
    for (size_t r = 0; r < expected->rows.size(); ++r)
      compared += expected->isCompared(r);
    report.rowsChecked = report.inputSets++ ? std::min(report.rowsChecked, compared) : compared;
  } else if (report.outcome == "passed") {
    report.outcome = "unverified";
    report.messages.push_back("an operation of the score body has no reference semantics (compiled with --unchecked)");
  }
  const std::vector<CallSetting> settings = code.settings(options, threads);
  for (const CallSetting &setting : settings) {
    const bool first = &setting == settings.data();
    Result<CallResult> call = code.call(report.sizes, inputs, setting);
    const std::string where = fmt::format("[inputs {}, {}] ", setName, setting.description);
    if (!call)
      return Failure{call.error()};
    for (const std::string &violation : call->violations)
      report.messages.push_back(where + violation);
    if (!call->violations.empty())
      report.outcome = "failed";
    report.timedOut |= call->timedOut;
    if (call->timedOut)
      break;
    if (!call->completed)
      continue;
    if (call->report.plan.num_splits > 0) { // devices count no tiles
      report.tilesVisited = call->report.counters.tiles_visited;
      report.tilesTotal = call->report.counters.tiles_total;
    }
    Comparison comparison;
    if (expected) {
      comparison = compare(kernel, report.sizes, *expected, call->outputs);
      const double share =
          comparison.outputTolerance > 0 ? comparison.outputError / comparison.outputTolerance : comparison.outputError;
      const double worst = !report.maxError             ? -1
                           : *report.errorTolerance > 0 ? *report.maxError / *report.errorTolerance
                                                        : *report.maxError;
      if (share > worst && comparison.rows) {
        report.maxError = comparison.outputError;
        report.errorTolerance = comparison.outputTolerance;
        report.inputSet = setName;
      }
      if (kernel.find(Role::Lse) && comparison.rows)
        report.lseError = std::max(report.lseError.value_or(0), comparison.lseError);
      if (!comparison.passed) {
        report.outcome = "failed";
        report.messages.push_back(where + comparison.worst);
      }
      if (comparison.overflowRows) {
        report.rowsChecked = std::min(report.rowsChecked, comparison.rows);
        reportDoubts({{Doubt::Overflow,
                       fmt::format("{} of {} rows are not verified, because float32 overflows: {}; pass inputs of the "
                                   "size that the score body is for (--input)",
                                   comparison.overflowRows, expected->rows.size(), expected->overflow)}},
                     setName, report);
      }
      if (first && comparison.reachedRows)
        report.notes.push_back(
            fmt::format("{}in {} of {} rows o is NaN or infinite for a value of a key that they do not "
                        "see: a kernel may multiply it by a weight of 0",
                        where, comparison.reachedRows, comparison.rows));
    }
    if (!first)
      continue;
    if (Status status = compareWithUser(kernel, options, call->outputs, comparison, report); !status)
      return status;
    if (Status status = writeOutputs(kernel, options, call->outputs); !status)
      return status;
  }
  if (options.baseline && !report.expected)
    report.expected = std::move(expected);
  return Done{};
}

bool usesSet(const CheckOptions &options, InputSet set, bool small) {
  return options.inputs == inputSetName(set) || options.inputs == "all" ||
         (options.inputs == "auto" && (small || set == InputSet::Normal));
}

} // namespace

std::vector<InputSet> chooseInputSets(const Kernel &kernel, const CheckOptions &options, const Sizes &sizes,
                                      double smallProblem) {
  const bool small = double(sizes.batch) * kernel.heads * sizes.qLen * sizes.kvLen * kernel.headDim <= smallProblem;
  std::vector<InputSet> sets;
  for (InputSet set : allInputSets())
    if (usesSet(options, set, small))
      sets.push_back(set);
  if (sets.empty()) // one that "all" leaves out
    sets.push_back(*findInputSet(options.inputs));
  assert(!sets.empty() && "validate() has looked at them");
  if (!options.inputFiles.empty())
    sets.resize(1);
  return sets;
}

Result<Inputs> makeInputs(const Kernel &kernel, const CheckOptions &options, const Sizes &sizes, InputSet set,
                          int threads) {
  Inputs inputs = generateInputs(kernel, sizes, set, options.seed, threads);
  if (Status status = readInputs(kernel, options, sizes, inputs); !status)
    return Failure{status.error()};
  if (Status status = checkRanges(kernel, sizes, inputs); !status)
    return Failure{status.error()};
  const Operand *norms = kernel.find(Role::KeyNorms);
  const auto isGiven = [&](const std::string &text) { return text.rfind(norms->name + "=", 0) == 0; };
  if (norms && std::none_of(options.inputFiles.begin(), options.inputFiles.end(), isGiven))
    updateKeyNorms(kernel, sizes, inputs);
  return inputs;
}

Result<KernelReport> checkKernel(const Kernel &kernel, KernelCode &code, const CheckOptions &options, int threads) {
  KernelReport report;
  report.kernel = kernel.name;
  for (const KernelTarget &target : code.targets()) {
    report.target += (report.target.empty() ? "" : ",") + target.name;
    report.objectBytes += target.objectBytes;
  }
  Result<Sizes> sizes = chooseSizes(kernel, options);
  if (!sizes)
    return Failure{sizes.error()};
  report.sizes = *sizes;
  report.rowsTotal = sizes->batch * kernel.heads * sizes->qLen;
  if (options.noVerify) {
    report.outcome = "skipped";
    return report;
  }
  for (InputSet set : chooseInputSets(kernel, options, *sizes, code.smallProblem())) {
    Result<Inputs> inputs = makeInputs(kernel, options, *sizes, set, threads);
    if (!inputs)
      return Failure{inputs.error()};
    const bool user = !options.inputFiles.empty();
    if (Status status =
            verify(kernel, code, options, threads, *inputs, user ? std::nullopt : std::optional<InputSet>(set), report);
        !status)
      return Failure{status.error()};
    if (report.timedOut) // so will the next one
      break;
  }
  return report;
}

} // namespace camber::harness
