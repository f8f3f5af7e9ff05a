// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// ALiBi and its variants (Press et al. 2022, "Train Short, Test Long", arXiv:2108.12409): one op per function of the distance.

class Attn_AlibiVariant<string mnemonic, list<string> methods = []> : Attn_ScoreModifier<mnemonic, [AttrSizedOperandSegments,
    DeclareOpInterfaceMethods<ScoreModifierOpInterface,
      !listconcat(["expand", "describe", "bound", "describeForReference", "warn"], methods)>]> {
  let results = (outs F32:$result);
  let hasVerifier = 1;
}

/// An op with one slope per head: by the formula for `heads` heads, or an operand.
class Attn_AlibiWithSlopes<string mnemonic, Attr headsAttr = OptionalAttr<I64Attr>, list<string> methods = []>
    : Attn_AlibiVariant<mnemonic, methods> {
  let arguments = (ins F32:$score, I32:$head, I32:$query, I32:$key,
    Optional<I32>:$batch, Optional<Attn_FloatTable>:$slopes, Optional<F32>:$factor, Optional<I32>:$total_len,
    headsAttr:$heads, DefaultValuedAttr<I64Attr, "0">:$head_offset, DefaultValuedAttr<F64Attr, "8.0">:$bias_max,
    DefaultValuedAttr<F64Attr, "1.0">:$interpolation, OptionalAttr<I64Attr>:$train_len);
  let assemblyFormat = [{
    $score `at` `(` $head `,` $query `,` $key `)`
    (`batch` `(` $batch^ `)`)? (`slopes` `(` $slopes^ `:` type($slopes) `)`)?
    (`factor` `(` $factor^ `)`)? (`total_len` `(` $total_len^ `)`)? attr-dict
  }];
}

def Attn_AlibiOp : Attn_AlibiWithSlopes<"alibi"> {
  let summary = "score + slope[head] · distance";
  let description = [{
    With d = key position - query position and m = slope[head] / interpolation, the bias is m · d: what Press et al. define, for
    keys at or before the query.

    Without `slopes`, the slopes are the reference ones for `heads` heads (the total over all tensor-parallel shards), indexed
    by the head, which is global. With `slopes` ([H] or [B,H] of this shard, any sign) the index is head - head_offset.
    The interpolation factor is `interpolation`, times the run-time scalar `factor`, times max(1, total_len / train_len).

    Constraints, which hold for the variants, too:
    1. 1 ≤ `heads` ≤ 2^16 (the code holds a table of all), with formula slopes only; `slopes` is f32 [H], or [B,H] together with
       `batch`, and not empty.
    2. bias_max is finite and > 0 and only with formula slopes.
    3. interpolation is > 0, and it and its inverse are normal in float32: kernels flush subnormal numbers to 0.
    4. train_len ≥ 1 and total_len come together.
    5. 0 ≤ head_offset < 2^24.
    6. In an attention, the slopes (and `heads`, where it is given) cover all of its heads.
    7. In an attention, its batch, head and positions stand in their places: a position may stand in that of the other, which is
       warned of, but not in that of the head, and one value is not both positions.
  }];
  // form(…) is refused with the name of the op that has taken its place.
  let assemblyFormat = [{
    $score `at` `(` $head `,` $query `,` $key `)` `` custom<FormerForm>("getOperationName()")
    (`batch` `(` $batch^ `)`)? (`slopes` `(` $slopes^ `:` type($slopes) `)`)?
    (`factor` `(` $factor^ `)`)? (`total_len` `(` $total_len^ `)`)? attr-dict
  }];
  let extraClassDeclaration = [{
    static ::mlir::ParseResult parseFormerForm(::mlir::OpAsmParser &parser, ::llvm::StringRef name);
    static void printFormerForm(::mlir::OpAsmPrinter &, ::mlir::Operation *, ::llvm::StringRef) {}
    /// Of all variants.
    static std::unique_ptr<::camber::attn::BiasSpec> createSpec();
  }];
}

def Attn_AlibiSymmetricOp : Attn_AlibiWithSlopes<"alibi_symmetric"> {
  let summary = "score - slope[head] · abs(distance)";
  let description = [{
    The bias is -m · abs(d), with d, m and the constraints of `attn.alibi`: for encoders.
  }];
}

def Attn_AlibiSqrtOp : Attn_AlibiWithSlopes<"alibi_sqrt"> {
  let summary = "score - slope[head] · √abs(distance)";
  let description = [{
    The bias is -m · √abs(d), with d, m and the constraints of `attn.alibi`.
  }];
}

def Attn_AlibiHalfOp : Attn_AlibiWithSlopes<"alibi_half", I64Attr, ["emitVisible"]> {
  let summary = "score - slope[head] · abs(distance), half of the heads looking back, half ahead";
  let description = [{
    The bias is -m · abs(d), with d, m and the constraints of `attn.alibi`. Heads of the first half of `heads` see d ≤ 0 only, the
    others d ≥ 0 only. Formula slopes are those of heads/2 heads, for each half.

    Constraints:
    1. `heads` is even. It is needed with `slopes`, too.
  }];
}

def Attn_AlibiAsymmetricOp : Attn_AlibiVariant<"alibi_asymmetric"> {
  let summary = "score - slopes[head] · max(0, offset[head] - distance) - slopes_right[head] · max(0, distance - offset[head])";
  let description = [{
    With d = key position - query position and o = offset[head], the bias is -m_left · max(0, o - d) - m_right · max(0, d - o).
    m_left and m_right are `slopes` and `slopes_right` at head - head_offset, divided by the interpolation factor of `attn.alibi`,
    whose constraints hold.

    Constraints:
    1. slopes, slopes_right and offset are f32 of one shape [H], not empty.
  }];
  let arguments = (ins F32:$score, I32:$head, I32:$query, I32:$key,
    Attn_FloatTable:$slopes, Attn_FloatTable:$slopes_right, Attn_FloatTable:$offset,
    Optional<F32>:$factor, Optional<I32>:$total_len, DefaultValuedAttr<I64Attr, "0">:$head_offset,
    DefaultValuedAttr<F64Attr, "1.0">:$interpolation, OptionalAttr<I64Attr>:$train_len);
  let assemblyFormat = [{
    $score `at` `(` $head `,` $query `,` $key `)` `slopes` `(` $slopes `:` type($slopes) `)`
    `slopes_right` `(` $slopes_right `:` type($slopes_right) `)` `offset` `(` $offset `:` type($offset) `)`
    (`factor` `(` $factor^ `)`)? (`total_len` `(` $total_len^ `)`)? attr-dict
  }];
}
