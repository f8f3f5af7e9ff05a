// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Tolerances, sampled rows and the comparison.
#include "camber/Harness/Tolerance.h"
#include "DoubtfulRows.h"
#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <random>
#include <set>

namespace camber::harness {

/// Of the model's standard deviations, which take every rounding at the largest it can be: a correct kernel's largest
/// error is about 1.2 of them.
static constexpr double kDeviations = 4;

double difference(double a, double b) {
  if (a == b || (std::isnan(a) && std::isnan(b)))
    return 0;
  const double distance = std::abs(a - b);
  return std::isnan(distance) ? INFINITY : distance;
}

std::vector<Row> chooseRows(const Kernel &kernel, const Sizes &sizes, uint64_t seed) {
  const double pairs = double(sizes.batch) * kernel.heads * sizes.qLen * sizes.kvLen;
  if (pairs <= 0x1p26)
    return allRows(kernel, sizes);
  std::mt19937_64 random(seed);
  const int64_t budget = std::max<int64_t>((int64_t(1) << 24) / sizes.kvLen, 64);
  const int64_t slices = sizes.batch * kernel.heads;
  const int64_t perSlice = std::clamp<int64_t>(budget / slices, std::min<int64_t>(16, sizes.qLen), sizes.qLen);
  std::vector<int64_t> chosen(slices);
  for (int64_t slice = 0; slice < slices; ++slice)
    chosen[slice] = slice;
  // With more heads than the budget covers, the first and last stay in.
  if (slices * perSlice > budget && slices > 2) {
    std::shuffle(chosen.begin() + 1, chosen.end() - 1, random);
    std::swap(chosen[1], chosen.back());
    chosen.resize(std::clamp<int64_t>(budget / perSlice, 2, slices));
    std::sort(chosen.begin(), chosen.end());
  }
  std::vector<Row> rows;
  for (int64_t slice : chosen) {
    std::set<int64_t> queries = {0, sizes.qLen - 1};
    for (int64_t tries = 0; int64_t(queries.size()) < perSlice && tries < 16 * perSlice; ++tries) {
      int64_t query = static_cast<int64_t>(random() % static_cast<uint64_t>(sizes.qLen));
      if (tries % 2 == 0) // every second one is next to a tile boundary
        query = std::clamp<int64_t>(query / 64 * 64 - 1 + int64_t(random() % 3), 0, sizes.qLen - 1);
      queries.insert(query);
    }
    for (int64_t query : queries)
      rows.push_back({slice / kernel.heads, slice % kernel.heads, query});
  }
  return rows;
}

/// Max|v| over the finite values of the keys that exist, and where there are others.
static double largestValue(const Problem &problem, std::vector<bool> &notFinite) {
  const Kernel &kernel = *problem.kernel;
  notFinite.assign(problem.sizes.batch * kernel.kvHeads * kernel.headDim, false);
  const View &value = problem.operands.at(kernel.find(Role::Value)->name);
  double largest = 0;
  for (int64_t b = 0; b < problem.sizes.batch; ++b) {
    const KeyRange range = keyRange(problem, b);
    for (int64_t g = 0; g < kernel.kvHeads; ++g)
      for (int64_t j = range.begin; j < range.end; ++j)
        for (int64_t d = 0; d < kernel.headDim; ++d) {
          const double v = std::abs(value.at(value.offset(b, g, j, d)));
          if (!std::isfinite(v))
            notFinite[(b * kernel.kvHeads + g) * kernel.headDim + d] = true;
          else if (v > largest)
            largest = v;
        }
  }
  return largest;
}

namespace {
/// What tolerances are made of, over the rows that are compared.
struct Errors {
  double output = 0, lse = 0; ///< of the unfused computation
  double largestOutput = 0, largestScore = 0, deviation = 0;
};

/// Adds the errors of `problem`, of which `reference` are the exact results. Where these are not finite there is no
/// distance to speak of.
Status measure(const Problem &problem, const Expected &expected, const RowResults &reference, int threads,
               Errors &errors, std::vector<bool> *overflow = nullptr) {
  Result<RowResults> unfused = evaluate(problem, expected.rows, Arithmetic::Unfused32, threads);
  if (!unfused)
    return Failure{unfused.error()};
  const int64_t headDim = problem.kernel->headDim;
  auto raise = [](double &largest, double value) {
    if (std::isfinite(value))
      largest = std::max(largest, value);
  };
  for (size_t r = 0; r < expected.rows.size(); ++r) {
    if (!expected.isCompared(r))
      continue;
    bool overflows = std::isfinite(reference.lse[r]) && !std::isfinite(unfused->lse[r]);
    for (size_t i = r * headDim; !overflows && i < (r + 1) * headDim; ++i)
      overflows = std::isfinite(reference.o[i]) && !std::isfinite(unfused->o[i]);
    if (overflows && overflow) {
      overflow->resize(expected.rows.size());
      (*overflow)[r] = true;
    }
    for (size_t i = r * headDim; i < (r + 1) * headDim; ++i)
      if (std::isfinite(reference.o[i])) {
        raise(errors.output, difference(unfused->o[i], reference.o[i]));
        raise(errors.largestOutput, std::abs(reference.o[i]));
      }
    raise(errors.deviation, reference.outputDeviation[r]);
    if (!std::isfinite(reference.lse[r]))
      continue;
    raise(errors.lse, difference(unfused->lse[r], reference.lse[r]));
    raise(errors.largestScore, std::abs(reference.maxScore[r]));
  }
  return Done{};
}
} // namespace

Result<Expected> expectedResults(const Problem &problem, std::vector<Row> rows, std::optional<InputSet> set,
                                 int threads) {
  Expected expected;
  expected.rows = std::move(rows);
  expected.valuesStayHidden = set == InputSet::Hidden;
  Result<RowResults> exact = evaluate(problem, expected.rows, Arithmetic::Float64, threads);
  if (!exact)
    return Failure{exact.error()};
  expected.exact = std::move(*exact);
  expected.lseApproximation = problem.truncatedSums ? 0x1p-21 : 0;
  if (Status status = findDoubtfulRows(problem, threads, expected); !status)
    return Failure{status.error()};

  const Kernel &kernel = *problem.kernel;
  const double largest = largestValue(problem, expected.valueNotFinite);
  Errors errors;
  if (Status status = measure(problem, expected, expected.exact, threads, errors, &expected.overflowRows); !status)
    return Failure{status.error()};
  if (Status status = describeOverflow(problem, expected); !status)
    return Failure{status.error()};
  if (std::find(expected.valueNotFinite.begin(), expected.valueNotFinite.end(), true) !=
      expected.valueNotFinite.end()) {
    // Where o is not finite for it, or a kernel has skipped the key: what o is, and how far off it may be, without it.
    const std::vector<Tensor> finite = finiteOperands(problem, {Role::Value});
    const Problem changed = withOperands(problem, {Role::Value}, finite);
    Result<RowResults> results = evaluate(changed, expected.rows, Arithmetic::Float64, threads);
    if (!results)
      return Failure{results.error()};
    if (Status status = measure(changed, expected, *results, threads, errors); !status)
      return Failure{status.error()};
    if (kernel.skips)
      expected.finiteOutput = std::move(results->o);
  }
  expected.lseUnfusedError = errors.lse;
  double floor = std::max(0x1p-24 * (1 + errors.largestScore) * largest, kDeviations * errors.deviation);
  if (kernel.storage != Element::F32)
    floor += 2 * (kernel.storage == Element::F16 ? 0x1p-11 : 0x1p-8) * errors.largestOutput;
  expected.outputTolerance = std::max(2 * errors.output, floor);
  const std::vector<bool> used = usedScores(kernel);
  bool named = true;
  for (size_t n = 0; n < used.size(); ++n)
    named &= !used[n] || isNamedModifier(kernel.scores[n]);
  // The absolute tolerance is for unit-variance scores: a normal sample of 2^26 stays below 6. A bias that grows with
  // the distance drives scores to hundreds, and float32 scores round in proportion.
  constexpr double kUnitVarianceLimit = 8;
  if (kernel.storage == Element::F32 && set == InputSet::Normal && named && errors.largestScore <= kUnitVarianceLimit)
    expected.outputTolerance = std::min(expected.outputTolerance, kernel.headDim <= 128 ? 2e-6 : 3e-6);
  const double meaningful = std::max(errors.largestOutput / 8, 0x1p-12 * largest);
  if (expected.outputTolerance > meaningful)
    expected.doubts.push_back(
        {Doubt::Meaningless,
         fmt::format(
             "the tolerance for o is {:.2g}, but |o| is at most {:.2g}: float32 cannot tell a right result from "
             "a wrong one where scores are as large as {:.2g}; pass inputs of the size that the score body is "
             "for (--input), or the error you accept (--tolerance)",
             expected.outputTolerance, errors.largestOutput, errors.largestScore)});
  return expected;
}

void Expected::replaceBars(double tolerance) {
  outputTolerance = tolerance;
  lseUnfusedError = tolerance / 2;
  branchRows.clear();
  doubts.erase(std::remove_if(doubts.begin(), doubts.end(), [](const Doubt &d) { return d.kind != Doubt::NaNRows; }),
               doubts.end());
}

/// Whether a value that is not finite, which the column has, explains that an element of o is not.
static bool isReached(double got, double wanted, bool staysHidden) {
  return !std::isfinite(got) && (std::isfinite(wanted) ? !staysHidden : std::isnan(got));
}

static bool isFiniteRow(const Kernel &kernel, const Sizes &sizes, const Row &row, const Tensor &o, const Tensor *lse) {
  const int64_t flat = (row.batch * kernel.heads + row.head) * sizes.qLen + row.query;
  bool finite = !lse || std::isfinite(lse->get(flat));
  for (int64_t d = 0; d < kernel.headDim; ++d)
    finite &= std::isfinite(o.get(flat * kernel.headDim + d));
  return finite;
}

Comparison compare(const Kernel &kernel, const Sizes &sizes, const Expected &expected,
                   const std::map<std::string, Tensor> &outputs) {
  Comparison result;
  result.outputTolerance = expected.outputTolerance;
  const Operand *lseOperand = kernel.find(Role::Lse);
  const Tensor &o = outputs.at(kernel.find(Role::Output)->name);
  const Tensor *lse = lseOperand ? &outputs.at(lseOperand->name) : nullptr;
  double worstLseRatio = 0;
  if (!std::isfinite(result.outputTolerance)) {
    result.passed = false;
    result.worst =
        fmt::format("the tolerance for o is {}, which no error exceeds; nothing was verified", result.outputTolerance);
  }
  int64_t misplaced = 0; // rows that are NaN or infinite and should not be
  for (size_t r = 0; r < expected.rows.size(); ++r) {
    if (!expected.isCompared(r))
      continue;
    if (!expected.overflowRows.empty() && expected.overflowRows[r] &&
        !isFiniteRow(kernel, sizes, expected.rows[r], o, lse)) {
      ++result.overflowRows;
      continue;
    }
    ++result.rows;
    bool reached = false, wrong = false;
    const Row &row = expected.rows[r];
    const int64_t flat = (row.batch * kernel.heads + row.head) * sizes.qLen + row.query;
    const std::string where = fmt::format("batch {} head {} query {}", row.batch, row.head, row.query);
    const int64_t kvHead = row.head / (kernel.heads / kernel.kvHeads),
                  column = (row.batch * kernel.kvHeads + kvHead) * kernel.headDim;
    for (int64_t d = 0; d < kernel.headDim; ++d) {
      const double got = o.get(flat * kernel.headDim + d);
      double wanted = expected.exact.o[r * kernel.headDim + d];
      if (expected.valueNotFinite[column + d] && !std::isfinite(wanted) && std::isfinite(got) &&
          !expected.finiteOutput.empty())
        wanted = expected.finiteOutput[r * kernel.headDim + d];
      double error = difference(got, wanted);
      if (expected.valueNotFinite[column + d] && isReached(got, wanted, expected.valuesStayHidden)) {
        error = 0;
        reached |= std::isfinite(wanted);
      }
      wrong |= error == INFINITY && !std::isfinite(got);
      if (error > result.outputError) {
        result.outputError = error;
        if (error > result.outputTolerance) {
          result.passed = false;
          result.worst = fmt::format("o at {} dim {} is {}, should be {}", where, d, got, wanted);
        }
      }
    }
    result.reachedRows += reached;
    misplaced += wrong;
    if (!lse)
      continue;
    const double wanted = expected.exact.lse[r], got = lse->get(flat);
    const double error = difference(got, wanted);
    const double floor = std::max(0x1p-22 * (1 + (std::isfinite(wanted) ? std::abs(wanted) : 0)),
                                  kDeviations * expected.exact.lseDeviation[r]);
    const double tolerance = std::max(2 * expected.lseUnfusedError, floor) + expected.lseApproximation;
    result.lseError = std::max(result.lseError, error);
    const double ratio = std::isfinite(tolerance) ? error / tolerance : INFINITY;
    if (ratio > worstLseRatio || result.lseTolerance == 0) {
      worstLseRatio = ratio;
      result.lseTolerance = tolerance;
      if (ratio > 1) {
        const bool first = result.passed;
        result.passed = false;
        if (first || result.worst.rfind("lse", 0) == 0)
          result.worst = fmt::format("lse at {} is {}, should be {}", where, got, wanted);
      }
    }
  }
  if (misplaced > 1)
    result.worst += fmt::format("; {} rows are NaN or infinite that should not be", misplaced);
  return result;
}

} // namespace camber::harness
