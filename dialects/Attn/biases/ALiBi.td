// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// ALiBi and its variants (Press et al. 2022, "Train Short, Test Long", arXiv:2108.12409).

def Attn_AlibiForm : I32EnumAttr<"AlibiForm", "how the ALiBi bias depends on the distance", [
    I32EnumAttrCase<"causal", 0>, I32EnumAttrCase<"symmetric", 1>, I32EnumAttrCase<"asymmetric", 2>,
    I32EnumAttrCase<"half", 3>, I32EnumAttrCase<"sqrt", 4>]> {
  let cppNamespace = "::camber::attn";
}

def Attn_AlibiOp : Attn_ScoreModifier<"alibi", [AttrSizedOperandSegments,
    DeclareOpInterfaceMethods<ScoreModifierOpInterface, ["expand", "emitVisible", "describe", "bound", "describeForReference", "warn"]>]> {
  let summary = "score + slope[head] · (a function of the distance)";
  let description = [{
    With d = key position - query position and m = slope[head] / interpolation:

    | form | bias |
    |---|---|
    | causal | m · d |
    | symmetric | -m · abs(d) |
    | asymmetric | -m_left · max(0, o - d) - m_right · max(0, d - o), with o = offset[head] |
    | half | -m · abs(d); heads of the first half of `heads` see d ≤ 0 only, the others d ≥ 0 only |
    | sqrt | -m · √abs(d) |

    Without `slopes`, the slopes are the reference ones for `heads` heads (the total over all tensor-parallel shards), indexed
    by the head, which is global. With `slopes` ([H] or [B,H] of this shard, any sign) the index is head - head_offset.
    The interpolation factor is `interpolation`, times the run-time scalar `factor`, times max(1, total_len / train_len).

    Constraints:
    1. 1 ≤ `heads` ≤ 2^16 (the code holds a table of all), with formula slopes or form(half) only; `slopes` is f32 [H], or [B,H]
       together with `batch`, and not empty.
    2. bias_max is finite and > 0 and only with formula slopes.
    3. interpolation is > 0, and it and its inverse are normal in float32: kernels flush subnormal numbers to 0.
    4. form(asymmetric) takes slopes, slopes_right and offset, all of one shape [H]; no other form takes the last two.
    5. train_len ≥ 1 and total_len come together.
    6. form(half) needs an even `heads`.
    7. 0 ≤ head_offset < 2^24.
    8. In an attention, the slopes (and `heads`, where it is given) cover all of its heads.
    9. In an attention, its batch, head and positions stand in their places: a position may stand in that of the other, which is
       warned of, but not in that of the head, and one value is not both positions.
  }];
  let arguments = (ins F32:$score, I32:$head, I32:$query, I32:$key,
    Optional<I32>:$batch, Optional<Attn_FloatTable>:$slopes, Optional<Attn_FloatTable>:$slopes_right,
    Optional<Attn_FloatTable>:$offset, Optional<F32>:$factor, Optional<I32>:$total_len,
    DefaultValuedAttr<Attn_AlibiForm, "::camber::attn::AlibiForm::causal">:$form,
    OptionalAttr<I64Attr>:$heads, DefaultValuedAttr<I64Attr, "0">:$head_offset,
    DefaultValuedAttr<F64Attr, "8.0">:$bias_max,
    DefaultValuedAttr<F64Attr, "1.0">:$interpolation, OptionalAttr<I64Attr>:$train_len);
  let results = (outs F32:$result);
  let assemblyFormat = [{
    $score `at` `(` $head `,` $query `,` $key `)` (`form` `(` $form^ `)`)?
    (`batch` `(` $batch^ `)`)? (`slopes` `(` $slopes^ `:` type($slopes) `)`)?
    (`slopes_right` `(` $slopes_right^ `:` type($slopes_right) `)`)? (`offset` `(` $offset^ `:` type($offset) `)`)?
    (`factor` `(` $factor^ `)`)? (`total_len` `(` $total_len^ `)`)? attr-dict
  }];
  let hasVerifier = 1;
}
