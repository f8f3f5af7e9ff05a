// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a user asks for with flags or a model preset, before any IR exists. Terms are those of `attn.attention`.
#ifndef CAMBER_COMPILER_KERNELSPEC_H
#define CAMBER_COMPILER_KERNELSPEC_H

#include "camber/Bundle/KernelSignature.h"
#include <optional>

namespace camber {

/// `attn.alibi`.
struct AlibiSpec {
  enum Form { Causal, Symmetric, Asymmetric, Half, Sqrt };
  enum Slopes {
    Formula, ///< the reference slopes of totalHeads heads, compiled in
    PerHead, ///< operand [heads]; asymmetric: slopes, slopes_right and offset
    PerBatch ///< operand [batch, heads]; not asymmetric
  };
  enum Interpolation {
    Static,  ///< slopes are divided by `factor`
    RunTime, ///< and by the run-time scalar operand "factor"
    Dynamic  ///< and by max(1, total_len / trainLen), with the run-time scalar operand "total_len"
  };
  Form form = Causal;
  Slopes slopes = Formula;
  double biasMax = 8.0;   ///< formula slopes only
  int64_t totalHeads = 0; ///< over all tensor-parallel shards; 0: head offset + heads. Formula slopes only
  Interpolation interpolation = Static;
  double factor = 1.0;
  int64_t trainLen = 0; ///< Dynamic only
};

/// `attn.t5`; the table is the operand "table" [numBuckets, heads].
struct T5Spec {
  bool bidirectional = false;
  int64_t numBuckets = 32;
  int64_t maxDistance = 128;
};

/// `#attn.window`; a side that is absent is unbounded.
struct WindowSpec {
  std::optional<int64_t> left, right;
};

struct KernelSpec {
  enum Bias { NoBias, Alibi, T5 };
  enum Modifier { Scale, Softcap, PositionBias };

  std::string name; ///< C symbol prefix; empty: defaultName()
  Bias bias = NoBias;
  AlibiSpec alibi; ///< for Bias::Alibi
  T5Spec t5;       ///< for Bias::T5
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

  std::optional<double> scale; ///< absent: 1/√headDim, or no scale at all for T5
  std::optional<double> softcap;
  /// The modifiers that are there, in the order they are applied. Empty: scale, then softcap or bias.
  std::vector<Modifier> order;

  /// The scale that applies: `scale`, or its default; nothing where there is no scale modifier.
  std::optional<double> effectiveScale() const;
  /// `order`, or the default order, without modifiers that are not there.
  std::vector<Modifier> effectiveOrder() const;
  /// "alibi_h32_kv8_d128_f32_causal"
  std::string defaultName() const;
};

/// Checks everything that needs no IR, in the words of the flags. Error: the first violation. What passes may still be
/// refused by the verifiers of the attn dialect or by a target.
llvm::Error validateSpec(const KernelSpec &spec);

} // namespace camber

#endif
