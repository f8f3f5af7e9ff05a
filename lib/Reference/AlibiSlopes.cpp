// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// ALiBi's slopes, from dialects/Attn/Semantics.md and never from a compiler's expansion of them.
#include "AlibiSlopes.h"

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

std::optional<double> drawAlibi(const ParameterElement &element) {
  if (element.parameter == "slopes" || element.parameter == "slopes_right") {
    // Any sign is allowed: every fourth head prefers far keys.
    const double m = std::exp2(-8.0 * (element.index % element.heads + 1) / element.heads);
    return m * (0.75 + 0.5 * element.uniform()) * (element.index % 4 == 3 ? -0.125 : 1);
  }
  if (element.parameter == "offset")
    return 2 * element.normal();
  if (element.parameter == "total_len")
    return 2.0 * element.sizes.kvLen + 1;
  if (element.parameter == "factor")
    return 1 + element.uniform();
  return std::nullopt;
}

Result<AlibiSlopes> AlibiSlopes::create(const NodeContext &context, int64_t groups) {
  if (Status status = checkBiasArgs(context); !status)
    return Failure{status.error()};
  const Attributes &attrs = context.node.attrs;
  AlibiSlopes result;
  result.headOffset = integerAttribute(attrs, "head_offset").value_or(context.problem.kernel->headOffset);

  Result<const View *> slopes = parameterOf(context, "slopes");
  Result<const View *> factor = parameterOf(context, "factor");
  Result<const View *> length = parameterOf(context, "total_len");
  for (const auto *view : {&slopes, &factor, &length})
    if (!*view)
      return Failure{view->error()};
  // A manifest may name the slopes only as the node's one parameter.
  if (!*slopes && context.node.params.size() == 1 && !*factor && !*length)
    *slopes = context.parameter(context.node.params[0]);
  result.operand = *slopes;
  if (result.operand && (result.operand->sizes.empty() || result.operand->sizes.size() > 2))
    return Failure{"slopes must be [heads] or [batch, heads]"};

  result.interpolation = realAttribute(attrs, "interpolation").value_or(1.0);
  if (*factor)
    result.interpolation *= (*factor)->at(0);
  if (std::optional<int64_t> trainLength = integerAttribute(attrs, "train_len")) {
    if (!*length)
      return Failure{"train_len needs the run-time scalar total_len"};
    result.interpolation *= std::max(1.0, (*length)->at(0) / double(*trainLength));
  }

  const int64_t total = integerAttribute(attrs, "heads").value_or(context.problem.kernel->heads);
  if (total < 1 || total >= kMaxLength)
    return Failure{"heads is " + std::to_string(total) + "; it must be at least 1 and below 2^24"};
  if (total % groups != 0)
    return Failure{"needs an even total number of heads, not " + std::to_string(total)};
  if (result.operand)
    return result;
  // float32 is what a kernel's table of slopes holds: rounding once is part of the definition.
  std::vector<double> exact = alibiSlopes(total / groups, realAttribute(attrs, "bias_max").value_or(8.0));
  for (double &slope : exact)
    slope = static_cast<float>(slope);
  result.formula = std::make_shared<const std::vector<double>>(std::move(exact));
  return result;
}

} // namespace camber
