// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Defaults and checks of a kernel specification. Bounds repeat those of the attn dialect in the words of the flags.
#include "camber/Compiler/ValueParsers.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/Twine.h"
#include <cmath>

using namespace llvm;

namespace camber {
namespace {

constexpr int64_t kMaxLength = int64_t(1) << 24; // attn::kMaxLength: positions are exact in float32
constexpr int64_t kMaxHeads = int64_t(1) << 16;

Error failure(const Twine &message) { return createStringError(inconvertibleErrorCode(), message); }

bool isPositive(double value) { return std::isfinite(value) && value > 0; }

/// The names of the registered biases that are wanted.
std::string namesOfBiases(StringRef separator, function_ref<bool(const attn::BiasSpec &)> wanted) {
  std::vector<StringRef> names;
  for (const auto &bias : attn::getBiasSpecs())
    if (wanted(*bias))
      names.push_back(bias->getName());
  return join(names, separator);
}

Error validateLength(StringRef which, const LengthSpec &length) {
  if (length.kind != LengthSpec::Dynamic && (length.value < 1 || length.value >= kMaxLength))
    return failure(which + " is " + Twine(length.value) + "; it must be at least 1 and below 2^24 (" +
                   Twine(kMaxLength) + ")");
  return Error::success();
}

Error validateMasks(const KernelSpec &spec) {
  if (spec.prefix && spec.causal)
    return failure("a prefix mask is causal after the prefix already; drop the causal mask");
  if (spec.prefix && (*spec.prefix < 0 || *spec.prefix >= kMaxLength))
    return failure("the prefix length must be at least 0 and below 2^24, not " + Twine(*spec.prefix));
  if (!spec.window)
    return Error::success();
  for (const std::optional<int64_t> &side : {spec.window->left, spec.window->right})
    if (side && (*side < -kMaxLength || *side > kMaxLength))
      return failure("a window side must lie in -2^24 … 2^24, not " + Twine(*side));
  if (spec.window->left && spec.window->right && -*spec.window->left > *spec.window->right)
    return failure("the window " + Twine(-*spec.window->left) + " ≤ distance ≤ " + Twine(*spec.window->right) +
                   " holds no distance");
  return Error::success();
}

/// Whether the modifier is part of the specification at all.
bool isThere(const KernelSpec &spec, KernelSpec::Modifier modifier) {
  switch (modifier) {
  case KernelSpec::Scale:
    return spec.effectiveScale().has_value();
  case KernelSpec::Softcap:
    return spec.softcap.has_value();
  case KernelSpec::PositionBias:
    return spec.getBias() != nullptr;
  }
  return false;
}

Error validateOrder(const KernelSpec &spec) {
  static const char *const names[] = {"scale", "softcap", "bias"};
  if (spec.order.empty()) {
    // Models disagree, so there is no default to be right about.
    if (spec.softcap && spec.getBias())
      return failure("a softcap together with a bias needs an order, e.g. scale,softcap,bias");
    return Error::success();
  }
  for (KernelSpec::Modifier modifier : {KernelSpec::Scale, KernelSpec::Softcap, KernelSpec::PositionBias}) {
    auto times = llvm::count(spec.order, modifier);
    if (times > 1)
      return failure(Twine("the order names '") + names[modifier] + "' twice");
    if (isThere(spec, modifier) && times == 0)
      return failure(Twine("the order does not say where '") + names[modifier] + "' comes");
    if (!isThere(spec, modifier) && times == 1)
      return failure(Twine("the order names '") + names[modifier] + "', which the kernel does not have");
  }
  return Error::success();
}

} // namespace

std::shared_ptr<const attn::BiasSpec> KernelSpec::getBias() const {
  auto changed = biases.find(bias);
  return changed == biases.end() ? attn::findBiasSpec(bias) : changed->second;
}

std::optional<double> KernelSpec::effectiveScale() const {
  if (scale)
    return scale;
  if (auto chosen = getBias(); chosen && !chosen->isScaledByDefault())
    return std::nullopt;
  return 1.0 / std::sqrt(static_cast<double>(headDim));
}

std::vector<KernelSpec::Modifier> KernelSpec::effectiveOrder() const {
  std::vector<Modifier> chain;
  for (Modifier modifier : order.empty() ? std::vector<Modifier>{Scale, Softcap, PositionBias} : order)
    if (isThere(*this, modifier))
      chain.push_back(modifier);
  return chain;
}

std::string KernelSpec::defaultName() const {
  std::string text = bias;
  if (auto chosen = getBias())
    text += chosen->getVariant();
  text += "_h" + std::to_string(heads);
  if (kvHeads != heads)
    text += "_kv" + std::to_string(kvHeads);
  text += "_d" + std::to_string(headDim) + "_" + storage;
  if (causal)
    text += "_causal";
  if (window)
    text += "_window";
  if (prefix)
    text += "_prefix";
  if (segments)
    text += "_segments";
  return text;
}

Error checkEffect(const KernelSpec &spec, StringRef field) {
  auto bias = spec.getBias();
  auto has = [&](const attn::BiasSpec &known) { return field == "head-offset" || hasField(known, field); };
  // Of those that have it; none has a field that is the kernel's.
  std::string owners = namesOfBiases(" or --bias=", has);
  if (!owners.empty() && !(bias && has(*bias)))
    return failure("--" + field + " has no effect without --bias=" + owners);
  return bias ? bias->checkEffect(field) : Error::success();
}

Error validateSpec(const KernelSpec &spec) {
  if (!spec.name.empty())
    if (Error error = validateKernelName(spec.name))
      return error;
  if (spec.storage != "f32" && spec.storage != "f16" && spec.storage != "bf16")
    return failure("unknown storage type '" + spec.storage + "'; known: f32, f16, bf16");
  if (spec.heads < 1 || spec.heads > kMaxHeads)
    return failure("the number of heads must be at least 1 and at most " + Twine(kMaxHeads) + ", not " +
                   Twine(spec.heads));
  if (spec.kvHeads < 1 || spec.heads % spec.kvHeads != 0)
    return failure("the number of heads, " + Twine(spec.heads) + ", is not a multiple of the number of kv heads, " +
                   Twine(spec.kvHeads));
  if (spec.headDim < 1 || spec.headDim > 4096)
    return failure("the head dimension must be at least 1 and at most 4096, not " + Twine(spec.headDim));
  if (spec.headOffset < 0 || spec.headOffset > kMaxHeads)
    return failure("the head offset must be at least 0 and at most " + Twine(kMaxHeads) + ", not " +
                   Twine(spec.headOffset));
  if (Error error = validateLength("the query length", spec.qLen))
    return error;
  if (Error error = validateLength("the key length", spec.kvLen))
    return error;
  if (spec.scale && !std::isfinite(*spec.scale))
    return failure("the scale must be finite");
  if (spec.softcap && !isPositive(*spec.softcap))
    return failure("the softcap must be finite and greater than 0");
  auto bias = spec.getBias();
  if (!bias && spec.bias != "none")
    return failure("there is no bias '" + spec.bias + "'");
  if (bias)
    if (Error error = bias->validate(spec.getBiasHeads()))
      return error;
  if (spec.keyNorms && !spec.skip)
    return failure("norms of keys have no effect where every visible key is computed");
  if (spec.keyNorms && !(bias && bias->decays()))
    return failure("norms of keys have no effect without a bias that falls with the distance (" +
                   namesOfBiases(", ", [](const attn::BiasSpec &known) { return known.decays(); }) + ")");
  if (Error error = validateMasks(spec))
    return error;
  return validateOrder(spec);
}

} // namespace camber
