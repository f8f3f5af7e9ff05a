// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Bars, sampled rows and the comparison.
#include "camber/Harness/Tolerance.h"
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

/// The output with 0 in place of values that are not finite.
static Result<std::vector<double>> outputOfFiniteValues(const Problem &problem, const std::vector<Row> &rows,
                                                        int threads) {
  const Operand &operand = *problem.kernel->find(Role::Value);
  const View &value = problem.operands.at(operand.name);
  Tensor finite(operand.element, operand.shape(problem.sizes));
  const std::vector<int64_t> &shape = finite.shape;
  int64_t at = 0;
  for (int64_t b = 0; b < shape[0]; ++b)
    for (int64_t g = 0; g < shape[1]; ++g)
      for (int64_t j = 0; j < shape[2]; ++j)
        for (int64_t d = 0; d < shape[3]; ++d, ++at)
          if (const double v = value.at(value.offset(b, g, j, d)); std::isfinite(v))
            finite.set(at, v);
  Problem changed = problem;
  changed.operands[operand.name] = finite.view();
  Result<RowResults> results = evaluate(changed, rows, Arithmetic::Float64, threads);
  if (!results)
    return Failure{results.error()};
  return std::move(results->o);
}

Result<Expected> expectedResults(const Problem &problem, std::vector<Row> rows, std::optional<InputSet> set,
                                 int threads) {
  Expected expected;
  expected.rows = std::move(rows);
  Result<RowResults> exact = evaluate(problem, expected.rows, Arithmetic::Float64, threads);
  if (!exact)
    return Failure{exact.error()};
  Result<RowResults> unfused = evaluate(problem, expected.rows, Arithmetic::Unfused32, threads);
  if (!unfused)
    return Failure{unfused.error()};
  expected.exact = std::move(*exact);
  expected.lseApproximation = problem.truncatedSums ? 0x1p-21 : 0;
  const RowResults &reference = expected.exact;

  double outputError = 0, largestOutput = 0, largestScore = 0, deviation = 0;
  // Where the reference itself is not finite there is no distance to speak of.
  for (size_t i = 0; i < reference.o.size(); ++i)
    if (std::isfinite(reference.o[i])) {
      if (const double error = difference(unfused->o[i], reference.o[i]); std::isfinite(error))
        outputError = std::max(outputError, error);
      largestOutput = std::max(largestOutput, std::abs(reference.o[i]));
    }
  for (size_t r = 0; r < reference.lse.size(); ++r) {
    if (std::isfinite(reference.outputDeviation[r]))
      deviation = std::max(deviation, reference.outputDeviation[r]);
    if (std::isfinite(reference.lse[r])) {
      if (const double error = difference(unfused->lse[r], reference.lse[r]); std::isfinite(error))
        expected.lseUnfusedError = std::max(expected.lseUnfusedError, error);
      if (std::isfinite(reference.maxScore[r]))
        largestScore = std::max(largestScore, std::abs(reference.maxScore[r]));
    }
  }
  const Kernel &kernel = *problem.kernel;
  const double largest = largestValue(problem, expected.valueNotFinite);
  if (kernel.skips && std::find(expected.valueNotFinite.begin(), expected.valueNotFinite.end(), true) !=
                          expected.valueNotFinite.end()) {
    Result<std::vector<double>> finite = outputOfFiniteValues(problem, expected.rows, threads);
    if (!finite)
      return Failure{finite.error()};
    expected.finiteOutput = std::move(*finite);
  }
  double floor = std::max(0x1p-24 * (1 + largestScore) * largest, kDeviations * deviation);
  if (kernel.storage != Element::F32)
    floor += 2 * (kernel.storage == Element::F16 ? 0x1p-11 : 0x1p-8) * largestOutput;
  expected.outputBar = std::max(2 * outputError, floor);
  const std::vector<bool> used = usedScores(kernel);
  bool named = true;
  for (size_t n = 0; n < used.size(); ++n)
    named &= !used[n] || isNamedModifier(kernel.scores[n]);
  // The absolute bar is for unit-variance scores: a normal sample of 2^26 stays below 6. A bias that grows with the
  // distance (ALiBi's m·d where keys lie after the query) drives scores to hundreds, and float32 scores round in
  // proportion.
  constexpr double kUnitVarianceLimit = 8;
  if (kernel.storage == Element::F32 && set == InputSet::Normal && named && largestScore <= kUnitVarianceLimit)
    expected.outputBar = std::min(expected.outputBar, kernel.headDim <= 128 ? 2e-6 : 3e-6);
  return expected;
}

/// How far an element of o is off. `valueNotFinite`: Expected says what a value that is not finite does.
static double outputDifference(double got, double wanted, bool valueNotFinite) {
  const bool reached = valueNotFinite && !std::isfinite(got) && (std::isfinite(wanted) || std::isnan(got));
  return reached ? 0 : difference(got, wanted);
}

Comparison compare(const Kernel &kernel, const Sizes &sizes, const Expected &expected,
                   const std::map<std::string, Tensor> &outputs) {
  Comparison result;
  result.outputBar = expected.outputBar;
  const Operand *lseOperand = kernel.find(Role::Lse);
  const Tensor &o = outputs.at(kernel.find(Role::Output)->name);
  const Tensor *lse = lseOperand ? &outputs.at(lseOperand->name) : nullptr;
  double worstLseRatio = 0;
  if (!std::isfinite(result.outputBar)) {
    result.passed = false;
    result.worst = fmt::format("the bar for o is {}, which no error exceeds; nothing was verified", result.outputBar);
  }
  for (size_t r = 0; r < expected.rows.size(); ++r) {
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
      const double error = outputDifference(got, wanted, expected.valueNotFinite[column + d]);
      if (error > result.outputError) {
        result.outputError = error;
        if (error > result.outputBar) {
          result.passed = false;
          result.worst = fmt::format("o at {} dim {} is {}, should be {}", where, d, got, wanted);
        }
      }
    }
    if (!lse)
      continue;
    const double wanted = expected.exact.lse[r], got = lse->get(flat);
    const double error = difference(got, wanted);
    const double floor = std::max(0x1p-22 * (1 + (std::isfinite(wanted) ? std::abs(wanted) : 0)),
                                  kDeviations * expected.exact.lseDeviation[r]);
    const double bar = std::max(2 * expected.lseUnfusedError, floor) + expected.lseApproximation;
    result.lseError = std::max(result.lseError, error);
    const double ratio = std::isfinite(bar) ? error / bar : INFINITY;
    if (ratio > worstLseRatio || result.lseBar == 0) {
      worstLseRatio = ratio;
      result.lseBar = bar;
      if (ratio > 1) {
        const bool first = result.passed;
        result.passed = false;
        if (first || result.worst.rfind("lse", 0) == 0)
          result.worst = fmt::format("lse at {} is {}, should be {}", where, got, wanted);
      }
    }
  }
  return result;
}

} // namespace camber::harness
