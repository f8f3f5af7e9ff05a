// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Takes a score graph apart into steps, evaluates its biases with the reference, and masks into ranges of keys.
#include "BaselineProblem.h"
#include "camber/Reference/Parts.h"
#include "camber/Runtime/Threads.h"
#include <algorithm>
#include <atomic>
#include <fmt/format.h>
#include <limits>
#include <unistd.h>

namespace camber::harness {
namespace {

constexpr float kHidden = -std::numeric_limits<float>::infinity();

/// The modifiers between q·k and the result, first to last. Fails where it is no chain of named ones at the pair's own
/// head and positions.
Result<std::vector<size_t>> modifierChain(const Kernel &kernel) {
  std::vector<size_t> chain;
  for (int64_t id = kernel.scoreResult; id != 0;) {
    const ScoreNode *node = id >= kScoreInputs ? &kernel.scores[id - kScoreInputs] : nullptr;
    if (!node || !isNamedModifier(*node) || node->args.empty() || !node->args[0].parameter.empty())
      return Failure{fmt::format("kernel '{}': the baseline has scale, softcap and named biases, and no arithmetic of "
                                 "the user's",
                                 kernel.name)};
    if (node->op != "attn.scale" && node->op != "attn.softcap")
      for (int64_t input : {2, 3, 4}) // head, query position, key position
        if (int64_t(node->args.size()) < input || node->args[input - 1].value != input)
          return Failure{fmt::format("kernel '{}': the baseline has no bias at computed positions", kernel.name)};
    chain.push_back(size_t(id - kScoreInputs));
    id = node->args[0].value;
  }
  std::reverse(chain.begin(), chain.end());
  return chain;
}

/// Runs work(i) for i < count, any order.
template <typename F> void inParallel(int64_t count, int threads, F work) {
  std::atomic<int64_t> next{0};
  runOnThreads(std::min<int64_t>(threads, count), [&](int64_t) {
    for (int64_t i = next++; i < count; i = next++)
      work(i);
  });
}

std::vector<float> widen(const Problem &problem, Role role, int threads) {
  const Operand *operand = problem.kernel->find(role);
  if (!operand)
    return {};
  const View &view = problem.operands.at(operand->name); // dense: the harness made it
  int64_t size = 1;
  for (int64_t dim : view.sizes)
    size *= dim;
  std::vector<float> values(size);
  constexpr int64_t grain = 1 << 16;
  inParallel((size + grain - 1) / grain, threads, [&](int64_t block) {
    for (int64_t i = block * grain; i < std::min(size, (block + 1) * grain); ++i)
      values[i] = static_cast<float>(view.at(i));
  });
  return values;
}

Status checkMemory(const Kernel &kernel, const Sizes &sizes, int64_t slices, const char *what) {
  const double bytes = 4.0 * double(slices) * double(sizes.qLen) * double(sizes.kvLen);
  const double memory = double(::sysconf(_SC_PHYS_PAGES)) * double(::sysconf(_SC_PAGESIZE));
  const double limit = std::min(0x1p33, memory / 2);
  if (bytes <= limit)
    return Done{};
  return Failure{fmt::format("kernel '{}': the baseline's {} takes {:.1f} GiB, more than {:.1f} GiB; choose shorter "
                             "lengths or fewer heads",
                             kernel.name, what, bytes * 0x1p-30, limit * 0x1p-30)};
}

/// One bias at a time, as the reference has it.
class BiasEvaluation {
public:
  /// Both must outlive this.
  static Result<BiasEvaluation> create(const Problem &problem, size_t node) {
    BiasEvaluation evaluation;
    evaluation.kernel = std::make_shared<Kernel>(*problem.kernel);
    evaluation.kernel->scores = {problem.kernel->scores[node]};
    evaluation.kernel->scores[0].args[0] = {0, ""};
    evaluation.kernel->scoreResult = kScoreInputs;
    evaluation.problem = std::make_shared<Problem>(problem);
    evaluation.problem->kernel = evaluation.kernel.get();
    Result<ScoreGraph> graph = ScoreGraph::create(*evaluation.problem);
    if (!graph)
      return Failure{graph.error()};
    evaluation.graph = std::move(*graph);
    Result<Visibility> positions = Visibility::create(*evaluation.problem);
    if (!positions)
      return Failure{positions.error()};
    evaluation.positions = std::move(*positions);
    return evaluation;
  }

  /// The bias of one query at each key, in `row`.
  void ofQuery(int64_t batch, int64_t head, int64_t query, float *row) const {
    std::vector<int64_t> keys(problem->sizes.kvLen);
    for (size_t j = 0; j < keys.size(); ++j)
      keys[j] = positions->keyPosition(batch, int64_t(j));
    evaluate(batch, head, positions->queryPosition(batch, query), keys, row);
  }

  /// The bias at each distance, the least first, measured from the first query.
  void ofDistances(int64_t batch, int64_t head, float *row) const {
    const int64_t first = positions->queryPosition(batch, 0);
    const int64_t least = positions->keyPosition(batch, 0) - (first + problem->sizes.qLen - 1);
    std::vector<int64_t> keys(problem->sizes.qLen + problem->sizes.kvLen - 1);
    for (size_t d = 0; d < keys.size(); ++d)
      keys[d] = first + least + int64_t(d);
    evaluate(batch, head, first, keys, row);
  }

private:
  void evaluate(int64_t batch, int64_t head, int64_t query, const std::vector<int64_t> &keys, float *row) const {
    std::vector<double> scores(keys.size(), 0);
    graph->apply(batch, head, query, keys, scores);
    std::transform(scores.begin(), scores.end(), row, [](double score) { return static_cast<float>(score); });
  }
  std::shared_ptr<Kernel> kernel;
  std::shared_ptr<Problem> problem;
  std::optional<ScoreGraph> graph;
  std::optional<Visibility> positions;
};

Addends makeAddends(const Problem &problem, bool byDistance, bool perHead) {
  const Sizes &sizes = problem.sizes;
  Addends addends{{}, byDistance, perHead, problem.kernel->heads, sizes.qLen, sizes.kvLen};
  const int64_t slices = sizes.batch * (perHead ? addends.heads : 1);
  addends.values.resize(slices * (byDistance ? sizes.qLen + sizes.kvLen - 1 : sizes.qLen * sizes.kvLen) + kRowPadding);
  return addends;
}

/// Whether a bias is what its values by distance say, in a sample of rows. (The results of the baseline are compared
/// with the reference afterwards, so a bias that differs elsewhere would be noticed.)
bool holdsByDistance(const Problem &problem, const BiasEvaluation &bias, const Addends &addends) {
  std::vector<float> row(addends.kvLen);
  const int64_t last = addends.qLen - 1;
  for (int64_t slice = 0; slice < problem.sizes.batch * addends.heads; ++slice)
    for (int64_t query : {int64_t(0), last / 3, last / 2, last}) {
      const int64_t batch = slice / addends.heads, head = slice % addends.heads;
      bias.ofQuery(batch, head, query, row.data());
      if (!std::equal(row.begin(), row.end(), addends.row(batch, head, query)))
        return false;
    }
  return true;
}

Result<Addends> evaluateBias(const Problem &problem, size_t node, BiasStorage storage, int threads) {
  Result<BiasEvaluation> bias = BiasEvaluation::create(problem, node);
  if (!bias)
    return Failure{bias.error()};
  const Sizes &sizes = problem.sizes;
  const int64_t heads = problem.kernel->heads, slices = sizes.batch * heads;
  Addends distances = makeAddends(problem, true, true);
  inParallel(slices, threads, [&](int64_t slice) {
    bias->ofDistances(slice / heads, slice % heads, distances.values.data() + slice * (sizes.qLen + sizes.kvLen - 1));
  });
  const bool holds = holdsByDistance(problem, *bias, distances);
  if (holds && storage == BiasStorage::ByDistance)
    return distances;
  if (Status status = checkMemory(*problem.kernel, sizes, slices, "bias tensor"); !status)
    return Failure{status.error()};
  Addends tensor = makeAddends(problem, false, true);
  inParallel(slices * sizes.qLen, threads, [&](int64_t row) {
    const int64_t slice = row / sizes.qLen, query = row % sizes.qLen;
    float *to = tensor.values.data() + row * sizes.kvLen;
    if (holds)
      std::copy_n(distances.row(slice / heads, slice % heads, query), sizes.kvLen, to);
    else
      bias->ofQuery(slice / heads, slice % heads, query, to);
  });
  return tensor;
}

/// Ranges of all rows, and a tensor of −∞ where they have holes.
Status addMasks(const Problem &problem, BaselineProblem &baseline, int threads) {
  Result<Visibility> visibility = Visibility::create(problem);
  if (!visibility)
    return Failure{visibility.error()};
  const Sizes &sizes = problem.sizes;
  baseline.rangesPerHead = visibility->dependsOnHead();
  const int64_t heads = baseline.rangesPerHead ? baseline.heads : 1, rows = sizes.batch * heads * sizes.qLen;
  baseline.ranges.resize(rows);
  std::atomic<bool> holes{false};
  auto forEachRow = [&](auto visit) {
    inParallel(rows, threads, [&](int64_t row) {
      const int64_t slice = row / sizes.qLen, query = row % sizes.qLen;
      visit(row, [&, slice, query](int64_t key) { return visibility->sees(slice / heads, slice % heads, query, key); });
    });
  };
  forEachRow([&](int64_t row, auto sees) {
    KeyRange range{0, sizes.kvLen};
    while (range.begin < range.end && !sees(range.begin))
      ++range.begin;
    while (range.end > range.begin && !sees(range.end - 1))
      --range.end;
    for (int64_t key = range.begin; key < range.end; ++key)
      if (!sees(key))
        holes = true;
    baseline.ranges[row] = range;
  });
  if (!holes)
    return Done{};
  if (Status status = checkMemory(*problem.kernel, sizes, sizes.batch * heads, "mask"); !status)
    return status;
  Addends mask = makeAddends(problem, false, baseline.rangesPerHead);
  forEachRow([&](int64_t row, auto sees) {
    for (int64_t key = 0; key < sizes.kvLen; ++key)
      mask.values[row * sizes.kvLen + key] = sees(key) ? 0 : kHidden;
  });
  baseline.modifiers.push_back({RowStep::Add, 0, baseline.addends.size()});
  baseline.addends.push_back(std::move(mask));
  return Done{};
}

} // namespace

Result<BaselineProblem> makeBaselineProblem(const Problem &problem, BiasStorage storage, int threads) {
  const Kernel &kernel = *problem.kernel;
  BaselineProblem baseline;
  baseline.sizes = problem.sizes;
  baseline.heads = kernel.heads;
  baseline.kvHeads = kernel.kvHeads;
  baseline.headDim = kernel.headDim;
  if (problem.sizes.batch == 0 || problem.sizes.qLen == 0 || problem.sizes.kvLen == 0)
    return Failure{fmt::format("kernel '{}': the baseline needs a problem that is not empty", kernel.name)};
  Result<std::vector<size_t>> chain = modifierChain(kernel);
  if (!chain)
    return Failure{chain.error()};
  for (size_t n : *chain) {
    const ScoreNode &node = kernel.scores[n];
    if (node.op == "attn.scale") {
      const float factor = static_cast<float>(realAttribute(node.attrs, "factor").value_or(1));
      if (n == chain->front())
        baseline.scale = factor;
      else
        baseline.modifiers.push_back({RowStep::Scale, factor});
    } else if (node.op == "attn.softcap") {
      const std::optional<double> cap = realAttribute(node.attrs, "cap");
      if (!cap)
        return Failure{fmt::format("kernel '{}': a softcap without its cap", kernel.name)};
      baseline.modifiers.push_back({RowStep::Softcap, static_cast<float>(*cap)});
    } else {
      Result<Addends> addends = evaluateBias(problem, n, storage, threads);
      if (!addends)
        return Failure{addends.error()};
      baseline.modifiers.push_back({RowStep::Add, 0, baseline.addends.size()});
      baseline.addends.push_back(std::move(*addends));
    }
  }
  if (Status status = addMasks(problem, baseline, threads); !status)
    return Failure{status.error()};
  baseline.query = widen(problem, Role::Query, threads);
  baseline.key = widen(problem, Role::Key, threads);
  baseline.value = widen(problem, Role::Value, threads);
  baseline.sink = widen(problem, Role::Sink, threads);
  return baseline;
}

} // namespace camber::harness
