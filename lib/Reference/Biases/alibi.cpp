// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// ALiBi in all its forms, from the formulas of dialects/Attn/Semantics.md and never from a compiler's expansion of
// them.
#include "../BiasOps.h"
#include "../Masks.h"
#include "camber/Reference/Biases.h"

namespace camber {

std::vector<double> alibiSlopes(int64_t heads, double biasMax) {
  int64_t power = 1; // the largest power of two that is at most `heads`
  while (power * 2 <= heads)
    power *= 2;
  std::vector<double> slopes;
  for (int64_t h = 0; h < power; ++h)
    slopes.push_back(std::exp2(-biasMax * double(h + 1) / double(power)));
  // The rest lie halfway between the slopes of `power` heads, starting at the steepest.
  for (int64_t t = 0; t < heads - power; ++t)
    slopes.push_back(std::exp2(-biasMax / 2 * double(2 * t + 1) / double(power)));
  return slopes;
}

int64_t alibiTotalHeads(const Kernel &kernel, const ScoreNode &node) {
  return integerAttribute(node.attrs, "heads").value_or(kernel.heads);
}

bool isHalfOfPair(const ScoreNode &node) {
  if (node.op != "attn.alibi" || stringAttribute(node.attrs, "form") != "half" || node.args.size() < 4)
    return false;
  for (int64_t id : {2, 3, 4}) // head, query position and key position of the pair, after the score
    if (!node.args[id - 1].parameter.empty() || node.args[id - 1].value != id)
      return false;
  return true;
}

template <typename Real> Result<Step<Real>> biases::alibi(const NodeContext &context) {
  if (Status status = checkBiasArgs(context); !status)
    return Failure{status.error()};
  const Kernel &kernel = *context.problem.kernel;
  const Attributes &attrs = context.node.attrs;
  const std::string form = stringAttribute(attrs, "form").value_or("causal");
  const int64_t headOffset = integerAttribute(attrs, "head_offset").value_or(kernel.headOffset);
  const int64_t total = alibiTotalHeads(kernel, context.node);

  Result<const View *> left = parameterOf(context, "slopes");
  Result<const View *> right = parameterOf(context, "slopes_right");
  Result<const View *> offset = parameterOf(context, "offset");
  Result<const View *> factor = parameterOf(context, "factor");
  Result<const View *> length = parameterOf(context, "total_len");
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
  if (total < 1 || total >= kMaxLength)
    return Failure{"heads is " + std::to_string(total) + "; it must be at least 1 and below 2^24"};
  if (half && total % 2 != 0)
    return Failure{"form half needs an even total number of heads"};
  // float32 is what a kernel's table of slopes holds: rounding once is part of the definition.
  const View *slopes = *left;
  auto formula = std::make_shared<std::vector<double>>();
  if (!slopes)
    *formula = alibiSlopes(half ? total / 2 : total, realAttribute(attrs, "bias_max").value_or(8.0));
  for (double &slope : *formula)
    slope = static_cast<float>(slope);
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
      return Failure{"form asymmetric needs slopes, slopes_right and offset"};
    const View *slopesRight = *right, *offsets = *offset;
    return addBias<Real>(context, [=](int64_t b, int64_t h, int64_t d) {
      const Real o = Real(headEntry(*offsets, b, h - headOffset));
      const Real mRight = Real(headEntry(*slopesRight, b, h - headOffset)) / Real(interpolation);
      return -slope(b, h) * std::max(Real(0), o - Real(d)) - mRight * std::max(Real(0), Real(d) - o);
    });
  }
  return Failure{"unknown form '" + form + "'"};
}

template Result<Step<double>> biases::alibi<double>(const NodeContext &);
template Result<Step<float>> biases::alibi<float>(const NodeContext &);

} // namespace camber
