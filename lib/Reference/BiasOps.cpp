// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The named score modifiers: scale, softcap and the biases of Biases/.
#include "BiasOps.h"
#include "camber/Reference/KnownOperations.h"
#include <functional>

namespace camber {

static std::map<std::string, const BiasReference *, std::less<>> &knownBiases() {
  static std::map<std::string, const BiasReference *, std::less<>> known = {
#define CAMBER_BIAS(name) {"attn." #name, &biases::name},
#include "camber/Reference/Named.inc"
  };
  return known;
}

const BiasReference *findBias(std::string_view op) {
  auto found = knownBiases().find(op);
  return found == knownBiases().end() ? nullptr : found->second;
}

void registerBias(std::string op, const BiasReference &bias) {
  registeredOperations().push_back(op);
  knownBiases()[std::move(op)] = &bias;
}

template <typename Real> Result<Step<Real>> bindBias(const NodeContext &context) {
  const std::string &op = context.node.op;
  if (const BiasReference *bias = findBias(op))
    return bias->bindTo<Real>(context);
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
