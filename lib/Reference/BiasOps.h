// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the files of Biases/ share. A file NAME.cpp there defines biases::NAME, the operation attn.NAME; its
// name is all that makes it known. `registerBias` adds those of other dialects.
#ifndef CAMBER_LIB_REFERENCE_BIASOPS_H
#define CAMBER_LIB_REFERENCE_BIASOPS_H

#include "ScoreProgram.h"
#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <string_view>
#include <type_traits>

namespace camber {

/// One element of a parameter for which the harness draws a value.
struct ParameterElement {
  std::string_view parameter; ///< as the bias knows it: the attribute that names the operand
  int64_t index, heads;       ///< of the element; the parameter's last size
  const Sizes &sizes;
  std::function<double()> uniform; ///< in [0, 1)
  std::function<double()> normal;
};

/// Which keys a head sees by a mask that comes with a bias. Arguments: local head, distance.
using HeadPredicate = std::function<bool(int64_t head, int64_t distance)>;

/// A position bias: an operation that adds to the score.
struct BiasReference {
  /// Fails on arguments, attributes and parameters that are ill-formed.
  Result<Step<double>> (*bind)(const NodeContext &context);
  Result<Step<float>> (*bindFloat)(const NodeContext &context);
  /// A value as the parameter may well have it; without one the harness draws numbers that suit any arithmetic.
  std::optional<double> (*draw)(const ParameterElement &element) = nullptr;
  /// What the node hides, whatever modifiers follow; null where it hides nothing or hides by itself.
  HeadPredicate (*mask)(const Kernel &kernel, const ScoreNode &node) = nullptr;

  /// The one for scores of this type.
  template <typename Real> Result<Step<Real>> bindTo(const NodeContext &context) const {
    if constexpr (std::is_same_v<Real, double>)
      return bind(context);
    else
      return bindFloat(context);
  }
};

/// Adds the bias of an operation of another dialect, before any kernel is compiled or evaluated. The compiler takes the
/// operation for checkable where it is in the same program.
void registerBias(std::string op, const BiasReference &bias);
/// The bias of an operation, or null.
const BiasReference *findBias(std::string_view op);

namespace biases {
#define CAMBER_BIAS(name) extern const BiasReference name;
#include "camber/Reference/Named.inc"
} // namespace biases

/// The parameter that an attribute names; nullptr where there is no such attribute.
inline Result<const View *> parameterOf(const NodeContext &context, const char *key) {
  const std::optional<std::string> name = stringAttribute(context.node.attrs, key);
  if (!name)
    return static_cast<const View *>(nullptr);
  if (const View *view = context.parameter(*name))
    return view;
  return Failure{"operand '" + *name + "' (" + key + ") is missing"};
}

/// A table indexed [head] or [batch, head].
inline double headEntry(const View &table, int64_t batch, int64_t head) {
  const bool perBatch = table.sizes.size() == 2;
  head = std::clamp<int64_t>(head, 0, table.sizes.back() - 1);
  return table.at(perBatch ? table.offset(batch, head) : table.offset(head));
}

/// The ids of (score, head, query position, key position) that every position bias begins with.
inline Status checkBiasArgs(const NodeContext &context) {
  if (context.args.size() < 4 || !isReal(context.argTypes[0]) || isReal(context.argTypes[1]) ||
      isReal(context.argTypes[2]) || isReal(context.argTypes[3]))
    return Failure{"arguments must be score, head, query position and key position"};
  return Done{};
}

/// Calls `bias(batch, head, distance)` at every key and adds it to the score.
template <typename Real, typename Bias> Step<Real> addBias(const NodeContext &context, Bias bias) {
  const int64_t score = context.args[0], head = context.args[1], query = context.args[2], key = context.args[3];
  return [=](Frame<Real> &frame, Column<Real> &out) {
    for (size_t j = 0; j < frame.keys; ++j) {
      const int64_t distance = frame.columns[key].integer[j] - frame.columns[query].integer[j];
      out.real[j] = frame.columns[score].real[j] + bias(frame.batch, frame.columns[head].integer[j], distance);
    }
  };
}

} // namespace camber

#endif
