// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Attention itself and the score modifiers that are not position biases.
#ifndef CAMBER_ATTN_OPS
#define CAMBER_ATTN_OPS

include "AttnBase.td"
include "mlir/Interfaces/DestinationStyleOpInterface.td"
include "mlir/Interfaces/ControlFlowInterfaces.td"

def Attn_AttentionOp : Attn_Op<"attention", [
    AttrSizedOperandSegments, IsolatedFromAbove, SingleBlock, DestinationStyleOpInterface,
    DeclareOpInterfaceMethods<MemoryEffectsOpInterface>]> {
  let summary = "softmax(score(q·k)) · v over (batch, head, query), with masks and an optional log-sum-exp";
  let description = [{
    For every batch b, query head h and query i, with key/value head g = ⌊h·Hkv/H⌋:

    ```text
      s_j   = score(q[b,h,i,:] · k[b,g,j,:], b, h + head_offset, p_i, p_j, i, j)     -∞ where a mask hides (i, j)
      lse_i = log Σ_j exp(s_j)   (+ exp(sink[h]) inside the sum)
      o_i   = Σ_j exp(s_j - lse_i) · v[b,g,j,:]
    ```

    A row whose scores are all -∞ gives o = 0, lse = -∞.

    The `scores` region is the ordered chain of modifiers: one block, isolated from above, whose arguments are the score
    (f32), batch, head (global: `head_offset` included), query position, key position, query index, key index (i32) and then
    each of `params`. Biases and masks go by positions; indices count rows of query and key, as params with a number per token are
    read.

    Keys whose scores are bounded so low that they could change a row's sum by 2^-26 at most, all of them together, may be skipped;
    `no_skip` computes every visible pair. To find them takes the norms of the keys: entry i of `key_norms` is at least the norm of each
    key from 64·i to below 64·(i + 1) (camber_update_key_norms of camber/Runtime/runtime.h computes it). Without that operand they are
    computed from the keys, once per call, and not at all where there are too few queries for it to pay.

    The body is evaluated at hidden pairs, too, and the result discarded. Integer arithmetic has a value for all operands: sums and
    products wrap, a division by zero divides by 1 (x / 0 = x, the remainder is 0), and the smallest number divided by -1 is itself.

    Only what the yielded score depends on counts: a modifier that hides pairs (half/half ALiBi) hides none where its result
    does not reach the score.

    Positions. *Aligned* (no offsets given): p_i = i + key_end[b] - Lq, p_j = j. *Run-time* (both offsets given):
    p_i = i + query_offset[b], p_j = j + key_offset[b]. Keys exist for key_begin[b] ≤ j < key_end[b] (default 0, Lk).

    Lengths that are static in the types are exact; dynamic ones may be bounded by `q_len_max`, `kv_len_max`.

    Constraints:
    1. query is [B,H,Lq,D], key and value are [B,Hkv,Lk,D] with static H, Hkv and D, each at least 1 and below 2^24.
    2. All share one element type: f32, f16 or bf16.
    3. H is a multiple of Hkv.
    4. B, D, Lq and Lk agree among query, key, value and outputs.
    5. outs is the output [B,H,Lq,D] of the query's element type and optionally the f32 lse [B,H,Lq].
    6. The body takes (f32, i32, i32, i32, i32, i32, i32, params…) and yields one f32.
    7. The body has no side effects; each op is a score modifier, `attn.lookup`, or pure `arith`/`math`.
    8. Static lengths are at least 1 and below 2^24; length bounds only with dynamic lengths.
    9. Masks implement the mask interface and their operands are there.
    10. sink is [H] f32; key_begin, key_end, query_offset, key_offset are [B] i32, query_segment [B,Lq] and key_segment [B,Lk] i32.
    11. Offsets come in pairs (query and key).
    12. Every parameter reaches the yielded score.
    13. Everything is a tensor, with one result per out, or everything is a memref, with no results.
    14. 0 ≤ head_offset < 2^24.
    15. Each parameter is an f32 or i32 scalar, or a ranked tensor or memref of these.
    16. No constant of the body is NaN. (Infinite ones are allowed: a body hides a pair by selecting -∞.)
    17. `arith` and `math` compute scalars in the body; constants may also be tensors, tables for `attn.lookup` and modifiers.
    18. key_norms is [B,Hkv,⌈Lk/64⌉] f32.

    Example: causal attention with the scale 1/√64.

    ```mlir
    func.func @causal(%q: tensor<1x2x16x64xf32>, %k: tensor<1x2x16x64xf32>, %v: tensor<1x2x16x64xf32>,
                      %o: tensor<1x2x16x64xf32>) -> tensor<1x2x16x64xf32> {
      %r = attn.attention query(%q : tensor<1x2x16x64xf32>) key(%k : tensor<1x2x16x64xf32>)
                          value(%v : tensor<1x2x16x64xf32>) masks [#attn.causal]
                          outs(%o : tensor<1x2x16x64xf32>) scores {
      ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
        %0 = attn.scale %s, 1.250000e-01
        attn.yield %0
      } -> tensor<1x2x16x64xf32>
      return %r : tensor<1x2x16x64xf32>
    }
    ```
  }];
  let arguments = (ins
    AnyShaped:$query, AnyShaped:$key, AnyShaped:$value,
    Variadic<AnyType>:$params,
    Optional<AnyShaped>:$sink,
    Optional<AnyShaped>:$key_begin, Optional<AnyShaped>:$key_end,
    Optional<AnyShaped>:$query_offset, Optional<AnyShaped>:$key_offset,
    Optional<AnyShaped>:$query_segment, Optional<AnyShaped>:$key_segment, Optional<AnyShaped>:$key_norms,
    Variadic<AnyShaped>:$outputs,
    DefaultValuedAttr<ArrayAttr, "{}">:$masks,
    DefaultValuedAttr<I64Attr, "0">:$head_offset,
    OptionalAttr<I64Attr>:$q_len_max, OptionalAttr<I64Attr>:$kv_len_max, UnitAttr:$no_skip);
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let regions = (region SizedRegion<1>:$scores);
  let assemblyFormat = [{
    `query` `(` $query `:` type($query) `)` `key` `(` $key `:` type($key) `)` `value` `(` $value `:` type($value) `)`
    (`params` `(` $params^ `:` type($params) `)`)?
    (`sink` `(` $sink^ `:` type($sink) `)`)?
    (`key_begin` `(` $key_begin^ `:` type($key_begin) `)`)?
    (`key_end` `(` $key_end^ `:` type($key_end) `)`)?
    (`query_offset` `(` $query_offset^ `:` type($query_offset) `)`)?
    (`key_offset` `(` $key_offset^ `:` type($key_offset) `)`)?
    (`query_segment` `(` $query_segment^ `:` type($query_segment) `)`)?
    (`key_segment` `(` $key_segment^ `:` type($key_segment) `)`)?
    (`key_norms` `(` $key_norms^ `:` type($key_norms) `)`)?
    (`masks` $masks^)?
    (`head_offset` `=` $head_offset^)?
    (`q_len_max` `=` $q_len_max^)? (`kv_len_max` `=` $kv_len_max^)? (`no_skip` $no_skip^)?
    `outs` `(` $outputs `:` type($outputs) `)`
    attr-dict-with-keyword
    `scores` $scores (`->` type($results)^)?
  }];
  let hasVerifier = 1;
  let hasRegionVerifier = 1;
  let extraClassDeclaration = [{
    mlir::MutableOperandRange getDpsInitsMutable() { return getOutputsMutable(); }
    int64_t getHeads() { return mlir::cast<mlir::ShapedType>(getQuery().getType()).getDimSize(1); }
    int64_t getKvHeads() { return mlir::cast<mlir::ShapedType>(getKey().getType()).getDimSize(1); }
    int64_t getHeadDim() { return mlir::cast<mlir::ShapedType>(getQuery().getType()).getDimSize(3); }
    mlir::Type getStorage() { return mlir::cast<mlir::ShapedType>(getQuery().getType()).getElementType(); }
    mlir::Value getOutput() { return getOutputs()[0]; }
    /// The log-sum-exp operand, or null.
    mlir::Value getLse() { return getOutputs().size() > 1 ? getOutputs()[1] : mlir::Value(); }
    bool hasEndAlignedPositions() { return !getQueryOffset(); }
    mlir::Block *getBody() { return &getScores().front(); }
    ScoreArguments getScoreArguments() { return ScoreArguments(*getBody()); }
    /// Keys per entry of key_norms.
    static constexpr int64_t kNormBlock = 64;
  }];
}

def Attn_YieldOp : Attn_Op<"yield", [Pure, ReturnLike, Terminator, HasParent<"AttentionOp">]> {
  let summary = "ends a score body with the final score";
  let description = [{
    Constraints:
    1. its parent is `attn.attention`.
  }];
  let arguments = (ins F32:$score);
  let assemblyFormat = "$score attr-dict";
}

def Attn_ScaleOp : Attn_ScoreModifier<"scale",
    [DeclareOpInterfaceMethods<ScoreModifierOpInterface, ["expand", "describe", "bound"]>]> {
  let summary = "score · factor";
  let description = [{
    The usual 1/√D is a `scale` and is not implied. The factor may be negative or zero.

    Constraints:
    1. factor is finite in float32.
    2. factor is 0 or normal in float32: kernels flush subnormal numbers to 0.
    3. factor · log2(e) is finite in float32: kernels compute powers of 2.
  }];
  let arguments = (ins F32:$score, F64Attr:$factor);
  let results = (outs F32:$result);
  let assemblyFormat = "$score `,` $factor attr-dict";
  let hasVerifier = 1;
}

def Attn_SoftcapOp : Attn_ScoreModifier<"softcap",
    [DeclareOpInterfaceMethods<ScoreModifierOpInterface, ["expand", "describe", "bound"]>]> {
  let summary = "cap · tanh(score / cap)";
  let description = [{
    Constraints:
    1. cap is greater than 0, and cap and 1/cap are normal in float32: kernels flush subnormal numbers to 0.
  }];
  let arguments = (ins F32:$score, F64Attr:$cap);
  let results = (outs F32:$result);
  let assemblyFormat = "$score `,` $cap attr-dict";
  let hasVerifier = 1;
}

def Attn_LookupOp : Attn_Op<"lookup", [Attn_ReadsTables]> {
  let summary = "table[clamp(i0), clamp(i1), …]";
  let description = [{
    Reads a parameter in a score body. Each index is clamped to its dimension, so that evaluation at a hidden pair is harmless.
    A table that is a memref is read from memory; one that is a tensor is a value.

    Constraints:
    1. one i32 index per dimension of the table.
    2. the result has the table's element type.
    3. no dimension of the table is known to be 0.
    4. In an attention, a dimension that its head indexes has an entry for each of its heads, and one that its batch indexes for
       each batch; or the dimension is 1, for all.
  }];
  let arguments = (ins Attn_Table:$table, Variadic<I32>:$indices);
  let results = (outs AnyTypeOf<[F32, I32]>:$result);
  let assemblyFormat = "$table `[` $indices `]` attr-dict `:` type($table) `->` type($result)";
  let hasVerifier = 1;
}

#endif
