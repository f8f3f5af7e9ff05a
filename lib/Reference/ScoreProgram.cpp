// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Binding and running of score graphs.
#include "ScoreProgram.h"
#include "camber/Reference/KnownOperations.h"
#include <algorithm>
#include <cmath>
#include <limits>

namespace camber {

bool isReal(ScalarType type) {
  return type == ScalarType::F32 || type == ScalarType::F64 || type == ScalarType::F16 || type == ScalarType::BF16;
}

int64_t wrap(ScalarType type, int64_t value) {
  if (type == ScalarType::I1)
    return value & 1;
  if (type == ScalarType::I8)
    return static_cast<int8_t>(value);
  if (type == ScalarType::I16)
    return static_cast<int16_t>(value);
  return type == ScalarType::I32 ? static_cast<int32_t>(value) : value;
}

int64_t bitsOf(ScalarType type) {
  switch (type) {
  case ScalarType::I1:
    return 1;
  case ScalarType::I8:
    return 8;
  case ScalarType::I16:
  case ScalarType::F16:
  case ScalarType::BF16:
    return 16;
  case ScalarType::I32:
  case ScalarType::F32:
    return 32;
  case ScalarType::I64:
  case ScalarType::F64:
  case ScalarType::Index:
  case ScalarType::Other:
    return 64;
  }
  return 64;
}
uint64_t unsignedOf(ScalarType type, int64_t value) {
  return static_cast<uint64_t>(value) & ~uint64_t(0) >> (64 - bitsOf(type));
}
const View *NodeContext::parameter(const std::string &name) const {
  if (auto table = tables.find(name); table != tables.end())
    return &table->second;
  auto it = problem.operands.find(name);
  return it == problem.operands.end() ? nullptr : &it->second;
}

template <typename Real> Result<ScoreProgram<Real>> ScoreProgram<Real>::build(const Problem &problem) {
  const Kernel &kernel = *problem.kernel;
  ScoreProgram program;
  program.headOffset = kernel.headOffset;
  program.values = kScoreInputs + kernel.scores.size();
  program.result = kernel.scoreResult;
  std::vector<ScalarType> types(kScoreInputs, ScalarType::I32);
  types[0] = ScalarType::F32;
  for (const ScoreNode &node : kernel.scores)
    types.push_back(node.type);

  // Steps keep pointers to the views, which must survive a move of the program.
  program.tables = std::make_shared<std::map<std::string, View>>();
  for (const ScoreTable &table : kernel.scoreTables)
    program.tables->emplace(table.name, denseView(table.bits.data(), table.element, table.dims));

  const std::vector<bool> used = usedScores(kernel);
  for (size_t n = 0; n < kernel.scores.size(); ++n) {
    if (!used[n])
      continue;
    const ScoreNode &node = kernel.scores[n];
    const Failure unknown{"operation '" + node.op + "' has no reference semantics"};
    if (!isKnownOperation(node.op))
      return unknown;
    if (node.type == ScalarType::Other)
      return Failure{"'" + node.op + "' gives a type that has no reference semantics"};
    NodeContext context{problem, node, *program.tables, {}, {}};
    for (const ScoreArg &arg : node.args) {
      int64_t id = arg.value;
      if (!arg.parameter.empty()) {
        // A run-time scalar becomes a value of its own, so that operations need not know the difference.
        const View *scalar = context.parameter(arg.parameter);
        if (!scalar || !scalar->sizes.empty())
          return Failure{"'" + node.op + "': parameter '" + arg.parameter + "' is no run-time scalar"};
        id = static_cast<int64_t>(program.values++);
        const bool real = scalar->element != Element::I32;
        types.resize(program.values, ScalarType::F32);
        types[id] = real ? ScalarType::F32 : ScalarType::I32;
        const double value = scalar->at(0);
        auto fill = [value](Frame<Real> &, Column<Real> &out) {
          std::fill(out.real.begin(), out.real.end(), static_cast<Real>(value));
          std::fill(out.integer.begin(), out.integer.end(), static_cast<int64_t>(value));
        };
        program.nodes.push_back({id, real, types[id], false, fill, {}, kNoNode});
      }
      context.args.push_back(id);
    }
    types.resize(std::max(types.size(), program.values), ScalarType::F32);
    for (int64_t id : context.args)
      context.argTypes.push_back(types[id]);

    Result<Step<Real>> step = bindBias<Real>(context);
    if (step && !*step)
      step = bindArithmetic<Real>(context);
    if (step && !*step)
      step = bindBits<Real>(context);
    if (!step)
      return Failure{"'" + node.op + "': " + step.error()};
    if (!*step)
      return unknown;
    program.nodes.push_back({kScoreInputs + static_cast<int64_t>(n), isReal(node.type), node.type,
                             isNamedModifier(node), std::move(*step), context.args, n});
  }
  for (ScalarType type : types)
    program.realValues.push_back(isReal(type));
  if (!isReal(types[program.result]))
    return Failure{"the result of the score graph is not a floating-point value"};
  return program;
}

template <typename Real>
void ScoreProgram<Real>::evaluate(const Row &row, int64_t queryPosition, const std::vector<int64_t> &keyIndices,
                                  const std::vector<int64_t> &keyPositions, Real *scores, Frame<Real> &frame,
                                  const std::function<void(const BoundNode &, Column<Real> &)> &after) const {
  const size_t keys = keyPositions.size();
  if (nodes.empty()) // the result is the score itself
    return;
  frame.batch = row.batch;
  frame.query = row.query;
  frame.keys = keys;
  frame.keyIndices = keyIndices;
  frame.columns.resize(values);
  frame.hidden.assign(keys, false);
  frame.columns[0].real.assign(scores, scores + keys);
  frame.columns[1].integer.assign(keys, row.batch);
  frame.columns[2].integer.assign(keys, row.head + headOffset);
  frame.columns[3].integer.assign(keys, queryPosition);
  frame.columns[4].integer = keyPositions;
  for (const BoundNode &node : nodes) {
    Column<Real> &column = frame.columns[node.id];
    column.real.resize(node.real ? keys : 0);
    column.integer.resize(node.real ? 0 : keys);
    node.step(frame, column);
    // Values of f32 and f64 stay exact, but whoever writes f16 or bf16 in a score body means its coarseness.
    if (node.type == ScalarType::F16 || node.type == ScalarType::BF16)
      for (Real &value : column.real)
        value = static_cast<Real>(roundTo(node.type == ScalarType::F16 ? Element::F16 : Element::BF16, value));
    if (after)
      after(node, column);
  }
  for (size_t j = 0; j < keys; ++j)
    scores[j] = frame.hidden[j] ? -std::numeric_limits<Real>::infinity() : frame.columns[result].real[j];
}

template <typename Real> double ScoreProgram<Real>::magnitude(const Frame<Real> &frame, size_t key, Real score) const {
  double largest = std::abs(score);
  for (const BoundNode &node : nodes)
    if (node.modifier)
      largest = std::max<double>(largest, std::abs(frame.columns[node.id].real[key]));
  return largest;
}

template class ScoreProgram<double>;
template class ScoreProgram<float>;

} // namespace camber
