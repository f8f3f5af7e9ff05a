// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// T5's bucketed relative position bias (Raffel et al. 2020, arXiv:1910.10683).

def Attn_T5Op : Attn_ScoreModifier<"t5",
    [DeclareOpInterfaceMethods<ScoreModifierOpInterface, ["expand", "describe", "bound", "describeForReference", "warn"]>]> {
  let summary = "score + table[bucket(distance), head]";
  let description = [{
    With rel = key position - query position, n = num_buckets (the table's first dimension), r = 0. Bidirectional: n = n/2,
    r = n if rel > 0, rel = abs(rel). Otherwise rel = max(-rel, 0). e = n/2. The bucket is r + rel if rel < e, else
    r + min(n-1, e + ⌊log(rel/e) / log(max_distance/e) · (n-e)⌋). The thresholds are computed exactly, in integers, when the
    op is compiled; a kernel evaluates no logarithm. The head indexes the table as head - head_offset.

    Constraints:
    1. table is f32 [num_buckets, H] with a static num_buckets in 2 … 256; bidirectional: even and ≥ 4. H is not 0.
    2. max_distance > e and below 2^24.
    3. 0 ≤ head_offset < 2^24.
    4. In an attention, the table covers all of its heads. (A table that may be transposed is warned of.)
    5. In an attention, its head and positions stand in their places: a position may stand in that of the other, which is warned
       of, but not in that of the head, and one value is not both positions.
  }];
  let arguments = (ins F32:$score, I32:$head, I32:$query, I32:$key, Attn_FloatTable:$table,
    UnitAttr:$bidirectional, DefaultValuedAttr<I64Attr, "128">:$max_distance,
    DefaultValuedAttr<I64Attr, "0">:$head_offset);
  let results = (outs F32:$result);
  let assemblyFormat = [{
    $score `at` `(` $head `,` $query `,` $key `)` `table` `(` $table `:` type($table) `)` attr-dict
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = "static std::unique_ptr<::camber::attn::BiasSpec> createSpec();";
}
