// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The named score modifiers, from the formulas of semantics.md and never from a compiler's expansion of them.
#include "Masks.h"
#include "ScoreProgram.h"
#include "camber/Reference/Biases.h"
#include <algorithm>
#include <cmath>
#include <memory>

namespace camber {
namespace {

/// The parameter that an attribute names; `fallback` is the node's only parameter where it names none.
Result<const View *> parameterOf(const NodeContext &context, std::initializer_list<const char *> keys) {
  for (const char *key : keys)
    if (std::optional<std::string> name = stringAttribute(context.node.attrs, key)) {
      const View *view = context.parameter(*name);
      if (!view)
        return Failure{"operand '" + *name + "' (" + key + ") is missing"};
      return view;
    }
  return static_cast<const View *>(nullptr);
}

std::optional<int64_t> integerOf(const NodeContext &context, std::initializer_list<const char *> keys) {
  for (const char *key : keys)
    if (std::optional<int64_t> value = integerAttribute(context.node.attrs, key))
      return value;
  return std::nullopt;
}

/// A table indexed [head] or [batch, head].
double headEntry(const View &table, int64_t batch, int64_t head) {
  const bool perBatch = table.sizes.size() == 2;
  head = std::clamp<int64_t>(head, 0, table.sizes.back() - 1);
  return table.at(perBatch ? table.offset(batch, head) : table.offset(head));
}

/// The ids of (score, head, query position, key position) that every position bias begins with.
Status checkBiasArgs(const NodeContext &context) {
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

template <typename Real> Result<Step<Real>> bindAlibi(const NodeContext &context) {
  if (Status status = checkBiasArgs(context); !status)
    return Failure{status.error()};
  const Kernel &kernel = *context.problem.kernel;
  const Attributes &attrs = context.node.attrs;
  const std::string form = stringAttribute(attrs, "form").value_or("causal");
  const int64_t headOffset = integerOf(context, {"head_offset"}).value_or(kernel.headOffset);
  const int64_t total = alibiTotalHeads(kernel, context.node);

  Result<const View *> left = parameterOf(context, {"slopes", "slopes_left"});
  Result<const View *> right = parameterOf(context, {"slopes_right"});
  Result<const View *> offset = parameterOf(context, {"offset"});
  Result<const View *> factor = parameterOf(context, {"interpolation_factor", "factor"});
  Result<const View *> length = parameterOf(context, {"total_len"});
  for (const auto *view : {&left, &right, &offset, &factor, &length})
    if (!*view)
      return Failure{view->error()};
  // A manifest may name the slopes only as the node's one parameter.
  if (!*left && context.node.params.size() == 1 && !*factor && !*length)
    *left = context.parameter(context.node.params[0]);
  for (const View *table : {*left, *right, *offset})
    if (table && (table->sizes.empty() || table->sizes.size() > 2))
      return Failure{"slopes and offsets must be [heads] or [batch, heads]"};

  double interpolation = realAttribute(attrs, "interpolation").value_or(1.0);
  if (*factor)
    interpolation *= (*factor)->at(0);
  if (std::optional<int64_t> trainLength = integerAttribute(attrs, "train_len")) {
    if (!*length)
      return Failure{"train_len needs the run-time scalar total_len"};
    interpolation *= std::max(1.0, (*length)->at(0) / double(*trainLength));
  }

  const bool half = form == "half";
  if (total < 1 || (half && total % 2 != 0))
    return Failure{"form half needs an even total number of heads, all forms at least one head"};
  // float32 is what a kernel's table of slopes holds: rounding once is part of the definition.
  auto formula = std::make_shared<std::vector<double>>(
      alibiSlopes(half ? total / 2 : total, realAttribute(attrs, "bias_max").value_or(8.0)));
  for (double &slope : *formula)
    slope = static_cast<float>(slope);
  const View *slopes = *left;
  auto slope = [=](int64_t batch, int64_t head) {
    const double m = slopes ? headEntry(*slopes, batch, head - headOffset) : (*formula)[size_t(head) % formula->size()];
    return static_cast<Real>(m) / static_cast<Real>(interpolation);
  };

  if (form == "causal")
    return addBias<Real>(context, [=](int64_t b, int64_t h, int64_t d) { return slope(b, h) * Real(d); });
  auto symmetric =
      addBias<Real>(context, [=](int64_t b, int64_t h, int64_t d) { return -slope(b, h) * std::abs(Real(d)); });
  if (form == "symmetric" || isHalfOfPair(context.node)) // whose mask is in Masks.cpp
    return symmetric;
  if (half)
    return Step<Real>([=, head = context.args[1], query = context.args[2], key = context.args[3]](Frame<Real> &frame,
                                                                                                  Column<Real> &out) {
      symmetric(frame, out);
      for (size_t j = 0; j < frame.keys; ++j) {
        const int64_t distance = frame.columns[key].integer[j] - frame.columns[query].integer[j];
        if (frame.columns[head].integer[j] < total / 2 ? distance > 0 : distance < 0)
          frame.hidden[j] = true;
      }
    });
  if (form == "sqrt")
    return addBias<Real>(context,
                         [=](int64_t b, int64_t h, int64_t d) { return -slope(b, h) * std::sqrt(std::abs(Real(d))); });
  if (form == "asymmetric") {
    if (!slopes || !*right || !*offset)
      return Failure{"form asymmetric needs slopes_left, slopes_right and offset"};
    const View *slopesRight = *right, *offsets = *offset;
    return addBias<Real>(context, [=](int64_t b, int64_t h, int64_t d) {
      const Real o = Real(headEntry(*offsets, b, h - headOffset));
      const Real mRight = Real(headEntry(*slopesRight, b, h - headOffset)) / Real(interpolation);
      return -slope(b, h) * std::max(Real(0), o - Real(d)) - mRight * std::max(Real(0), Real(d) - o);
    });
  }
  return Failure{"unknown form '" + form + "'"};
}

template <typename Real> Result<Step<Real>> bindT5(const NodeContext &context) {
  if (Status status = checkBiasArgs(context); !status)
    return Failure{status.error()};
  Result<const View *> table = parameterOf(context, {"table"});
  if (!table)
    return Failure{table.error()};
  if (!*table && context.node.params.size() == 1)
    *table = context.parameter(context.node.params[0]);
  if (!*table || (*table)->sizes.size() != 2)
    return Failure{"needs a table [num_buckets, heads]"};
  const View *values = *table;
  const bool bidirectional = integerOf(context, {"bidirectional"}).value_or(0) != 0;
  const int64_t buckets = integerOf(context, {"num_buckets"}).value_or(values->sizes[0]);
  const int64_t maxDistance = integerOf(context, {"max_distance"}).value_or(128);
  const int64_t headOffset = integerOf(context, {"head_offset"}).value_or(context.problem.kernel->headOffset);
  const int64_t side = bidirectional ? buckets / 2 : buckets;
  if (buckets != values->sizes[0] || side < 2 || (bidirectional && buckets % 2) || maxDistance <= side / 2)
    return Failure{
        "num_buckets must be that of the table, at least 2 (4 and even if bidirectional), max_distance above "
        "the number of exact buckets"};
  auto bucket = std::make_shared<T5Buckets>(bidirectional, buckets, maxDistance);
  return addBias<Real>(context, [=](int64_t, int64_t head, int64_t d) {
    const int64_t local = std::clamp<int64_t>(head - headOffset, 0, values->sizes[1] - 1);
    return static_cast<Real>(values->at(values->offset((*bucket)(d), local)));
  });
}

} // namespace

template <typename Real> Result<Step<Real>> bindBias(const NodeContext &context) {
  const std::string &op = context.node.op;
  if (op == "attn.alibi")
    return bindAlibi<Real>(context);
  if (op == "attn.t5")
    return bindT5<Real>(context);
  const bool scale = op == "attn.scale";
  if (!scale && op != "attn.softcap")
    return Step<Real>();
  const std::optional<double> number = realAttribute(context.node.attrs, scale ? "factor" : "cap");
  if (!number || context.args.size() != 1 || !isReal(context.argTypes[0]))
    return Failure{std::string("needs one score and the number \"") + (scale ? "factor\"" : "cap\"")};
  const int64_t score = context.args[0];
  const Real c = static_cast<Real>(*number);
  return Step<Real>([=](Frame<Real> &frame, Column<Real> &out) {
    for (size_t j = 0; j < frame.keys; ++j) {
      const Real s = frame.columns[score].real[j];
      out.real[j] = scale ? s * c : c * std::tanh(s / c);
    }
  });
}

template Result<Step<double>> bindBias<double>(const NodeContext &);
template Result<Step<float>> bindBias<float>(const NodeContext &);

} // namespace camber
