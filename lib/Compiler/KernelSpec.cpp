// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Defaults and checks of a kernel specification. Bounds repeat those of the attn dialect in the words of the flags.
#include "camber/Compiler/KernelSpec.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Twine.h"
#include <cmath>

using namespace llvm;

namespace camber {
namespace {

constexpr int64_t kMaxLength = int64_t(1) << 24; // attn::kMaxLength: positions are exact in float32
constexpr int64_t kMaxHeads = int64_t(1) << 16;
constexpr int64_t kMaxBuckets = 256; // of attn.t5

Error failure(const Twine &message) { return createStringError(inconvertibleErrorCode(), message); }

bool isPositive(double value) { return std::isfinite(value) && value > 0; }

Error validateLength(StringRef which, const LengthSpec &length) {
  if (length.kind != LengthSpec::Dynamic && (length.value < 1 || length.value >= kMaxLength))
    return failure(which + " is " + Twine(length.value) + "; it must be at least 1 and below 2^24 (" +
                   Twine(kMaxLength) + ")");
  return Error::success();
}

Error validateAlibi(const KernelSpec &spec) {
  const AlibiSpec &alibi = spec.alibi;
  bool formula = alibi.slopes == AlibiSpec::Formula;
  if (!isPositive(alibi.biasMax))
    return failure("the ALiBi bias maximum must be finite and greater than 0");
  if (!isPositive(alibi.factor))
    return failure("the interpolation factor must be finite and greater than 0");
  if (alibi.interpolation == AlibiSpec::Dynamic && (alibi.trainLen < 1 || alibi.trainLen >= kMaxLength))
    return failure("dynamic interpolation needs a training length of at least 1 and below 2^24");
  if (alibi.form == AlibiSpec::Asymmetric && alibi.slopes != AlibiSpec::PerHead)
    return failure("asymmetric ALiBi takes its slopes from operands [heads]: slopes, slopes_right and offset");
  if (!formula && alibi.biasMax != 8.0)
    return failure("a bias maximum has no effect on slopes that are operands");
  if (alibi.totalHeads != 0 && alibi.totalHeads < spec.headOffset + spec.heads)
    return failure("the total of " + Twine(alibi.totalHeads) +
                   " heads is less than head offset + heads = " + Twine(spec.headOffset + spec.heads));
  int64_t total = alibi.totalHeads ? alibi.totalHeads : spec.headOffset + spec.heads;
  if (total > kMaxHeads)
    return failure("a total of " + Twine(total) + " heads is more than " + Twine(kMaxHeads));
  if (alibi.form == AlibiSpec::Half && total % 2 != 0)
    return failure("half/half ALiBi needs an even total number of heads, not " + Twine(total));
  return Error::success();
}

Error validateT5(const KernelSpec &spec) {
  const T5Spec &t5 = spec.t5;
  int64_t least = t5.bidirectional ? 4 : 2;
  if (t5.numBuckets < least || t5.numBuckets > kMaxBuckets || (t5.bidirectional && t5.numBuckets % 2 != 0))
    return failure(Twine("T5 needs ") + (t5.bidirectional ? "an even number of at least 4" : "at least 2") +
                   " buckets (and at most " + Twine(kMaxBuckets) + "), not " + Twine(t5.numBuckets));
  int64_t exact = (t5.bidirectional ? t5.numBuckets / 2 : t5.numBuckets) / 2;
  if (t5.maxDistance <= exact || t5.maxDistance >= kMaxLength)
    return failure("the T5 maximum distance must be greater than " + Twine(exact) +
                   " (the distances with a bucket each) and below 2^24, not " + Twine(t5.maxDistance));
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
    return spec.bias != KernelSpec::NoBias;
  }
  return false;
}

Error validateOrder(const KernelSpec &spec) {
  static const char *const names[] = {"scale", "softcap", "bias"};
  if (spec.order.empty()) {
    // Models disagree, so there is no default to be right about.
    if (spec.softcap && spec.bias != KernelSpec::NoBias)
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

std::optional<double> KernelSpec::effectiveScale() const {
  if (scale)
    return scale;
  if (bias == T5)
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
  static const char *const biases[] = {"none", "alibi", "t5"};
  static const char *const forms[] = {"", "_symmetric", "_asymmetric", "_half", "_sqrt"};
  std::string text = biases[bias];
  if (bias == Alibi)
    text += forms[alibi.form];
  if (bias == T5 && t5.bidirectional)
    text += "_bidirectional";
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
  if (spec.bias == KernelSpec::Alibi)
    if (Error error = validateAlibi(spec))
      return error;
  if (spec.bias == KernelSpec::T5)
    if (Error error = validateT5(spec))
      return error;
  if (spec.keyNorms && (!spec.skip || spec.bias != KernelSpec::Alibi))
    return failure(spec.skip ? "norms of keys have no effect without a bias that falls with the distance (alibi)"
                             : "norms of keys have no effect where every visible key is computed");
  if (Error error = validateMasks(spec))
    return error;
  return validateOrder(spec);
}

} // namespace camber
