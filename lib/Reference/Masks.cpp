// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Positions, key ranges, and the masks of Masks/ together.
#include "Masks.h"
#include "BiasOps.h"
#include <algorithm>
#include <string_view>

namespace camber {

const View *findView(const Problem &problem, Role role) {
  const Operand *operand = problem.kernel->find(role);
  if (!operand)
    return nullptr;
  auto it = problem.operands.find(operand->name);
  return it == problem.operands.end() ? nullptr : &it->second;
}

static int64_t integerAt(const View *view, int64_t batch, int64_t otherwise) {
  return view ? static_cast<int64_t>(view->at(view->offset(batch))) : otherwise;
}

KeyRange keyRange(const Problem &problem, int64_t batch) {
  return {integerAt(findView(problem, Role::KeyBegin), batch, 0),
          integerAt(findView(problem, Role::KeyEnd), batch, problem.sizes.kvLen)};
}

namespace {
struct NamedMask {
  std::string_view kind;
  Result<MaskPredicate> (*bind)(const Mask &, const Problem &);
};
constexpr NamedMask kMasks[] = {
#define CAMBER_MASK(name) {"attn." #name, masks::name},
#include "camber/Reference/Named.inc"
};
} // namespace

Result<MaskSet> MaskSet::build(const Problem &problem) {
  MaskSet set;
  for (int64_t batch = 0; batch < problem.sizes.batch; ++batch) {
    set.ranges.push_back(keyRange(problem, batch));
    if (problem.kernel->offsetPositions) {
      set.queryShift.push_back(integerAt(findView(problem, Role::QueryOffset), batch, 0));
      set.keyShift.push_back(integerAt(findView(problem, Role::KeyOffset), batch, 0));
    } else {
      set.queryShift.push_back(set.ranges[batch].end - problem.sizes.qLen);
      set.keyShift.push_back(0);
    }
  }
  for (const Mask &mask : problem.kernel->masks) {
    const auto *known =
        std::find_if(std::begin(kMasks), std::end(kMasks), [&](const NamedMask &m) { return mask.kind == m.kind; });
    if (known == std::end(kMasks))
      return Failure{"mask '" + mask.kind + "' has no reference semantics"};
    Result<MaskPredicate> predicate = known->bind(mask, problem);
    if (!predicate)
      return Failure{"mask " + mask.kind + ": " + predicate.error()};
    set.predicates.push_back(std::move(*predicate));
  }
  // A mask that comes with a bias applies after the last modifier like all masks: a softcap in between must not turn
  // its −∞ into a number.
  const Kernel &kernel = *problem.kernel;
  const std::vector<bool> used = usedScores(kernel);
  for (size_t n = 0; n < used.size(); ++n)
    if (const BiasReference *bias = used[n] ? findBias(kernel.scores[n].op) : nullptr; bias && bias->mask)
      if (HeadPredicate predicate = bias->mask(kernel, kernel.scores[n]))
        set.headPredicates.push_back(std::move(predicate));
  return set;
}

int64_t MaskSet::queryPosition(int64_t batch, int64_t query) const { return query + queryShift[batch]; }
int64_t MaskSet::keyPosition(int64_t batch, int64_t key) const { return key + keyShift[batch]; }

bool MaskSet::visible(int64_t batch, int64_t head, int64_t query, int64_t key) const {
  if (key < ranges[batch].begin || key >= ranges[batch].end)
    return false;
  const int64_t position = keyPosition(batch, key), distance = position - queryPosition(batch, query);
  for (const MaskPredicate &predicate : predicates)
    if (!predicate({batch, query, key, distance, position}))
      return false;
  for (const auto &predicate : headPredicates)
    if (!predicate(head, distance))
      return false;
  return true;
}

Result<double> countVisible(const Problem &problem) {
  Result<MaskSet> masks = MaskSet::build(problem);
  if (!masks)
    return Failure{masks.error()};
  const int64_t heads = problem.kernel->heads;
  int64_t count = 0;
  for (int64_t batch = 0; batch < problem.sizes.batch; ++batch)
    for (int64_t head = 0; head < (masks->dependsOnHead() ? heads : 1); ++head)
      for (int64_t query = 0; query < problem.sizes.qLen; ++query)
        for (int64_t key = 0; key < problem.sizes.kvLen; ++key)
          count += masks->visible(batch, head, query, key);
  return double(count) * (masks->dependsOnHead() ? 1 : heads);
}

} // namespace camber
