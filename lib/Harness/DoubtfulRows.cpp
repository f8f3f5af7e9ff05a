// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Tells a NaN that the inputs hold from one that the score body makes, and says both in words.
#include "DoubtfulRows.h"
#include "camber/Reference/Diagnosis.h"
#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace camber::harness {
namespace {

const std::vector<Role> kRealRoles = {Role::Query, Role::Key, Role::Value, Role::Sink, Role::Parameter};

bool isChanged(const Operand &operand, const std::vector<Role> &roles) {
  return std::find(roles.begin(), roles.end(), operand.role) != roles.end() && operand.element != Element::I32;
}

/// Calls visit(offset, indices) for each element of a view.
template <typename F> void forEachEntry(const View &view, F visit) {
  int64_t size = 1;
  for (int64_t dim : view.sizes)
    size *= dim;
  std::vector<int64_t> indices(view.sizes.size(), 0);
  for (int64_t i = 0; i < size; ++i) {
    int64_t offset = 0;
    for (size_t d = 0; d < indices.size(); ++d)
      offset += indices[d] * view.strides[d];
    visit(offset, indices);
    for (size_t d = indices.size(); d-- > 0;) {
      if (++indices[d] < view.sizes[d])
        break;
      indices[d] = 0;
    }
  }
}

std::string placeOf(const std::vector<int64_t> &indices) { return fmt::format("[{}]", fmt::join(indices, ", ")); }

/// "k holds 1 number that is not finite (nan at [0, 0, 17, 3])" for each operand that does; empty where none does. Keys
/// outside of the key range do not exist.
std::string notFiniteInputs(const Problem &problem) {
  std::string text;
  for (const Operand &operand : problem.kernel->operands) {
    if (!isChanged(operand, kRealRoles))
      continue;
    const View &view = problem.operands.at(operand.name);
    const bool perKey = operand.role == Role::Key || operand.role == Role::Value;
    int64_t count = 0;
    double first = 0;
    std::string place;
    forEachEntry(view, [&](int64_t offset, const std::vector<int64_t> &indices) {
      const double value = view.at(offset);
      if (std::isfinite(value))
        return;
      if (perKey)
        if (const KeyRange range = keyRange(problem, indices[0]); indices[2] < range.begin || indices[2] >= range.end)
          return;
      if (count++ == 0) {
        first = value;
        place = placeOf(indices);
      }
    });
    if (count)
      text += fmt::format("{}'{}' holds {} number{} not finite ({}{} at {})", text.empty() ? "" : ", ", operand.name,
                          count, count == 1 ? " that is" : "s that are", count == 1 ? "" : "the first, ", first, place);
  }
  return text;
}

std::string pairText(const Row &row, int64_t key) {
  return fmt::format("batch {} head {} query {} key {}", row.batch, row.head, row.query, key);
}

std::string nodeText(const Kernel &kernel, size_t node) {
  const ScoreNode &score = kernel.scores[node];
  return fmt::format("'{}'{}", score.op, score.location.empty() ? "" : " (" + score.location + ")");
}

std::string rowsText(int64_t count, size_t of) {
  return fmt::format("{} of {} rows {}", count, of, count == 1 ? "is" : "are");
}

std::vector<bool> nanRowsOf(const RowResults &results, int64_t headDim) {
  std::vector<bool> rows(results.lse.size());
  for (size_t r = 0; r < rows.size(); ++r)
    rows[r] = std::isnan(results.lse[r]) ||
              std::any_of(results.o.begin() + r * headDim, results.o.begin() + (r + 1) * headDim,
                          [](double o) { return std::isnan(o); });
  return rows;
}

int64_t countOf(const std::vector<bool> &rows) { return std::count(rows.begin(), rows.end(), true); }

/// Which operation a row is NaN for, in words.
Result<std::string> reasonOf(const Problem &problem, const Row &row) {
  Result<NaNOrigin> origin = findNaN(problem, row);
  if (!origin)
    return Failure{origin.error()};
  const std::string pair = pairText(row, origin->key);
  if (origin->infiniteScore)
    return "the score is +inf at " + pair;
  if (!origin->node)
    return "the first is at " + pair;
  return fmt::format("{} gives NaN of {} at {}", nodeText(*problem.kernel, *origin->node),
                     fmt::join(origin->operands, " and "), pair);
}

Status findNaNRows(const Problem &problem, int threads, Expected &expected) {
  const int64_t headDim = problem.kernel->headDim;
  const std::vector<bool> all = nanRowsOf(expected.exact, headDim);
  if (countOf(all) == 0)
    return Done{};
  const std::string inputs = notFiniteInputs(problem);
  std::vector<bool> unexplained = all;
  std::vector<Tensor> finite;
  Problem changed = problem;
  if (!inputs.empty()) {
    // Rows that would be NaN all the same have another reason.
    finite = finiteOperands(problem, kRealRoles);
    changed = withOperands(problem, kRealRoles, finite);
    Result<RowResults> results = evaluate(changed, expected.rows, Arithmetic::Float64, threads);
    if (!results)
      return Failure{results.error()};
    const std::vector<bool> still = nanRowsOf(*results, headDim);
    for (size_t r = 0; r < all.size(); ++r)
      unexplained[r] = all[r] && still[r];
    if (const int64_t explained = countOf(all) - countOf(unexplained))
      expected.notes.push_back(fmt::format("{} NaN, as it should be: {}", rowsText(explained, all.size()), inputs));
  }
  const int64_t count = countOf(unexplained);
  if (count == 0)
    return Done{};
  const size_t first = std::find(unexplained.begin(), unexplained.end(), true) - unexplained.begin();
  Result<std::string> reason = reasonOf(changed, expected.rows[first]);
  if (!reason)
    return Failure{reason.error()};
  expected.doubts.push_back(
      {Doubt::NaNRows, fmt::format("{} NaN although no input is: {}; keep the score body within the domain of its "
                                   "operations at every pair that no mask hides, or pass inputs for which it is "
                                   "(--input)",
                                   rowsText(count, all.size()), *reason)});
  expected.nanRows = std::move(unexplained);
  return Done{};
}

} // namespace

std::vector<Tensor> finiteOperands(const Problem &problem, const std::vector<Role> &roles) {
  std::vector<Tensor> data;
  for (const Operand &operand : problem.kernel->operands) {
    if (!isChanged(operand, roles))
      continue;
    const View &view = problem.operands.at(operand.name);
    Tensor &tensor = data.emplace_back(operand.element, operand.shape(problem.sizes));
    int64_t i = 0;
    forEachEntry(view, [&](int64_t offset, const std::vector<int64_t> &) {
      if (const double value = view.at(offset); std::isfinite(value))
        tensor.set(i, value);
      ++i;
    });
  }
  return data;
}

Problem withOperands(const Problem &problem, const std::vector<Role> &roles, const std::vector<Tensor> &data) {
  Problem changed = problem;
  auto next = data.begin();
  for (const Operand &operand : problem.kernel->operands)
    if (isChanged(operand, roles))
      changed.operands[operand.name] = (next++)->view();
  return changed;
}

Status describeOverflow(const Problem &problem, Expected &expected) {
  const auto first = std::find(expected.overflowRows.begin(), expected.overflowRows.end(), true);
  if (first == expected.overflowRows.end())
    return Done{};
  const Row &row = expected.rows[first - expected.overflowRows.begin()];
  Result<std::optional<Overflow>> overflow = findOverflow(problem, row);
  if (!overflow)
    return Failure{overflow.error()};
  expected.overflow = *overflow ? fmt::format("{} is {:.2g} at {}", nodeText(*problem.kernel, (*overflow)->node),
                                              (*overflow)->exact, pairText(row, (*overflow)->key))
                                : fmt::format("the first is batch {} head {} query {}", row.batch, row.head, row.query);
  return Done{};
}

Status findDoubtfulRows(const Problem &problem, int threads, Expected &expected) {
  if (Status status = findNaNRows(problem, threads, expected); !status)
    return status;
  Result<Branches> branches = findBranches(problem, expected.rows, expected.exact, threads);
  if (!branches)
    return Failure{branches.error()};
  if (!branches->first)
    return Done{};
  const Branch &branch = *branches->first;
  expected.doubts.push_back(
      {Doubt::Branches,
       fmt::format("{} not verified, because rounding decides them: {} of {} gives {} in float64 and may give {} in "
                   "float32, which moves the score by {:.2g} at {}; keep thresholds away from numbers that the score "
                   "body meets, compute them in integers or read them from a table",
                   rowsText(branches->count, expected.rows.size()), nodeText(*problem.kernel, branch.node),
                   fmt::join(branch.operands, " and "), branch.exact, branch.other, branch.scoreChange,
                   pairText(branch.row, branch.key))});
  expected.branchRows = std::move(branches->rows);
  return Done{};
}

} // namespace camber::harness
