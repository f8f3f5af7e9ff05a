// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Branches of a score body that rounding decides, and the operation that a NaN comes from.
//
// A body with floor(4.33 · log(1 + d)) has thresholds. At d = 1 the argument is 3 in exact arithmetic, 2.9999999 or
// 3.0000001 in float32, and the bias is that of bucket 2 or of bucket 3. Both are what the author wrote. The error of
// an unfused float32 computation is then the difference of two buckets and no measure for a kernel. So each row is
// evaluated in float64, in float32, and in float64 with q·k off by what rounding may do; from these follows how far off
// an operand may be; and where the operation gives something else at the ends of that range, the body is evaluated in
// float64 once more with that result, which shows what hangs on it.
#include "camber/Reference/Diagnosis.h"
#include "Masks.h"
#include "Rounding.h"
#include "ScoreProgram.h"
#include "camber/Reference/KnownOperations.h"
#include "camber/Runtime/Threads.h"
#include <algorithm>
#include <atomic>
#include <cmath>
#include <mutex>

namespace camber {
namespace {

/// How an operation branches.
enum class Kind {
  None,
  Threshold, ///< its result jumps with its operands
  Quotient,  ///< the remainder jumps where the quotient reaches an integer
  Sign,      ///< the sign of the second operand decides
  Bits       ///< its result is a matter of the float32 itself, so only the two evaluations are compared
};

Kind kindOf(const std::string &op) {
  static const std::map<std::string, Kind> kinds = {
      {"arith.cmpf", Kind::Threshold}, {"arith.fptosi", Kind::Threshold},   {"arith.fptoui", Kind::Threshold},
      {"math.floor", Kind::Threshold}, {"math.ceil", Kind::Threshold},      {"math.trunc", Kind::Threshold},
      {"math.round", Kind::Threshold}, {"math.roundeven", Kind::Threshold}, {"arith.remf", Kind::Quotient},
      {"math.copysign", Kind::Sign},   {"arith.bitcast", Kind::Bits},       {"math.isnan", Kind::Bits},
      {"math.isinf", Kind::Bits},      {"math.isfinite", Kind::Bits},       {"math.isnormal", Kind::Bits}};
  auto it = kinds.find(op);
  return it == kinds.end() ? Kind::None : it->second;
}

/// Operations that IEEE 754 rounds correctly, or that do not round: with exact operands, a result that float32 and
/// float64 agree on is exact in both, and in every kernel.
bool roundsCorrectly(const std::string &op) {
  static constexpr std::string_view names[] = {
      "arith.constant", "attn.lookup",   "arith.select",   "arith.addf",     "arith.subf",    "arith.mulf",
      "arith.divf",     "arith.negf",    "arith.maximumf", "arith.minimumf", "arith.maxnumf", "arith.minnumf",
      "arith.sitofp",   "arith.uitofp",  "arith.extf",     "arith.truncf",   "arith.remf",    "math.absf",
      "math.fma",       "math.sqrt",     "math.floor",     "math.ceil",      "math.trunc",    "math.round",
      "math.roundeven", "math.copysign", "math.clampf",    "arith.bitcast"};
  return isListed(names, op);
}

bool isSame(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

template <typename Real> double valueOf(const Frame<Real> &frame, int64_t id, bool real, size_t j) {
  return real ? double(frame.columns[id].real[j]) : double(frame.columns[id].integer[j]);
}

class BranchFinder {
public:
  BranchFinder(const Problem &problem, const MaskSet &masks, const ScoreProgram<double> &exact,
               const ScoreProgram<float> &single)
      : problem(problem), kernel(*problem.kernel), masks(masks), exact(exact), single(single),
        query(*findView(problem, Role::Query)), key(*findView(problem, Role::Key)) {
    inexact.assign(kScoreInputs, false);
    inexact[0] = true; // q·k
    for (const auto &node : exact.bound()) {
      inexact.resize(std::max<size_t>(inexact.size(), node.id + 1), false);
      if (node.index == ScoreProgram<double>::kNoNode)
        continue;
      const std::string &op = kernel.scores[node.index].op;
      inexact[node.id] = node.real && !roundsCorrectly(op);
      for (int64_t arg : node.args)
        inexact[node.id] = inexact[node.id] || (node.real && inexact[arg]);
      const bool takesReal =
          std::any_of(node.args.begin(), node.args.end(), [&](int64_t arg) { return exact.isRealValue(arg); });
      if (takesReal && kindOf(op) != Kind::None)
        decisions.push_back(&node);
    }
  }

  bool isNeeded() const { return !decisions.empty(); }

  /// The first branch of a row that matters. `lse` is the row's.
  std::optional<Branch> find(const Row &row, double lse) const {
    Work work;
    const int64_t position = masks.queryPosition(row.batch, row.query);
    for (int64_t j = 0; j < problem.sizes.kvLen; ++j)
      if (masks.visible(row.batch, row.head, row.query, j)) {
        work.keys.push_back(j);
        work.positions.push_back(masks.keyPosition(row.batch, j));
      }
    if (work.keys.empty())
      return std::nullopt;
    multiply(row, work);
    std::vector<double> products = work.products, score = products;
    std::vector<float> score32 = work.products32;
    exact.evaluate(row, position, work.keys, work.positions, score.data(), work.exact);
    single.evaluate(row, position, work.keys, work.positions, score32.data(), work.single);
    for (size_t j = 0; j < products.size(); ++j)
      products[j] += work.deviations[j];
    exact.evaluate(row, position, work.keys, work.positions, products.data(), work.moved);
    work.diverged.assign(work.keys.size(), false);

    std::optional<Branch> worst;
    double effect = 0; // on the row: the sum of what weights change by
    for (const Node *decision : decisions) {
      Column<double> other;
      const std::vector<bool> unsure = alternatives(*decision, work, other);
      if (std::find(unsure.begin(), unsure.end(), true) == unsure.end())
        continue;
      std::vector<double> forced = work.products;
      Frame<double> frame;
      exact.evaluate(row, position, work.keys, work.positions, forced.data(), frame,
                     [&](const Node &node, Column<double> &column) {
                       if (node.id != decision->id)
                         return;
                       for (size_t j = 0; j < unsure.size(); ++j)
                         if (unsure[j] && node.real)
                           column.real[j] = other.real[j];
                         else if (unsure[j])
                           column.integer[j] = other.integer[j];
                     });
      for (size_t j = 0; j < unsure.size(); ++j) {
        if (!unsure[j] || !jumps(score[j], forced[j], work.exact, j))
          continue;
        const double change = std::abs(std::exp(forced[j] - lse) - std::exp(score[j] - lse));
        effect += std::isnan(change) ? INFINITY : change;
        if (!worst)
          worst = describe(row, *decision, work, other, j, forced[j] - score[j]);
      }
    }
    // As much as one rounding of the largest weight is what any computation may be off by.
    return effect > kUnit ? worst : std::nullopt;
  }

private:
  using Node = ScoreProgram<double>::BoundNode;

  /// What is known of one row, at the keys that it sees.
  struct Work {
    std::vector<int64_t> keys, positions;
    std::vector<double> products, deviations;
    std::vector<float> products32;
    Frame<double> exact, moved;
    Frame<float> single;
    std::vector<bool> diverged; ///< an operation before has another result in float32
  };

  void multiply(const Row &row, Work &work) const {
    const int64_t kvHead = row.head / (kernel.heads / kernel.kvHeads);
    for (int64_t j : work.keys) {
      double sum = 0, querySquare = 0, keySquare = 0;
      float sum32 = 0;
      for (int64_t d = 0; d < kernel.headDim; ++d) {
        const double q = query.at(query.offset(row.batch, row.head, row.query, d));
        const double k = key.at(key.offset(row.batch, kvHead, j, d));
        sum += q * k;
        sum32 += float(q) * float(k);
        querySquare += q * q;
        keySquare += k * k;
      }
      double deviation = std::sqrt(productVariance(sum, querySquare, keySquare, kernel.headDim));
      if (problem.truncatedSums)
        deviation = std::max(deviation, truncation(sum, querySquare, keySquare, kernel.headDim));
      work.products.push_back(sum);
      work.products32.push_back(sum32);
      work.deviations.push_back(deviation);
    }
  }

  /// How far an operand may be off.
  double margin(const Work &work, int64_t id, size_t j) const {
    const double x = work.exact.columns[id].real[j];
    const double off =
        std::max(std::abs(double(work.single.columns[id].real[j]) - x), std::abs(work.moved.columns[id].real[j] - x));
    if (off == 0 && !inexact[id])
      return 0;
    const double result = 4 * std::max(off, 2 * kUnit * std::abs(x));
    return std::isfinite(result) ? result : 0;
  }

  /// What must be equal for an operation to have taken the same branch.
  template <typename Real>
  double outcome(const Node &node, const Frame<Real> &frame, const Column<Real> &result, size_t j) const {
    switch (kindOf(kernel.scores[node.index].op)) {
    case Kind::Quotient:
      return std::trunc(double(frame.columns[node.args[0]].real[j]) / double(frame.columns[node.args[1]].real[j]));
    case Kind::Sign:
      return std::signbit(frame.columns[node.args[1]].real[j]);
    default:
      return node.real ? double(result.real[j]) : double(result.integer[j]);
    }
  }

  /// The keys where an operation may give something else, and what: `other` at these keys.
  std::vector<bool> alternatives(const Node &node, Work &work, Column<double> &other) const {
    const size_t count = work.keys.size();
    const Column<double> &result = work.exact.columns[node.id];
    const Column<float> &result32 = work.single.columns[node.id];
    std::vector<double> wanted(count);
    std::vector<bool> unsure(count, false), direct(count, false);
    other = result;
    for (size_t j = 0; j < count; ++j) {
      wanted[j] = outcome(node, work.exact, result, j);
      if (isSame(wanted[j], outcome(node, work.single, result32, j)))
        continue;
      unsure[j] = direct[j] = true;
      if (node.real)
        other.real[j] = result32.real[j];
      else
        other.integer[j] = result32.integer[j];
    }
    if (kindOf(kernel.scores[node.index].op) != Kind::Bits)
      tryEnds(node, work, wanted, other, unsure);
    // From here on float32 has other operands because of this branch, which says nothing about rounding.
    for (size_t j = 0; j < count; ++j)
      if (direct[j])
        work.diverged[j] = true;
    return unsure;
  }

  /// Runs the operation at the ends of what its operands may be.
  void tryEnds(const Node &node, Work &work, const std::vector<double> &wanted, Column<double> &other,
               std::vector<bool> &unsure) const {
    std::vector<int64_t> moving; // operands
    for (size_t a = kindOf(kernel.scores[node.index].op) == Kind::Sign ? 1 : 0; a < node.args.size(); ++a)
      if (exact.isRealValue(node.args[a]) && std::find(moving.begin(), moving.end(), node.args[a]) == moving.end())
        moving.push_back(node.args[a]);
    std::vector<std::vector<double>> original;
    for (int64_t id : moving)
      original.push_back(work.exact.columns[id].real);
    Column<double> result = other;
    for (size_t signs = 0; signs < size_t(1) << moving.size(); ++signs) {
      for (size_t a = 0; a < moving.size(); ++a)
        work.exact.columns[moving[a]].real = original[a];
      std::vector<std::vector<double>> ends = original;
      for (size_t a = 0; a < moving.size(); ++a)
        for (size_t j = 0; j < wanted.size(); ++j)
          if (const double off = margin(work, moving[a], j); off != 0) // -0 + 0 would be another number
            ends[a][j] += signs >> a & 1 ? -off : off;
      for (size_t a = 0; a < moving.size(); ++a)
        work.exact.columns[moving[a]].real = ends[a];
      node.step(work.exact, result);
      for (size_t j = 0; j < wanted.size(); ++j) {
        if (unsure[j] || work.diverged[j] || isSame(wanted[j], outcome(node, work.exact, result, j)))
          continue;
        unsure[j] = true;
        if (node.real)
          other.real[j] = result.real[j];
        else
          other.integer[j] = result.integer[j];
      }
    }
    for (size_t a = 0; a < moving.size(); ++a)
      work.exact.columns[moving[a]].real = original[a];
  }

  /// Whether two scores of a pair differ by more than the roundings of what led to them.
  bool jumps(double score, double forced, const Frame<double> &frame, size_t j) const {
    if (isSame(score, forced))
      return false;
    double magnitude = std::max(1.0, std::abs(score));
    for (const Node &node : exact.bound())
      if (node.real && std::isfinite(frame.columns[node.id].real[j]))
        magnitude = std::max(magnitude, std::abs(frame.columns[node.id].real[j]));
    return !(std::abs(forced - score) <= 16 * kUnit * magnitude); // true for NaN
  }

  Branch describe(const Row &row, const Node &node, const Work &work, const Column<double> &other, size_t j,
                  double change) const {
    Branch branch{row, work.keys[j], node.index, {}, 0, 0, change};
    for (int64_t id : node.args)
      if (exact.isRealValue(id))
        branch.operands.push_back(work.exact.columns[id].real[j]);
    branch.exact = valueOf(work.exact, node.id, node.real, j);
    branch.other = node.real ? other.real[j] : double(other.integer[j]);
    return branch;
  }

  const Problem &problem;
  const Kernel &kernel;
  const MaskSet &masks;
  const ScoreProgram<double> &exact;
  const ScoreProgram<float> &single;
  const View &query, &key;
  std::vector<bool> inexact; ///< by value id: may be off in float32 even where the two evaluations agree
  std::vector<const Node *> decisions;
};

} // namespace

Result<Branches> findBranches(const Problem &problem, const std::vector<Row> &rows, const RowResults &exact,
                              int threads) {
  Result<MaskSet> masks = MaskSet::build(problem);
  if (!masks)
    return Failure{masks.error()};
  Result<ScoreProgram<double>> program = ScoreProgram<double>::build(problem);
  if (!program)
    return Failure{program.error()};
  Result<ScoreProgram<float>> single = ScoreProgram<float>::build(problem);
  if (!single)
    return Failure{single.error()};
  const BranchFinder finder(problem, *masks, *program, *single);
  Branches branches;
  if (!finder.isNeeded())
    return branches;
  std::vector<char> found(rows.size(), 0); // not bits: several threads write
  std::atomic<size_t> next{0};
  std::mutex mutex;
  size_t firstRow = rows.size();
  runOnThreads(std::min<int64_t>(threads, rows.size()), [&](int64_t) {
    for (size_t r = next++; r < rows.size(); r = next++)
      if (std::isnan(exact.lse[r])) // which is worse, and said elsewhere
        continue;
      else if (std::optional<Branch> branch = finder.find(rows[r], exact.lse[r])) {
        found[r] = 1;
        std::lock_guard<std::mutex> lock(mutex);
        if (r < firstRow) {
          firstRow = r;
          branches.first = std::move(branch);
        }
      }
  });
  branches.rows.assign(found.begin(), found.end());
  branches.count = std::count(found.begin(), found.end(), 1);
  return branches;
}

namespace {
/// The score of one pair, and the frame that the program left.
template <typename Real>
Real evaluatePair(const Problem &problem, const MaskSet &masks, const ScoreProgram<Real> &program, const Row &row,
                  int64_t key, Frame<Real> &frame) {
  const Kernel &kernel = *problem.kernel;
  const View &q = *findView(problem, Role::Query), &k = *findView(problem, Role::Key);
  Real score = 0;
  for (int64_t d = 0; d < kernel.headDim; ++d)
    score += Real(q.at(q.offset(row.batch, row.head, row.query, d))) *
             Real(k.at(k.offset(row.batch, row.head / (kernel.heads / kernel.kvHeads), key, d)));
  program.evaluate(row, masks.queryPosition(row.batch, row.query), {key}, {masks.keyPosition(row.batch, key)}, &score,
                   frame);
  return score;
}
} // namespace

Result<NaNOrigin> findNaN(const Problem &problem, const Row &row) {
  Result<MaskSet> masks = MaskSet::build(problem);
  if (!masks)
    return Failure{masks.error()};
  Result<ScoreProgram<double>> program = ScoreProgram<double>::build(problem);
  if (!program)
    return Failure{program.error()};
  NaNOrigin origin;
  for (int64_t j = 0; j < problem.sizes.kvLen; ++j) {
    if (!masks->visible(row.batch, row.head, row.query, j))
      continue;
    Frame<double> frame;
    const double score = evaluatePair(problem, *masks, *program, row, j, frame);
    if (score == INFINITY && !origin.infiniteScore) {
      origin.infiniteScore = true;
      origin.key = j;
    }
    if (!std::isnan(score))
      continue;
    origin = {j, std::nullopt, {}, false};
    for (const auto &node : program->bound()) {
      if (node.index == ScoreProgram<double>::kNoNode || !node.real || !std::isnan(frame.columns[node.id].real[0]))
        continue;
      for (int64_t id : node.args)
        origin.operands.push_back(valueOf(frame, id, program->isRealValue(id), 0));
      if (std::none_of(origin.operands.begin(), origin.operands.end(), [](double x) { return std::isnan(x); }))
        origin.node = node.index;
      break;
    }
    return origin;
  }
  return origin;
}

Result<std::optional<Overflow>> findOverflow(const Problem &problem, const Row &row) {
  Result<MaskSet> masks = MaskSet::build(problem);
  if (!masks)
    return Failure{masks.error()};
  Result<ScoreProgram<double>> program = ScoreProgram<double>::build(problem);
  if (!program)
    return Failure{program.error()};
  Result<ScoreProgram<float>> single = ScoreProgram<float>::build(problem);
  if (!single)
    return Failure{single.error()};
  for (int64_t j = 0; j < problem.sizes.kvLen; ++j) {
    if (!masks->visible(row.batch, row.head, row.query, j))
      continue;
    Frame<double> frame;
    Frame<float> frame32;
    evaluatePair(problem, *masks, *program, row, j, frame);
    evaluatePair(problem, *masks, *single, row, j, frame32);
    for (const auto &node : program->bound())
      if (node.index != ScoreProgram<double>::kNoNode && node.real && std::isfinite(frame.columns[node.id].real[0]) &&
          !std::isfinite(frame32.columns[node.id].real[0]))
        return std::optional(Overflow{j, node.index, frame.columns[node.id].real[0]});
  }
  return std::optional<Overflow>();
}

} // namespace camber
