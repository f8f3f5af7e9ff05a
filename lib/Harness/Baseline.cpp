// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The unfused baseline: blocks of query rows as tasks of the driver that also runs the kernels.
#include "camber/Harness/Baseline.h"
#include "BaselineProblem.h"
#include "Blas.h"
#include "camber/Harness/Clock.h"
#include "camber/Harness/Guard.h"
#include "camber/Runtime/runtime.h"
#include <algorithm>
#include <cmath>
#include <limits>

namespace camber::harness {

namespace {
constexpr std::pair<const char *, BiasStorage> kBaselines[] = {{"unfused", BiasStorage::ByDistance},
                                                               {"materialised", BiasStorage::Tensor}};
} // namespace

std::string baselineNames() {
  std::string names;
  for (const auto &[name, storage] : kBaselines)
    names += (names.empty() ? "" : ", ") + std::string(name);
  return names;
}

std::optional<BiasStorage> findBaseline(const std::string &name) {
  for (const auto &[known, storage] : kBaselines)
    if (name == known)
      return storage;
  return std::nullopt;
}

Status checkBaselineLibrary() {
  Result<Blas> blas = Blas::load();
  if (!blas)
    return Failure{blas.error()};
  return Done{};
}

/// A kernel for the driver, whose argument struct this is.
struct UnfusedBaseline::State {
  BaselineProblem problem;
  Blas blas;
  SoftmaxPass pass = chooseSoftmaxPass();
  int64_t blockRows = 0;
  Kernel kernel; // its contract
  std::vector<float> output, lse;

  int64_t group() const { return problem.heads / problem.kvHeads; }
  /// Rows of a kv head are (query head of its group, query). A block has whole heads, or a part of one: rows of
  /// several heads begin their ranges of keys anew.
  int64_t headsPerBlock() const { return std::clamp<int64_t>(blockRows / problem.sizes.qLen, 1, group()); }
  int64_t rowsPerBlock() const { return std::min(blockRows, headsPerBlock() * problem.sizes.qLen); }
  int64_t queryBlocks() const { return (problem.sizes.qLen + blockRows - 1) / blockRows; }
  int64_t headBlocks() const { return (group() + headsPerBlock() - 1) / headsPerBlock(); }
  /// Scores from row to row. Not a power of two, so that the rows do not meet in one set of a cache.
  int64_t scoreStride() const {
    return (problem.sizes.kvLen + kRowPadding - 1) / kRowPadding * kRowPadding + 2 * kRowPadding;
  }

  camber_status plan(camber_plan &plan) const {
    plan.tasks[CAMBER_PHASE_PREPARE] = plan.tasks[CAMBER_PHASE_COMBINE] = 0;
    plan.tasks[CAMBER_PHASE_MAIN] = problem.sizes.batch * problem.kvHeads * headBlocks() * queryBlocks();
    plan.num_splits = 1;
    plan.shared_workspace_bytes = 0;
    plan.thread_workspace_bytes = sizeof(camber_counters) + rowsPerBlock() * scoreStride() * sizeof(float);
    return CAMBER_OK;
  }

  void runTask(int64_t task, float *scores) {
    // The last queries see the most keys under a causal mask, and come first.
    const int64_t slices = problem.sizes.batch * problem.kvHeads;
    const int64_t queryBlock = queryBlocks() - 1 - task / (slices * headBlocks()), slice = task / headBlocks() % slices,
                  headBlock = task % headBlocks();
    const int64_t batch = slice / problem.kvHeads, kvHead = slice % problem.kvHeads;
    const int64_t firstHead = kvHead * group() + headBlock * headsPerBlock(),
                  heads = std::min(headsPerBlock(), (kvHead + 1) * group() - firstHead);
    const int64_t firstQuery = queryBlock * blockRows, queries = std::min(blockRows, problem.sizes.qLen - firstQuery);
    runBlock(batch, kvHead, firstHead, firstQuery, heads * queries, queries, scores);
  }

  void runBlock(int64_t batch, int64_t kvHead, int64_t firstHead, int64_t firstQuery, int64_t rows, int64_t queries,
                float *scores) {
    const int64_t d = problem.headDim, stride = scoreStride(), qLen = problem.sizes.qLen;
    KeyRange seen{problem.sizes.kvLen, 0}; // by at least one row
    for (int64_t r = 0; r < rows; ++r) {
      const KeyRange &range = problem.range(batch, firstHead + r / queries, firstQuery + r % queries);
      if (range.begin < range.end)
        seen = {std::min(seen.begin, range.begin), std::max(seen.end, range.end)};
    }
    const int64_t keys = std::max<int64_t>(seen.end - seen.begin, 0);
    const int64_t first = (batch * problem.heads + firstHead) * qLen + firstQuery;
    const int64_t firstKey = (batch * problem.kvHeads + kvHead) * problem.sizes.kvLen + seen.begin;
    float *o = output.data() + first * d;
    if (keys == 0) {
      std::fill_n(o, rows * d, 0.0f);
      std::fill_n(lse.data() + first, rows, -std::numeric_limits<float>::infinity());
      return;
    }
    blas.timesTransposed(rows, keys, d, problem.scale, problem.query.data() + first * d, d,
                         problem.key.data() + firstKey * d, d, scores, stride);
    std::vector<float> inverse(rows);
    std::vector<RowStep> steps(problem.modifiers.size());
    for (int64_t r = 0; r < rows; ++r)
      inverse[r] = softmax(batch, firstHead + r / queries, firstQuery + r % queries, seen, scores + r * stride, steps);
    blas.times(rows, d, keys, scores, stride, problem.value.data() + firstKey * d, d, o, d);
    for (int64_t r = 0; r < rows; ++r)
      for (int64_t i = 0; i < d; ++i)
        o[r * d + i] *= inverse[r];
  }

  /// One row, whose scores are those of the keys `seen`. Returns 1 / the sum of its weights, 0 where it sees nothing.
  float softmax(int64_t batch, int64_t head, int64_t query, const KeyRange &seen, float *scores,
                std::vector<RowStep> &steps) {
    const KeyRange range = problem.range(batch, head, query);
    for (size_t m = 0; m < steps.size(); ++m) {
      const Modifier &modifier = problem.modifiers[m];
      steps[m] = {modifier.kind, modifier.value, nullptr};
      if (modifier.kind == RowStep::Add)
        steps[m].addend = problem.addends[modifier.addends].row(batch, head, query) + range.begin;
    }
    const int64_t hiddenBefore = range.begin < range.end ? range.begin - seen.begin : 0, keys = range.end - range.begin;
    float max = problem.sink.empty() ? -std::numeric_limits<float>::infinity() : problem.sink[head];
    float sum = pass(scores + hiddenBefore, keys, steps, max);
    std::fill_n(scores, hiddenBefore, 0.0f);
    std::fill(scores + hiddenBefore + keys, scores + (seen.end - seen.begin), 0.0f);
    if (!problem.sink.empty() && std::isfinite(max))
      sum += std::exp(problem.sink[head] - max);
    lse[(batch * problem.heads + head) * problem.sizes.qLen + query] =
        sum > 0 ? max + std::log(sum) : -std::numeric_limits<float>::infinity();
    return sum > 0 ? 1 / sum : 0;
  }

  static const EntryPoints &entry() {
    static const EntryPoints points{
        [](const void *args, int32_t, camber_plan *plan) { return static_cast<const State *>(args)->plan(*plan); },
        [](const void *args, const camber_plan *, int32_t, int64_t begin, int64_t end, void *, void *workspace) {
          // As a kernel does: small weights would make subnormal products, at a tenth of the speed.
          const uint64_t control = readFpControl();
          writeFpControl(withFlushToZero(control));
          float *scores = reinterpret_cast<float *>(static_cast<char *>(workspace) + sizeof(camber_counters));
          for (int64_t task = begin; task < end; ++task)
            static_cast<State *>(const_cast<void *>(args))->runTask(task, scores); // each writes its own rows
          writeFpControl(control);
          return camber_status(CAMBER_OK);
        }};
    return points;
  }
};

UnfusedBaseline::UnfusedBaseline() = default;
UnfusedBaseline::~UnfusedBaseline() = default;

Result<std::unique_ptr<UnfusedBaseline>> UnfusedBaseline::create(const Problem &problem, BiasStorage storage,
                                                                 int threads) {
  Result<Blas> blas = Blas::load();
  if (!blas)
    return Failure{blas.error()};
  Result<BaselineProblem> made = makeBaselineProblem(problem, storage, threads);
  if (!made)
    return Failure{made.error()};
  std::unique_ptr<UnfusedBaseline> baseline(new UnfusedBaseline);
  baseline->state = std::make_unique<State>();
  State &state = *baseline->state;
  state.problem = std::move(*made);
  state.blas = std::move(*blas);
  state.kernel = *problem.kernel;
  const int64_t rows = state.problem.sizes.batch * state.problem.heads * state.problem.sizes.qLen;
  state.output.resize(rows * state.problem.headDim);
  state.lse.resize(rows);
  return baseline;
}

Status UnfusedBaseline::run(ThreadPool &driver, int64_t blockRows) {
  state->blockRows = blockRows;
  if (camber_status status = driver.call(State::entry(), state.get()); status != CAMBER_OK)
    return Failure{std::string("the baseline failed: ") + camber_status_message(status)};
  return Done{};
}

Result<int64_t> UnfusedBaseline::tune(ThreadPool &driver) {
  const Clock clock = chooseClock({driver.threads()});
  double best = std::numeric_limits<double>::infinity();
  int64_t chosen = 0;
  for (int64_t rows : {64, 128, 256}) {
    double total = 0; // one trial of a long call says enough
    for (int trial = 0; trial < 3 && total < 0.1; ++trial) {
      const double begin = now(clock);
      if (Status status = run(driver, rows); !status)
        return Failure{status.error()};
      const double seconds = now(clock) - begin;
      total += seconds;
      if (seconds < best) {
        best = seconds;
        chosen = rows;
      }
    }
  }
  return chosen;
}

Comparison UnfusedBaseline::compareWith(const Expected &expected) const {
  Comparison comparison = compare(state->kernel, state->problem.sizes, expected, outputs());
  constexpr double slack = 4;
  comparison.outputTolerance *= slack;
  comparison.lseTolerance *= slack;
  comparison.passed =
      comparison.outputError <= comparison.outputTolerance && comparison.lseError <= comparison.lseTolerance;
  return comparison;
}

const char *UnfusedBaseline::biasStorage() const {
  const char *storage = "none";
  for (const Addends &addends : state->problem.addends)
    if (!addends.byDistance)
      return "tensor";
    else
      storage = "by distance";
  return storage;
}

const std::string &UnfusedBaseline::library() const { return state->blas.description(); }

std::map<std::string, Tensor> UnfusedBaseline::outputs() const {
  const Sizes &sizes = state->problem.sizes;
  std::map<std::string, Tensor> outputs;
  auto add = [&](const std::string &name, const std::vector<float> &values, std::vector<int64_t> shape) {
    Tensor tensor(Element::F32, std::move(shape));
    std::memcpy(tensor.bytes.data(), values.data(), tensor.bytes.size());
    outputs[name] = std::move(tensor);
  };
  add(state->kernel.find(Role::Output)->name, state->output,
      {sizes.batch, state->problem.heads, sizes.qLen, state->problem.headDim});
  if (const Operand *operand = state->kernel.find(Role::Lse))
    add(operand->name, state->lse, {sizes.batch, state->problem.heads, sizes.qLen});
  return outputs;
}

} // namespace camber::harness
