// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The tile dialect: online-softmax attention over key tiles, before any target has chosen layouts or instructions.
#ifndef CAMBER_TILE_OPS
#define CAMBER_TILE_OPS

include "TileBase.td"
include "TileInterfaces.td"
include "mlir/IR/EnumAttr.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "mlir/Interfaces/ControlFlowInterfaces.td"

def Tile_KernelOp : Tile_Op<"kernel", [SingleBlock, RecursiveMemoryEffects, NoTerminator]> {
  let summary = "runs its body once per (batch, kv head, row block, key split), in any order";
  let description = [{
    Body arguments: batch and kv head (index), the rows, the number of this key split and how many there are (index). The
    number of splits is chosen at run time; partial results are combined where the splits of a row block are more than one.
    With `no_skip` no visible key may be skipped, however little it counts.

    Constraints:
    1. the body takes (index, index, !tile.rows<R>, index, index), R the geometry's rows.
  }];
  let arguments = (ins Index:$batch, Index:$q_len, Tile_GeometryAttr:$geometry, OptionalAttr<AnyAttr>:$schedule, UnitAttr:$no_skip);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "`batch` `(` $batch `)` `q_len` `(` $q_len `)` $geometry (`schedule` $schedule^)? (`no_skip` $no_skip^)? attr-dict-with-keyword $body";
  let hasRegionVerifier = 1;
  let extraClassDeclaration = [{
    mlir::BlockArgument getBatchIndex() { return getBody().getArgument(0); }
    mlir::BlockArgument getKvHead() { return getBody().getArgument(1); }
    mlir::BlockArgument getRows() { return getBody().getArgument(2); }
    mlir::BlockArgument getSplit() { return getBody().getArgument(3); }
    mlir::BlockArgument getSplits() { return getBody().getArgument(4); }
  }];
}

def Tile_RowBoundsOp : Tile_Op<"row_bounds", [Pure]> {
  let summary = "smallest and largest query position of a block: index + base";
  let arguments = (ins Tile_RowsType:$rows, Index:$base);
  let results = (outs Index:$min, Index:$max);
  let assemblyFormat = "$rows `base` $base attr-dict `:` type($rows)";
}

def Tile_BlockHeadOp : Tile_Op<"block_head", [Pure]> {
  let summary = "the head all rows of a block are of, as the score body sees it (global, i32)";
  let description = [{
    Constraints:
    1. the geometry of the programs is not packed.
  }];
  let arguments = (ins Tile_RowsType:$rows);
  let results = (outs I32:$head);
  let assemblyFormat = "$rows attr-dict `:` type($rows)";
  let hasVerifier = 1;
}

def Tile_KeyRangeOp : Tile_Op<"key_range", [MemoryEffects<[MemWrite]>]> {
  let summary = "says which keys the program has, and reports how many tiles they are";
  let description = [{
    Those from `begin` to below `end` exist, before masks, splits and skipping leave any out; no other is ever read. The first of
    the key splits counts their tiles, beside those that are visited; that changes no result. `norms` are those that the
    caller keeps, where it does: entry i of a batch and kv head is at least the norm of each key from 64·i to below 64·(i + 1).

    Constraints:
    1. step is in 1 … 2^24-1.
    2. norms is a memref [B,Hkv,blocks] of f32.
  }];
  let arguments = (ins Index:$begin, Index:$end, I64Attr:$step, Index:$split, Optional<AnyMemRef>:$norms);
  let assemblyFormat = "$begin `to` $end `step` $step `split` $split (`norms` `(` $norms^ `:` type($norms) `)`)? attr-dict";
  let hasVerifier = 1;
}

def Tile_SplitKVOp : Tile_Op<"split_kv", [Pure]> {
  let summary = "one split's share of a range of keys, in whole tiles: `split` of `splits` equal ones";
  let description = [{
    ```text
      share = ⌈max(hi - lo, 0) / step / splits⌉ · step      first = lo + split · share      last = min(hi, first + share)
    ```

    Constraints:
    1. step is in 1 … 2^24-1.
  }];
  let arguments = (ins Index:$lo, Index:$hi, I64Attr:$step, Index:$split, Index:$splits);
  let results = (outs Index:$first, Index:$last);
  let assemblyFormat = "$lo `to` $hi `step` $step `split` $split `of` $splits attr-dict";
  let hasVerifier = 1;
}

def Tile_LoadRowsOp : Tile_Op<"load_rows", [MemoryEffects<[MemRead]>]> {
  let summary = "the queries of a block, [rows, head dim]; rows past the last one hold zeros";
  let description = [{
    Constraints:
    1. source is [B,H,Lq,D] of f32, f16 or bf16 with a static D, the tile [R,D].
  }];
  let arguments = (ins AnyMemRef:$source, Index:$batch, Index:$kv_head, Tile_RowsType:$rows);
  let results = (outs Tile_TileType:$tile);
  let assemblyFormat = "$source `[` $batch `,` $kv_head `,` $rows `]` attr-dict `:` type($source) `,` type($rows) `->` type($tile)";
  let hasVerifier = 1;
}

def Tile_LoadKeysOp : Tile_Op<"load_keys", [MemoryEffects<[MemRead]>]> {
  let summary = "`count` keys or values from `first` on, [keys, head dim]; nothing past them is read";
  let description = [{
    Constraints:
    1. source is [B,Hkv,Lk,D] of f32, f16 or bf16 with a static D, the tile [T,D].
  }];
  let arguments = (ins AnyMemRef:$source, Index:$batch, Index:$kv_head, Index:$first, Index:$count);
  let results = (outs Tile_TileType:$tile);
  let assemblyFormat = "$source `[` $batch `,` $kv_head `,` $first `]` `count` $count attr-dict `:` type($source) `->` type($tile)";
  let hasVerifier = 1;
}

def Tile_InitStateOp : Tile_Op<"init_state", [MemoryEffects<[MemRead]>]> {
  let summary = "the state of a row that has seen no key: maximum -∞, sum 0, output 0; with a sink, the sink alone";
  let description = [{
    The sink joins in the first key split only.

    Constraints:
    1. for R rows: maximum [R], sum [R], output [R,D].
    2. sink is a memref [H] of f32.
  }];
  let arguments = (ins Tile_RowsType:$rows, Index:$kv_head, Index:$split, Optional<AnyMemRef>:$sink);
  let results = (outs Tile_TileType:$maximum, Tile_TileType:$sum, Tile_TileType:$output);
  let assemblyFormat = [{ $rows `kv_head` $kv_head `split` $split (`sink` `(` $sink^ `:` type($sink) `)`)? attr-dict
    `:` type($rows) `->` type($maximum) `,` type($sum) `,` type($output) }];
  let hasVerifier = 1;
}

def Tile_Side : I32EnumAttr<"Side", "where the keys of a loop lie, as seen from the rows of its block", [
    I32EnumAttrCase<"near", 0>, I32EnumAttrCase<"left", 1>, I32EnumAttrCase<"right", 2>]> {
  let cppNamespace = "::camber::tile";
}

def Tile_ForKeysOp : Tile_Op<"for_keys", [SingleBlockImplicitTerminator<"YieldOp">, RecursiveMemoryEffects]> {
  let summary = "steps through key tiles from `lo` to below `hi`, carrying the softmax state";
  let description = [{
    Body arguments: the first key of the tile, the number of keys in it, then the carried values. The step is the tile's
    number of keys. Only the last tile may hold fewer; with `full` none does: hi - lo is a multiple of the step.

    `side` says which tiles are whose: of a loop with `near` a group of rows takes only the tiles near it, with `left` and `right`
    those left and right of them, as the `tile.near_range` before the loops has them, so that the three loops take each tile of each
    group once. With `left` all pairs of a group that takes the tile have a distance below 0 and hi - lo is a multiple of the step,
    with `right` all have one above 0. Loops over pairs of one sign need no code for the other. In these two a target may skip groups for which
    `tile.skip_range` has found a tile negligible that others of the block need.

    `split` says that `tile-split-key-ranges` has made the loop: its score bodies are those of its range of distances, and no
    other split is tried.

    Constraints:
    1. the body takes (index, index, carried values…).
    2. carried values, what the body yields and results agree in number and type.
    3. step is in 1 … 2^24-1.
    4. with `full`, hi - lo is a multiple of the step where both are constants and there are keys.
    5. with `split`, no `tile.score` of the body has masks or score modifiers: they were fused before.
  }];
  let arguments = (ins Index:$lo, Index:$hi, I64Attr:$step, Variadic<Tile_TileType>:$inits, UnitAttr:$full,
                       OptionalAttr<Tile_Side>:$side, UnitAttr:$split);
  let results = (outs Variadic<Tile_TileType>:$results);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{ $lo `to` $hi `step` $step (`full` $full^)? (`side` `(` $side^ `)`)? `iter` `(` $inits `:` type($inits) `)` `->` `(` type($results) `)`
    (`split` $split^)? attr-dict-with-keyword $body }];
  let hasRegionVerifier = 1;
  let extraClassDeclaration = [{
    mlir::Block *getLoopBody() { return &getBody().front(); }
    mlir::Value getFirstKey() { return getLoopBody()->getArgument(0); }
    mlir::Value getCount() { return getLoopBody()->getArgument(1); }
    mlir::MutableArrayRef<mlir::BlockArgument> getCarried() { return getLoopBody()->getArguments().drop_front(2); }
    bool isSide(Side side) { return getSide() == side; }
  }];
  let builders = [OpBuilder<(ins "mlir::Value":$lo, "mlir::Value":$hi, "int64_t":$step, "mlir::ValueRange":$inits, "bool":$full)>];
}

def Tile_YieldOp : Tile_Op<"yield", [Pure, ReturnLike, Terminator]> {
  let summary = "ends a region of the tile dialect";
  let arguments = (ins Variadic<AnyType>:$values);
  let assemblyFormat = "($values^ `:` type($values))? attr-dict";
  let builders = [OpBuilder<(ins), [{ }]>];
}

def Tile_DotOp : Tile_Op<"dot", [Pure]> {
  let summary = "scale · rows · keysᵀ: the raw scores of a tile, [rows, keys]";
  let description = [{
    Constraints:
    1. rows [R,D], keys [T,D], scores [R,T].
    2. scale is finite in float32.
  }];
  let arguments = (ins Tile_TileType:$rows, Tile_TileType:$keys, DefaultValuedAttr<F64Attr, "1.0">:$scale);
  let results = (outs Tile_TileType:$scores);
  let assemblyFormat = "$rows `,` $keys (`scale` $scale^)? attr-dict `:` type($rows) `,` type($keys) `->` type($scores)";
  let hasVerifier = 1;
}

def Tile_ScoreOp : Tile_Op<"score", [SingleBlockImplicitTerminator<"YieldOp">, RecursiveMemoryEffects, IsolatedFromAbove]> {
  let summary = "applies the score body to every pair of a tile";
  let description = [{
    Body arguments: the score (f32), batch, head, query position, key position, query index, key index (i32), then params.
    Positions are index + base. `masks` are those still to be applied after the body; `tile-fuse-scores` moves them into it.
    With `segments` the last two params are the segments of queries and keys.

    The body yields the score in natural units, with `base2` (`tile-use-base2`) in base 2: log2(e) times that. A conversion takes
    scores without masks and score modifiers, in base 2.

    Constraints:
    1. the body takes (f32, i32, i32, i32, i32, i32, i32, params…).
    2. the body yields one f32.
    3. scores and result are [R,T] for R rows.
    4. with `segments` the last two params are i32 memrefs of rank 2.
    5. masks implement the mask interface; one that reads segments needs `segments`.
    6. the body is made of score modifiers, `attn.lookup`, pure `arith`/`math` on scalars without regions, constant tables, and
       `tile.piecewise`, `tile.affine`, `tile.diagonal` and `tile.visible`, whose regions hold the same, or ops of the schedule level
       with the trait `InScoreBody`.
    7. each param is an f32 or i32 scalar, or a ranked memref of these.
    8. with `base2` there are no masks, and no score modifiers in the body: these are in natural units.
  }];
  let arguments = (ins Tile_TileType:$scores, Tile_RowsType:$rows, Index:$batch, Index:$kv_head, Index:$query_base,
                       Index:$first_key, Index:$key_base, Variadic<AnyType>:$params,
                       DefaultValuedAttr<ArrayAttr, "{}">:$masks, UnitAttr:$segments, UnitAttr:$base2);
  let results = (outs Tile_TileType:$result);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{ $scores `rows` $rows `batch` $batch `kv_head` $kv_head `query_base` $query_base `keys` $first_key
    `key_base` $key_base (`params` `(` $params^ `:` type($params) `)`)? (`masks` $masks^)? (`segments` $segments^)? (`base2` $base2^)?
    attr-dict-with-keyword `:` type($scores) `,` type($rows) `->` type($result) $body }];
  let hasRegionVerifier = 1;
  let extraClassDeclaration = [{
    static constexpr unsigned kNumPairArguments = attn::ScoreArguments::kNumNamed;
    mlir::Block *getScoreBody() { return &getBody().front(); }
    attn::ScoreArguments getScoreArguments() { return attn::ScoreArguments(*getScoreBody()); }
  }];
}

def Tile_PiecewiseOp : Tile_Op<"piecewise", [Tile_EffectsOfRegions, RecursivelySpeculatable, SingleBlock, Tile_InScoreBody,
    DeclareOpInterfaceMethods<Tile_ScoreStructureOpInterface, ["getScaledOperands", "isFinite", "hasAlternatives", "getAugend", "emitAddend", "getBreakpoints", "specialize"]>]> {
  let summary = "a score that depends on the interval its pair's distance falls in";
  let description = [{
    Region k holds for breakpoints[k-1] ≤ key - query < breakpoints[k]; its argument is the distance (i32). Only ever inside a score body.
    `tile-split-key-ranges` replaces it by the one region that holds where a whole range of tiles falls into one interval. Its
    effects are those of its regions, which may read tables.

    Constraints:
    1. one region more than breakpoints.
    2. each region takes the distance (i32) and yields one f32.
  }];
  let arguments = (ins I32:$query, I32:$key, Variadic<I32>:$breakpoints);
  let results = (outs F32:$result);
  let regions = (region VariadicRegion<SizedRegion<1>>:$pieces);
  let assemblyFormat = "`at` `(` $query `,` $key `)` (`breakpoints` `(` $breakpoints^ `)`)? attr-dict-with-keyword $pieces";
  let hasRegionVerifier = 1;
  let extraClassDeclaration = [{
    static mlir::BlockArgument getDistance(mlir::Region &piece) { return piece.getArgument(0); }
  }];
}

def Tile_AffineOp : Tile_Op<"affine", [Pure, Tile_InScoreBody,
    DeclareOpInterfaceMethods<Tile_ScoreStructureOpInterface, ["getScaledOperands", "isFinite", "getLine"]>]> {
  let summary = "score + slope · (distance - origin)";
  let description = [{
    The origin, 0 where there is none, is where the line crosses zero. It is no part of a constant, -slope · origin: near the
    origin that would cancel, and its rounding would be larger than the bias.
  }];
  let arguments = (ins F32:$score, F32:$slope, I32:$query, I32:$key, Optional<F32>:$origin);
  let results = (outs F32:$result);
  let assemblyFormat = "$score `slope` $slope (`origin` $origin^)? `at` `(` $query `,` $key `)` attr-dict";
}

def Tile_DiagonalOp : Tile_Op<"diagonal", [
    Tile_EffectsOfRegions, RecursivelySpeculatable, SingleBlockImplicitTerminator<"YieldOp">, Tile_InScoreBody,
    DeclareOpInterfaceMethods<Tile_ScoreStructureOpInterface, ["getScaledOperands", "getAugend", "emitAddend", "isTabulated"]>]> {
  let summary = "score + f(head, distance): f is the region; a function of the diagonal only, so it can be tabulated";
  let description = [{
    Region arguments: head and distance (i32). Besides them the region may use batch, head and parameters of the score body and
    what is computed from these alone. Its effects are those of the region, which may read tables.

    Constraints:
    1. the region takes (i32, i32) and yields one f32.
  }];
  let arguments = (ins F32:$score, I32:$head, I32:$query, I32:$key);
  let results = (outs F32:$result);
  let regions = (region SizedRegion<1>:$function);
  let assemblyFormat = "$score `head` $head `at` `(` $query `,` $key `)` attr-dict-with-keyword $function";
  let hasRegionVerifier = 1;
  let extraClassDeclaration = [{
    mlir::BlockArgument getFunctionHead() { return getFunction().getArgument(0); }
    mlir::BlockArgument getFunctionDistance() { return getFunction().getArgument(1); }
  }];
}

def Tile_VisibleOp : Tile_Op<"visible", [Pure, AttrSizedOperandSegments, Tile_InScoreBody,
    DeclareOpInterfaceMethods<Tile_ScoreStructureOpInterface, ["getScaledOperands", "getLimits", "getBreakpoints", "hides", "specialize"]>]> {
  let summary = "score where min ≤ key - query ≤ max, else -∞";
  let description = [{
    A side without a limit is open; positions and limits are i32. Only ever inside a score body, where `tile-fuse-scores` puts the
    limits that masks and biases have in common. `tile-split-key-ranges` removes it where a whole range of tiles is visible.

    Constraints:
    1. exactly one score, query and key; at most one min and max.
  }];
  let arguments = (ins F32:$score, I32:$query, I32:$key, Optional<I32>:$min, Optional<I32>:$max);
  let results = (outs F32:$result);
  let assemblyFormat = "$score `at` `(` $query `,` $key `)` (`min` $min^)? (`max` $max^)? attr-dict";
  let hasVerifier = 1;
}

def Tile_SoftmaxUpdateOp : Tile_Op<"softmax_update", [Pure]> {
  let summary = "one step of the online softmax, base 2";
  let description = [{
    Scores are in base 2. Those that `convert-attn-to-tile` leaves become so with `tile-use-base2` (`base2` of `tile.score`).

    ```text
      maximum' = max(maximum, max_j s_j)       (0 in the exponents below where it is -∞)
      p_j      = 2^(s_j - maximum')
      rescale    = 2^(maximum - maximum')
      sum'     = sum · rescale + Σ_j p_j
    ```
    On two keys a tile and the scores 1 3 | 2 5 of one row: maximum 3, sum 2^-2 + 1 = 1.25; then maximum 5, rescale 2^-2,
    sum 1.25/4 + 2^-3 + 1 = 1.4375 = (2 + 8 + 4 + 32)/2^5. The road not taken: subtracting the maximum of the whole row needs
    the whole row.

    Constraints:
    1. scores and p [R,T]; maximum, sum, their new values and rescale [R].
  }];
  let arguments = (ins Tile_TileType:$scores, Tile_TileType:$maximum, Tile_TileType:$sum);
  let results = (outs Tile_TileType:$p, Tile_TileType:$new_maximum, Tile_TileType:$new_sum, Tile_TileType:$rescale);
  let assemblyFormat = "$scores `,` $maximum `,` $sum attr-dict `:` type($scores) `,` type($maximum) `,` type($sum) `->` type($p) `,` type($new_maximum) `,` type($new_sum) `,` type($rescale)";
  let hasVerifier = 1;
}

def Tile_AccumulateOp : Tile_Op<"accumulate", [Pure]> {
  let summary = "output · rescale + p · values; the product is summed from zero first (blocked summation)";
  let description = [{
    Constraints:
    1. p [R,T], values [T,D], output and result [R,D], rescale [R].
  }];
  let arguments = (ins Tile_TileType:$p, Tile_TileType:$values, Tile_TileType:$output, Tile_TileType:$rescale);
  let results = (outs Tile_TileType:$result);
  let assemblyFormat = "$p `,` $values `into` $output `rescale` $rescale attr-dict `:` type($p) `,` type($values) `,` type($output) `,` type($rescale) `->` type($result)";
  let hasVerifier = 1;
}

def Tile_EpilogueOp : Tile_Op<"epilogue", [MemoryEffects<[MemWrite]>]> {
  let summary = "stores output / sum and ln 2 · (maximum + log2 sum) for the rows of a block";
  let description = [{
    A row that saw nothing stores 0 and -∞. Where the keys are split, stores the partial result for the merge instead.

    Constraints:
    1. for R rows: maximum [R], sum [R], output [R,D].
    2. the destination is [B,H,Lq,D] of f32, f16 or bf16, lse [B,H,Lq] of f32.
  }];
  let arguments = (ins Tile_RowsType:$rows, Index:$batch, Index:$kv_head, Index:$split, Index:$splits,
                       Tile_TileType:$maximum, Tile_TileType:$sum, Tile_TileType:$output,
                       AnyMemRef:$destination, Optional<AnyMemRef>:$lse);
  let assemblyFormat = [{ $rows `batch` $batch `kv_head` $kv_head `split` $split `of` $splits `state` `(` $maximum `,` $sum `,` $output `:`
    type($maximum) `,` type($sum) `,` type($output) `)` `outs` `(` $destination `:` type($destination) `)`
    (`lse` `(` $lse^ `:` type($lse) `)`)? attr-dict `:` type($rows) }];
  let hasVerifier = 1;
}

//===- skipping keys that decay --------------------------------------===//

def Tile_NearRangeOp : Tile_Op<"near_range", [Pure]> {
  let summary = "the tiles of a range of keys that hold a row's own position, and one more on either side";
  let description = [{
    A target takes rows in groups: all of a block, or some that follow each other. For a group at query positions first … last the
    tile that begins at key t = lo + i·step is

    ```text
      left    where t + 2·step ≤ clamp(first - key_base, lo, hi)
      right   where t - step   ≥ clamp(last + 1 - key_base, lo, hi)
      near    otherwise
    ```

    so that every row that sees its neighbours sees a tile of them among the near ones. Results: the tiles near any group of the
    block lie in [near_lo, near_hi), those left of one in [lo, left_hi), and those right of one in [right_lo, hi). The more groups,
    the more of the near tiles are left or right of some. Where `where` is false all tiles are near.

    Constraints:
    1. step is in 1 … 2^24-1.
  }];
  let arguments = (ins Index:$lo, Index:$hi, I64Attr:$step, Tile_RowsType:$rows, Index:$query_base, Index:$key_base,
                       Optional<I1>:$useful);
  let results = (outs Index:$near_lo, Index:$near_hi, Index:$left_hi, Index:$right_lo);
  let assemblyFormat = [{ $lo `to` $hi `step` $step `rows` $rows `query_base` $query_base `key_base` $key_base
    (`where` $useful^)? attr-dict `:` type($rows) }];
  let hasVerifier = 1;
}

def Tile_RowNormsOp : Tile_Op<"row_norms", [Pure]> {
  let summary = "at least ‖q‖ of every row";
  let description = [{
    √(Σ q² + D·2^-126) · (1 + 1e-5): a processor that takes subnormal squares for 0, and the roundings of sum and root, are made up
    for. NaN where an element is NaN.

    Constraints:
    1. rows [R,D], norms [R].
  }];
  let arguments = (ins Tile_TileType:$rows);
  let results = (outs Tile_TileType:$norms);
  let assemblyFormat = "$rows attr-dict `:` type($rows) `->` type($norms)";
  let hasVerifier = 1;
}

def Tile_KeyNormsOp : Tile_Op<"key_norms", [MemoryEffects<[MemRead]>]> {
  let summary = "running maxima of ‖k‖ over blocks of 64 keys, in both directions";
  let description = [{
    With norm_j = √(Σ k_j² + D·2^-126) · (1 + 1e-5), +∞ where an element of k_j is NaN, for the keys from `begin` to below `end` of
    one batch and kv head:

    ```text
      norms[0][i] = max norm_j over j < 64·(i + 1)          norms[1][i] = max norm_j over j ≥ 64·i
    ```

    Blocks count from key 0 of the tensor. Entries of blocks without a key of the range hold anything, and keys outside of it are not
    read. The norms are the same for all programs of a batch and kv head and are computed once, before them, where there are
    at least `q_len_min` queries; otherwise they hold anything: to compute them reads all keys, as much as a few rows do. With
    `given`, the norms of blocks that the caller keeps, no key is read.

    Constraints:
    1. source is [B,Hkv,Lk,D] of f32, f16 or bf16 with a static D.
    2. norms is a memref [2, ?] of f32.
    3. q_len_min is in 0 … 2^24-1.
    4. given is a memref [B,Hkv,blocks] of f32.
  }];
  let arguments = (ins AnyMemRef:$source, Index:$batch, Index:$kv_head, Index:$begin, Index:$end, I64Attr:$q_len_min,
                       Optional<AnyMemRef>:$given);
  let results = (outs AnyMemRef:$norms);
  let assemblyFormat = "$source `[` $batch `,` $kv_head `]` `keys` $begin `to` $end `q_len_min` $q_len_min (`given` `(` $given^ `:` type($given) `)`)? attr-dict `:` type($source) `->` type($norms)";
  let hasVerifier = 1;
  let extraClassDeclaration = [{ static constexpr int64_t kBlock = 64; }];
}

def Tile_StateBoundOp : Tile_Op<"state_bound", [MemoryEffects<[MemRead]>, IsolatedFromAbove]> {
  let summary = "what every row will have seen at least, before it has seen any key: maximum and sum";
  let description = [{
    Splits of the keys do not know of each other, so a range is narrowed before it is divided by what is certain: the score of the
    nearest key that a row sees is at least the lower bound of any score at its distance, with the norms of the row and of the
    key's block. The maximum is that bound, lowered by |bound| · 2^-20, and the sum 1; +∞ and 1 for a row that sees no key, which
    nothing is missing from. Where `useful` is false the results hold anything.

    Region `nearest` takes batch, head, query position, positions of the first and the last key that exist (i32), then params, and
    yields the position of the nearest key that the row sees, -2^31 if there is none. Region `score` takes limit (f32), batch, head,
    query position, key position (i32), then params, and yields the lower bound, in natural units, with `base2`
    (`tile-use-base2`) in base 2, as the maximum is.

    Constraints:
    1. nearest takes (i32, i32, i32, i32, i32, params…) and yields one i32.
    2. score takes (f32, i32, i32, i32, i32, params…) and yields one f32.
    3. for R rows: maximum, sum and row norms [R].
    4. key norms are a memref [2, ?] of f32.
    5. regions and params are made of what `tile.score` allows (its constraints 6 and 7).
    6. with `base2` no region holds score modifiers, which are in natural units.
  }];
  let arguments = (ins I1:$useful, Index:$begin, Index:$end, Tile_RowsType:$rows, Index:$batch, Index:$kv_head, Index:$query_base,
                       Index:$key_base, Tile_TileType:$row_norms, AnyMemRef:$key_norms, Variadic<AnyType>:$params,
                       UnitAttr:$base2);
  let results = (outs Tile_TileType:$maximum, Tile_TileType:$sum);
  let regions = (region SizedRegion<1>:$nearest, SizedRegion<1>:$score);
  let assemblyFormat = [{ `where` $useful `keys` $begin `to` $end `rows` $rows `batch` $batch `kv_head` $kv_head `query_base` $query_base
    `key_base` $key_base `norms` `(` $row_norms `,` $key_norms `:` type($row_norms) `,` type($key_norms) `)`
    (`params` `(` $params^ `:` type($params) `)`)? (`base2` $base2^)? attr-dict-with-keyword `:` type($rows) `->` type($maximum) `,` type($sum)
    `nearest` $nearest `score` $score }];
  let hasRegionVerifier = 1;
  let extraClassDeclaration = [{
    NearestArguments getNearestArguments() { return NearestArguments(getNearest().front()); }
    PairBoundArguments getScoreArguments() { return PairBoundArguments(getScore().front()); }
  }];
}

def Tile_SkipRangeOp : Tile_Op<"skip_range", [MemoryEffects<[MemRead]>, SingleBlockImplicitTerminator<"YieldOp">, IsolatedFromAbove]> {
  let summary = "skips the keys at the far end of a range that are negligible for every row";
  let description = [{
    With side `left` the result is the largest t = lo + k·step such that the keys [lo, t) are negligible, with `right` the smallest
    t = lo + k·step, or hi, such that the keys [t, hi) are. lo is 0 or more; of no keys, hi <= lo, the result is lo. Keys are negligible where for every row of the block

    ```text
      bound < maximum + log2(sum) - 26 - log2(keys)
    ```

    so that skipping all of `keys` of them takes less than 2^-26 of the row's sum. The state is what the rows have seen, and of a
    group's keys only those count that are not near it (`tile.near_range`); or it is `tile.state_bound`. A comparison with NaN is false, as it is for a
    row that has seen nothing. `bound` is what the region yields for a row and a range of keys, raised by |bound| · 2^-20 for what a
    kernel rounds otherwise than the region: an upper bound of the row's scores, given `limit`, the row's norm times the largest norm
    of these keys (or of more). Its arguments are limit (f32), batch, head, query position, positions of the first and the
    last key (i32), then params. The range that the result skips has itself been compared, whatever the region rounds.

    The bound is in natural units, with `base2` (`tile-use-base2`) in base 2, as the state is.

    Constraints:
    1. the region takes (f32, i32, i32, i32, i32, i32, params…).
    2. the region yields one f32.
    3. for R rows: maximum, sum and row norms [R].
    4. key norms are a memref [2, ?] of f32.
    5. region and params are made of what `tile.score` allows (its constraints 6 and 7).
    6. step is in 1 … 2^24-1.
    7. side is left or right.
    8. with `base2` the region holds no score modifiers, which are in natural units.
  }];
  let arguments = (ins Tile_Side:$side, Index:$lo, Index:$hi, I64Attr:$step, Index:$keys, Tile_RowsType:$rows, Index:$batch,
                       Index:$kv_head, Index:$query_base, Index:$key_base, Tile_TileType:$maximum, Tile_TileType:$sum,
                       Tile_TileType:$row_norms, AnyMemRef:$key_norms, Variadic<AnyType>:$params, UnitAttr:$base2);
  let results = (outs Index:$result);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{ $side $lo `to` $hi `step` $step `of` $keys `rows` $rows `batch` $batch `kv_head` $kv_head `query_base` $query_base
    `key_base` $key_base `state` `(` $maximum `,` $sum `:` type($maximum) `,` type($sum) `)` `norms` `(` $row_norms `,` $key_norms `:`
    type($row_norms) `,` type($key_norms) `)` (`params` `(` $params^ `:` type($params) `)`)? (`base2` $base2^)?
    attr-dict-with-keyword `:` type($rows) $body }];
  let hasRegionVerifier = 1;
  let extraClassDeclaration = [{
    mlir::Block *getBoundBody() { return &getBody().front(); }
    RangeBoundArguments getBoundArguments() { return RangeBoundArguments(*getBoundBody()); }
  }];
}

#endif
