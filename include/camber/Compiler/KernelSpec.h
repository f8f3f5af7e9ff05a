// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a user asks for with flags or a model preset, before any IR exists. Terms are those of `attn.attention`.
#ifndef CAMBER_COMPILER_KERNELSPEC_H
#define CAMBER_COMPILER_KERNELSPEC_H

#include "camber/Bundle/KernelSignature.h"
#include "camber/Dialect/Attn/BiasSpec.h"
#include <map>
#include <optional>

namespace camber {

/// `#attn.window`; a side that is absent is unbounded.
struct WindowSpec {
  std::optional<int64_t> left, right;
};

struct KernelSpec {
  enum Modifier { Scale, Softcap, PositionBias };

  std::string name;          ///< C symbol prefix; empty: defaultName()
  std::string bias = "none"; ///< or a bias of the registry (camber/Dialect/Attn/BiasSpec.h)
  /// The biases of which a field has been set, by name. Copies of the specification share them: to set a field is to
  /// replace the bias (`setField`).
  std::map<std::string, std::shared_ptr<const attn::BiasSpec>> biases;
  int64_t heads = 0, kvHeads = 0, headDim = 0;
  int64_t headOffset = 0;
  LengthSpec qLen, kvLen;
  std::string storage = "f32"; ///< f32 f16 bf16

  bool causal = false;
  std::optional<WindowSpec> window;
  std::optional<int64_t> prefix;
  bool segments = false;
  bool keyRanges = false;       ///< operands key_begin and key_end
  bool offsetPositions = false; ///< operands query_offset and key_offset
  bool sink = false;
  bool lse = true;
  bool keyNorms = false; ///< operand key_norms, kept by the caller's cache: decoding skips keys, too
  bool skip = true;      ///< skip keys whose weights a falling bias has made negligible

  std::optional<double> scale; ///< absent: 1/√headDim, or what the bias says
  std::optional<double> softcap;
  /// The modifiers that are there, in the order they are applied. Empty: scale, then softcap or bias.
  std::vector<Modifier> order;

  /// The bias with its fields, or null. It must be registered.
  std::shared_ptr<const attn::BiasSpec> getBias() const;
  attn::BiasHeads getBiasHeads() const { return {heads, headOffset}; }
  /// The scale that applies: `scale`, or its default; nothing where there is no scale modifier.
  std::optional<double> effectiveScale() const;
  /// `order`, or the default order, without modifiers that are not there.
  std::vector<Modifier> effectiveOrder() const;
  /// "alibi_h32_kv8_d128_f32_causal"
  std::string defaultName() const;
};

/// Whether a field that the user has set has an effect on the kernel. Error: why it has none; silence would hide a
/// misunderstanding. A preset may set fields for what is changed afterwards.
llvm::Error checkEffect(const KernelSpec &spec, llvm::StringRef field);

/// Checks everything that needs no IR, in the words of the flags. Error: the first violation. What passes may still be
/// refused by the verifiers of the attn dialect or by a target.
llvm::Error validateSpec(const KernelSpec &spec);

} // namespace camber

#endif
