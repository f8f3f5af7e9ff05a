// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the files of Biases/ share. A file NAME.cpp there defines biases::NAME, which binds the operation attn.NAME; its
// name is all that makes it known.
#ifndef CAMBER_LIB_REFERENCE_BIASOPS_H
#define CAMBER_LIB_REFERENCE_BIASOPS_H

#include "ScoreProgram.h"
#include <algorithm>
#include <cmath>
#include <memory>

namespace camber {

namespace biases {
#define CAMBER_BIAS(name) template <typename Real> Result<Step<Real>> name(const NodeContext &context);
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
