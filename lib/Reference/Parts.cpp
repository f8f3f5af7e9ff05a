// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Masks and score graphs behind an interface that shows nothing of how they are evaluated.
#include "camber/Reference/Parts.h"
#include "BiasOps.h"
#include "Masks.h"
#include "ScoreProgram.h"

namespace camber {

Result<Visibility> Visibility::create(const Problem &problem) {
  Result<MaskSet> masks = MaskSet::build(problem);
  if (!masks)
    return Failure{masks.error()};
  Visibility visibility;
  visibility.masks = std::make_shared<MaskSet>(std::move(*masks));
  return visibility;
}

bool Visibility::sees(int64_t batch, int64_t head, int64_t query, int64_t key) const {
  return masks->visible(batch, head, query, key);
}

bool Visibility::dependsOnHead() const { return masks->dependsOnHead(); }

int64_t Visibility::queryPosition(int64_t batch, int64_t query) const { return masks->queryPosition(batch, query); }

int64_t Visibility::keyPosition(int64_t batch, int64_t key) const { return masks->keyPosition(batch, key); }

std::optional<double> drawParameter(const Kernel &kernel, const std::string &name, int64_t index, int64_t heads,
                                    const Sizes &sizes, const std::function<double()> &uniform,
                                    const std::function<double()> &normal) {
  for (const ScoreNode &node : kernel.scores)
    if (const BiasReference *bias = findBias(node.op); bias && bias->draw)
      for (const auto &[attribute, value] : node.attrs)
        if (const auto *text = std::get_if<std::string>(&value); text && *text == name)
          return bias->draw({attribute, index, heads, sizes, uniform, normal});
  return std::nullopt;
}

Result<ScoreGraph> ScoreGraph::create(const Problem &problem) {
  auto program = ScoreProgram<double>::build(problem);
  if (!program)
    return Failure{program.error()};
  ScoreGraph graph;
  graph.program = std::make_shared<ScoreProgram<double>>(std::move(*program));
  return graph;
}

void ScoreGraph::apply(int64_t batch, int64_t head, int64_t queryPosition, const std::vector<int64_t> &keyPositions,
                       std::vector<double> &scores) const {
  Frame<double> frame;
  const std::vector<int64_t> noIndices(keyPositions.size());
  program->evaluate({batch, head, /*query=*/0}, queryPosition, noIndices, keyPositions, scores.data(), frame);
}

} // namespace camber
