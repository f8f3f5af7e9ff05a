// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The cpu part of the schedule level: tiles have become buffers in a thread's workspace, each op is a register-tile kernel.
#ifndef CAMBER_CPU_OPS
#define CAMBER_CPU_OPS

include "mlir/IR/OpBase.td"
include "mlir/IR/AttrTypeBase.td"
include "CPUInterfaces.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def CPU_Dialect : Dialect {
  let name = "cpu";
  let cppNamespace = "::camber::cpu";
  let summary = "Attention on a CPU core: buffers and register-tile kernels";
  let description = [{
    Scores, their maxima and bounds of them are in base 2: natural units end at `tile-use-base2`, and score bodies here hold no
    modifiers, which are in those. How a tile lies in buffers, and the code of the four large kernels, belong to the microkernel, an
    attribute that every op has as `schedule`:

    | microkernel | lanes are | for |
    |---|---|---|
    | `#cpu.rows_in_lanes` | rows: keys are scalar broadcasts in their natural layout, maxima and sums vertical | many rows |
    | `#cpu.keys_in_lanes` | keys, each read once | a few rows: decoding |

    R rows, T keys of a tile, D head dim, W lanes. A tile of keys serves all rows of a block, a group of up to G rows, whole panels, at a
    time, so that scores stay in the first-level cache:

    | buffer | shape | holds |
    |---|---|---|
    | packed queries | the microkernel's | queries, times the scale where they are f32 |
    | scores | the microkernel's: T × G' where lanes are rows, G × T' where they are keys | scores of a group, then probabilities |
    | scratch | the microkernel's | what its scores and its value product keep beside their results |
    | keys, values | T × D' | those of a tile that are copied; D' is D padded to an odd number of cache lines, so that rows do not share an L1 set |
    | output | R × D | the running output |
    | maximum, sum, rescale | R | the softmax state |
    | table | R + T | what a bias adds, one number per distance of the tile; where lanes are keys R × T' |
    | not finite | 1 | where tiles hide pairs: NaN where an output is not finite |
    | reached | R × D | in a second run: what NaN and infinities of the values add to the rows that see them |
    | row norms | R | ‖q‖ of every row, where keys are skipped |
    | ends | R / G, rounded up | where each group's keys of one side end, where they are skipped |
    | key norms | 2 × blocks | running maxima of ‖k‖ over blocks of 64 keys, forwards and backwards |

    Buffers have static shapes but for the key norms, which all tasks of a kv head share; keys, values, queries and destination
    are the caller's. Ops that work on a group take `from %begin to %end`, its rows, both multiples of the panel with at most G
    between them; column c of the scores is row begin + c.

    **Hidden pairs.** The probability of a hidden pair is 0, but 0 · NaN and 0 · ∞ are NaN: a product with the values of a tile would
    carry a NaN from a key into rows that do not see it. A block computes as if all values were finite, and `cpu.epilogue` says whether
    an output is not. Only then the block runs a second time: tiles that hide pairs are multiplied with 0 in place of a value that is
    not finite (`cpu.copy_keys` with `finite`), and `cpu.reach` collects these values for the rows that see them. A block of finite
    values costs one FMA per vector of the output more. The road not taken: a check of the values of every tile costs a decoding
    kernel, which reads each value once, a second pass over them.
  }];
  let useDefaultAttributePrinterParser = 1;
  let hasOperationAttrVerify = 1; // there are no attributes cpu.…
}

include "CPUMicrokernels.td"

class CPU_Op<string mnemonic, list<Trait> traits = []> : Op<CPU_Dialect, mnemonic, traits>;

def CPU_PackQueriesOp : CPU_Op<"pack_queries", [MemoryEffects<[MemRead, MemWrite]>]> {
  let summary = "scale · queries of a row block, packed for the microkernel; rows from count to the end of their panel are zero";
  let description = [{
    Constraints:
    1. source is [B,H,Lq,D] of f32, f16 or bf16.
    2. packed is f32, of the microkernel's shape for R rows of D.
    3. row_head and row_index are i32 [R], R a multiple of a panel, D of width.
    4. scale is finite in float32.
  }];
  let arguments = (ins AnyMemRef:$source, Index:$batch, AnyMemRef:$row_head, AnyMemRef:$row_index, Index:$count,
                       AnyMemRef:$packed, F64Attr:$scale, CPU_MicrokernelAttrInterface:$schedule);
  let assemblyFormat = "$source `batch` $batch `rows` `(` $row_head `,` $row_index `)` `count` $count `into` $packed `scale` $scale `schedule` `(` $schedule `)` attr-dict `:` type($source) `,` type($row_head) `,` type($row_index) `,` type($packed)";
  let hasVerifier = 1;
}

def CPU_CopyKeysOp : CPU_Op<"copy_keys", [MemoryEffects<[MemRead, MemWrite]>]> {
  let summary = "count keys or values to f32, in a buffer";
  let description = [{
    With `finite`, a NaN or an infinity becomes 0.

    Constraints:
    1. source is [T', D] of f32, f16 or bf16, the destination f32 [T, D], or with `finite` of the source's elements.
    2. D is a multiple of width.
  }];
  let arguments = (ins AnyMemRef:$source, Index:$count, AnyMemRef:$destination, UnitAttr:$finite, CPU_MicrokernelAttrInterface:$schedule);
  let assemblyFormat = "$source `count` $count `into` $destination (`finite` $finite^)? `schedule` `(` $schedule `)` attr-dict `:` type($source) `,` type($destination)";
  let hasVerifier = 1;
}

def CPU_TabulateOp : CPU_Op<"tabulate", [MemoryEffects<[MemRead, MemWrite]>, IsolatedFromAbove]> {
  let summary = "evaluates a function of (head, distance) once for all pairs of a tile that share them";
  let description = [{
    Body arguments: batch, head, distance (i32), params…; it yields an f32. R consecutive rows of one head and T keys (rounded up
    to the vector width) meet at R + T - 1 distances only: a table of rank 1 and size R + T holds them by diagonal, in the order
    in which rows in vector lanes read them,

    ```text
      table[e] = f(head, first + base - position[0] + T - 1 - e)      read at e = r - j + T - 1
    ```

    Where rows are of several heads, a table of rank 2 holds one number per pair, table[j][r] for the first `count` keys: what is
    saved is the code, which stands in a loop instead of once for every accumulator of the score kernel.

    Constraints:
    1. row_head and row_position are i32 [R], R a multiple of width.
    2. the table is f32 [R + T] with T ≥ 1, a multiple of width, or [T, R]; where lanes are keys [R, T], T a multiple of width.
    3. the body takes (i32, i32, i32, params…) and yields one f32.
    4. body and params are made of what `tile.score` allows (its constraints 6 and 7) but score modifiers.
  }];
  let arguments = (ins AnyMemRef:$table, Index:$count, Index:$first_key, Index:$key_base, Index:$batch,
                       AnyMemRef:$row_head, AnyMemRef:$row_position, Variadic<AnyType>:$params, I64Attr:$head_offset, CPU_MicrokernelAttrInterface:$schedule);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{
    $table `count` $count `first` $first_key `base` $key_base `batch` $batch `rows` `(` $row_head `,` $row_position `)`
    (`params` `(` $params^ `:` type($params) `)`)? `schedule` `(` $schedule `)` attr-dict-with-keyword `:` type($table) `,` type($row_head) `,`
    type($row_position) $body }];
  let hasRegionVerifier = 1;
  let extraClassDeclaration = [{
    tile::DistanceArguments getFunctionArguments() { return tile::DistanceArguments(getBody().front()); }
  }];
}

def CPU_ScoresOp : CPU_Op<"scores", [MemoryEffects<[MemRead, MemWrite]>, IsolatedFromAbove, AttrSizedOperandSegments]> {
  let summary = "scores[j][r - begin] = body(keys[j] · packed[r]) and new_maximum[r] = max(maximum[r], max_j of these)";
  let description = [{
    `keys` is count × D; with `full`, count is the number of keys of a tile. The body takes (score, batch, head, query position,
    key position, query index, key index, params…) like `tile.score`, then the pair's number from each of `tables`, which
    `cpu.tabulate` has filled. With `uniform_head` all rows are of one head.
    With `key_end`, row r sees the first r + 1 + key_end keys of the tile at most; scores of others are -∞ or, a register tile behind
    a row's last key, not written. new_maximum receives the maximum, so that the old one is there for the rescale. Dot products are
    multiplied by `scale` first: 1 where the packed queries already hold it.

    Constraints:
    1. packed is f32, of the microkernel's shape for R rows of D, D a multiple of width; keys are [T', D] of f32, or of a type that the
       microkernel reads as it is stored.
    2. row_head, row_position and row_index are i32 [R], maximum and new_maximum f32 [R], R a multiple of a panel.
    3. scores is f32 [T, S] with S of at least a panel, or [S, T], T a multiple of width, where lanes are keys.
    4. tables are f32 [R + T] or more, or [T, R]; where lanes are keys [R, T].
    5. the body takes (f32, i32, i32, i32, i32, i32, i32, params…, one f32 per table) and yields one f32.
    6. body and params are made of what `tile.score` allows (its constraints 6 and 7) but score modifiers.
    7. scale is finite in float32.
    8. scratch is f32, of the microkernel's shape for R rows, and there where it has one.
    9. key_end goes with microkernels that end with a row's last key, and not with `full`.
  }];
  let arguments = (ins AnyMemRef:$packed, AnyMemRef:$keys, Index:$count, Index:$first_key, Index:$key_base, Index:$batch,
                       Index:$begin, Index:$end, AnyMemRef:$row_head, AnyMemRef:$row_position, AnyMemRef:$row_index, AnyMemRef:$scores,
                       AnyMemRef:$maximum, AnyMemRef:$new_maximum, Variadic<AnyType>:$params, Variadic<AnyMemRef>:$tables,
                       Optional<AnyMemRef>:$scratch, Optional<Index>:$key_end, UnitAttr:$full, UnitAttr:$uniform_head,
                       I64Attr:$head_offset, F64Attr:$scale, CPU_MicrokernelAttrInterface:$schedule);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{
    $packed `,` $keys `count` $count `first` $first_key `base` $key_base `batch` $batch `from` $begin `to` $end
    (`key_end` $key_end^)? `rows` `(` $row_head `,` $row_position `,` $row_index `)` `into` $scores `maximum` `(` $maximum `,` $new_maximum `)` (`params` `(` $params^ `:` type($params) `)`)?
    (`tables` `(` $tables^ `:` type($tables) `)`)? (`scratch` $scratch^ `:` type($scratch))?
    `schedule` `(` $schedule `)` attr-dict-with-keyword `:` type($packed) `,` type($keys) `,` type($row_head) `,` type($row_position) `,` type($row_index) `,`
    type($scores) `,` type($maximum) `,` type($new_maximum) $body }];
  let hasRegionVerifier = 1;
  let extraClassDeclaration = [{
    /// Of these, the params are those of the op and then the pair's entries of `tables`.
    attn::ScoreArguments getScoreArguments() { return attn::ScoreArguments(getBody().front()); }
    mlir::MutableArrayRef<mlir::BlockArgument> getEntryArguments() {
      return getScoreArguments().getParams().take_back(getTables().size());
    }
  }];
}

def CPU_SoftmaxUpdateOp : CPU_Op<"softmax_update", [MemoryEffects<[MemRead, MemWrite]>]> {
  let summary = "of the rows of a group: scores := 2^(scores - new_maximum), rescale, sum := sum · rescale + Σ, maximum := new_maximum";
  let description = [{
    With `key_end`, row r sees the first r + 1 + key_end keys of the tile at most: scores of others are -∞, or not there.

    Constraints:
    1. maximum, new_maximum, sum and rescale are f32 [R], R a multiple of a panel.
    2. scores is f32 [T, S] with S of at least a panel; where lanes are keys [S, T], T a multiple of width.
    3. key_end goes with microkernels that end with a row's last key.
  }];
  let arguments = (ins AnyMemRef:$scores, Index:$count, Index:$begin, Index:$end, Optional<Index>:$key_end, AnyMemRef:$maximum, AnyMemRef:$new_maximum, AnyMemRef:$sum,
                       AnyMemRef:$rescale, CPU_MicrokernelAttrInterface:$schedule);
  let assemblyFormat = "$scores `count` $count `from` $begin `to` $end (`key_end` $key_end^)? `maximum` `(` $maximum `,` $new_maximum `)` `sum` $sum `rescale` $rescale `schedule` `(` $schedule `)` attr-dict `:` type($scores) `,` type($maximum) `,` type($new_maximum) `,` type($sum) `,` type($rescale)";
  let hasVerifier = 1;
}

def CPU_AccumulateOp : CPU_Op<"accumulate", [MemoryEffects<[MemRead, MemWrite]>, AttrSizedOperandSegments]> {
  let summary = "output[r] := output[r] · rescale[r] + Σ_j p[j][r - begin] · values[j], the sum from zero";
  let description = [{
    With `key_end`, row r sees the first r + 1 + key_end keys of the tile at most: p of the others is 0, and need not be read.

    Constraints:
    1. output is f32 [R, D], R a multiple of a panel, D of width, rescale f32 [R].
    2. p is f32 [T, S] with S of at least a panel, or where lanes are keys [S, T], T a multiple of width; values are [T', D] of f32, or of a
       type that the microkernel reads as it is stored.
    3. scratch is f32, of the microkernel's shape for R rows of D, and there where it has one.
    4. key_end goes with microkernels that end with a row's last key.
  }];
  let arguments = (ins AnyMemRef:$p, AnyMemRef:$values, Index:$count, Index:$begin, Index:$end, AnyMemRef:$output, AnyMemRef:$rescale,
                       Optional<Index>:$key_end, Optional<AnyMemRef>:$scratch, CPU_MicrokernelAttrInterface:$schedule);
  let assemblyFormat = "$p `,` $values `count` $count `from` $begin `to` $end (`key_end` $key_end^)? `into` $output `rescale` $rescale (`scratch` $scratch^ `:` type($scratch))? `schedule` `(` $schedule `)` attr-dict `:` type($p) `,` type($values) `,` type($output) `,` type($rescale)";
  let hasVerifier = 1;
}

def CPU_ReachOp : CPU_Op<"reach", [MemoryEffects<[MemRead, MemWrite]>]> {
  let summary = "reached[r] := reached[r] + Σ_j values[j], of elements that are not finite, over the keys that row r sees";
  let description = [{
    Row r sees key j where their score is not -∞. It comes between `cpu.scores` and `cpu.softmax_update`, since p says less: it is 0, too,
    where a score is far below the row's maximum. With `key_end`, row r sees the first r + 1 + key_end keys of the tile at most.

    Constraints:
    1. reached is f32 [R, D], R a multiple of a panel, D of width.
    2. scores is f32 [T, S] with S of at least a panel; where lanes are keys [S, T], T a multiple of width.
    3. values are [T', D] of f32, f16 or bf16.
    4. key_end goes with microkernels that end with a row's last key.
  }];
  let arguments = (ins AnyMemRef:$scores, AnyMemRef:$values, Index:$count, Index:$begin, Index:$end, Optional<Index>:$key_end,
                       AnyMemRef:$reached, CPU_MicrokernelAttrInterface:$schedule);
  let assemblyFormat = "$scores `,` $values `count` $count `from` $begin `to` $end (`key_end` $key_end^)? `into` $reached `schedule` `(` $schedule `)` attr-dict `:` type($scores) `,` type($values) `,` type($reached)";
  let hasVerifier = 1;
}

def CPU_AddRowsOp : CPU_Op<"add_rows", [MemoryEffects<[MemRead, MemWrite]>]> {
  let summary = "output[r] := output[r] + addend[r] for the first count rows";
  let description = [{
    Constraints:
    1. output and addend are f32 [R, D], R a multiple of a panel, D of width.
  }];
  let arguments = (ins AnyMemRef:$addend, Index:$count, AnyMemRef:$output, CPU_MicrokernelAttrInterface:$schedule);
  let assemblyFormat = "$addend `count` $count `into` $output `schedule` `(` $schedule `)` attr-dict `:` type($addend) `,` type($output)";
  let hasVerifier = 1;
}

def CPU_EpilogueOp : CPU_Op<"epilogue", [MemoryEffects<[MemRead, MemWrite]>]> {
  let summary = "normalises the first count rows: output[r] := output[r] / sum[r] and maximum[r] := maximum[r] + log2(sum[r]), 0 and -∞ where sum is 0";
  let description = [{
    not_finite receives 0, or NaN if an output of a row is not finite although its sum is a number: then a value was not.

    Constraints:
    1. output is f32 [R, D], maximum and sum f32 [R], R and D multiples of width.
    2. not_finite is f32 [1].
  }];
  let arguments = (ins AnyMemRef:$maximum, AnyMemRef:$sum, AnyMemRef:$output, Index:$count, Optional<AnyMemRef>:$not_finite, CPU_MicrokernelAttrInterface:$schedule);
  let assemblyFormat = "$output `count` $count `maximum` $maximum `sum` $sum (`not_finite` $not_finite^ `:` type($not_finite))? `schedule` `(` $schedule `)` attr-dict `:` type($output) `,` type($maximum) `,` type($sum)";
  let hasVerifier = 1;
}

def CPU_CombineOp : CPU_Op<"combine", [MemoryEffects<[MemRead, MemWrite]>]> {
  let summary = "combines the normalised partial results of key splits into output and maximum (log2 of the sum) of the first count rows";
  let description = [{
    Constraints:
    1. output is f32 [R, D], D a multiple of width, maximum f32 [R].
    2. partial_output is f32 [S, R, D], partial_maximum f32 [S, R].
  }];
  let arguments = (ins AnyMemRef:$partial_output, AnyMemRef:$partial_maximum, Index:$splits, Index:$count,
                       AnyMemRef:$output, AnyMemRef:$maximum, CPU_MicrokernelAttrInterface:$schedule);
  let assemblyFormat = "$partial_output `,` $partial_maximum `splits` $splits `count` $count `into` $output `maximum` $maximum `schedule` `(` $schedule `)` attr-dict `:` type($partial_output) `,` type($partial_maximum) `,` type($output) `,` type($maximum)";
  let hasVerifier = 1;
}

def CPU_StoreRowsOp : CPU_Op<"store_rows", [MemoryEffects<[MemRead, MemWrite]>]> {
  let summary = "writes the first count rows to the output tensor, rounded to its type, and ln 2 · maximum to lse";
  let description = [{
    Constraints:
    1. output is f32 [R, D], D a multiple of width, maximum f32 [R]; row_head and row_index are i32 [R].
    2. the destination is [B,H,Lq,D] of f32, f16 or bf16, lse [B,H,Lq] of f32.
  }];
  let arguments = (ins AnyMemRef:$output, AnyMemRef:$maximum, Index:$batch, AnyMemRef:$row_head, AnyMemRef:$row_index,
                       Index:$count, AnyMemRef:$destination, Optional<AnyMemRef>:$lse, CPU_MicrokernelAttrInterface:$schedule);
  let assemblyFormat = "$output `,` $maximum `batch` $batch `rows` `(` $row_head `,` $row_index `)` `count` $count `to` $destination (`lse` $lse^ `:` type($lse))? `schedule` `(` $schedule `)` attr-dict `:` type($output) `,` type($maximum) `,` type($row_head) `,` type($row_index) `,` type($destination)";
  let hasVerifier = 1;
}

def CPU_RowNormsOp : CPU_Op<"row_norms", [MemoryEffects<[MemRead, MemWrite]>]> {
  let summary = "norms[r] = √(Σ q² + D·2^-126) · (1 + 1e-5) of the first count rows, NaN where an element of the query is NaN";
  let description = [{
    Constraints:
    1. source is [B,H,Lq,D] of f32, f16 or bf16, D a multiple of width.
    2. row_head and row_index are i32 [R], norms f32 [R].
  }];
  let arguments = (ins AnyMemRef:$source, Index:$batch, AnyMemRef:$row_head, AnyMemRef:$row_index, Index:$count, AnyMemRef:$norms,
                       CPU_MicrokernelAttrInterface:$schedule);
  let assemblyFormat = "$source `batch` $batch `rows` `(` $row_head `,` $row_index `)` `count` $count `into` $norms `schedule` `(` $schedule `)` attr-dict `:` type($source) `,` type($row_head) `,` type($row_index) `,` type($norms)";
  let hasVerifier = 1;
}

def CPU_KeyNormsOp : CPU_Op<"key_norms", [MemoryEffects<[MemRead, MemWrite]>]> {
  let summary = "running maxima of ‖k‖ over blocks of 64 keys: what `tile.key_norms` holds for one batch and kv head";
  let description = [{
    Reads the keys from begin to below end, or, with `given`, the norms of their blocks, and writes the entries of these blocks.

    Constraints:
    1. source is [B,Hkv,Lk,D] of f32, f16 or bf16, D a multiple of width.
    2. norms is f32 [2, blocks].
    3. given is f32 [B,Hkv,blocks].
  }];
  let arguments = (ins AnyMemRef:$source, Index:$batch, Index:$kv_head, Index:$begin, Index:$end, AnyMemRef:$norms,
                       Optional<AnyMemRef>:$given, CPU_MicrokernelAttrInterface:$schedule);
  let assemblyFormat = "$source `batch` $batch `kv_head` $kv_head `keys` $begin `to` $end `into` $norms (`given` `(` $given^ `:` type($given) `)`)? `schedule` `(` $schedule `)` attr-dict `:` type($source) `,` type($norms)";
  let hasVerifier = 1;
}

def CPU_StateBoundOp : CPU_Op<"state_bound", [MemoryEffects<[MemRead, MemWrite]>, IsolatedFromAbove]> {
  let summary = "the state that the first count rows reach whatever their keys are: `tile.state_bound` on buffers";
  let description = [{
    Region `score` yields the lower bound in base 2.

    Constraints:
    1. row_head and row_position are i32 [R], row_norms, maximum and sum f32 [R], R a multiple of width.
    2. key_norms is f32 [2, blocks].
    3. nearest takes (i32, i32, i32, i32, i32, params…) and yields one i32, score takes (f32, i32, i32, i32, i32, params…) and yields
       one f32.
    4. regions and params are made of what `tile.score` allows (its constraints 6 and 7) but score modifiers.
  }];
  let arguments = (ins Index:$begin, Index:$end, Index:$key_base, Index:$batch, AnyMemRef:$row_head, AnyMemRef:$row_position,
                       Index:$count, AnyMemRef:$row_norms, AnyMemRef:$key_norms, AnyMemRef:$maximum, AnyMemRef:$sum,
                       Variadic<AnyType>:$params, UnitAttr:$uniform_head, I64Attr:$head_offset, CPU_MicrokernelAttrInterface:$schedule);
  let regions = (region SizedRegion<1>:$nearest, SizedRegion<1>:$score);
  let assemblyFormat = [{
    `keys` $begin `to` $end `base` $key_base `batch` $batch `rows` `(` $row_head `,` $row_position `)` `count` $count
    `norms` `(` $row_norms `,` $key_norms `)` `into` $maximum `,` $sum (`params` `(` $params^ `:` type($params) `)`)?
    `schedule` `(` $schedule `)` attr-dict-with-keyword `:` type($row_head) `,` type($row_position) `,` type($row_norms) `,` type($key_norms) `,`
    type($maximum) `,` type($sum) `nearest` $nearest `score` $score }];
  let hasRegionVerifier = 1;
  let extraClassDeclaration = [{
    tile::NearestArguments getNearestArguments() { return tile::NearestArguments(getNearest().front()); }
    tile::PairBoundArguments getScoreArguments() { return tile::PairBoundArguments(getScore().front()); }
  }];
}

def CPU_SkipRangeOp : CPU_Op<"skip_range", [MemoryEffects<[MemRead, MemWrite]>, IsolatedFromAbove, AttrSizedOperandSegments]> {
  let summary = "what remains of a range of keys where its far end is negligible: `tile.skip_range` on buffers";
  let description = [{
    Keys are skipped from lo on in whole tiles of `step` keys, with `right` from hi on. `ends` receives the new lo, or hi, of each
    group among the first `count` rows; the result is that of all of them that have keys left. Where `seen` is given, a group's own
    range ends before key seen[group], with `right` begins at it, in whole tiles too: it has visited the others. The vectors of rows of a group are compared one after the
    other: first with the range that the ones before are satisfied with, then, if that is too much, by bisection. A range that is part
    of one that was compared needs no comparison of its own, so every row is satisfied with the result, however its bound is rounded.

    The body takes (limit, batch, head, query position, first and last key position, params…) like `tile.skip_range` and yields the upper
    bound in base 2. With `uniform_head` all rows are of one head.

    Constraints:
    1. row_head and row_position are i32 [R], maximum, sum and row_norms f32 [R], R a multiple of width.
    2. key_norms is f32 [2, blocks], ends and seen i32 [R / G], rounded up.
    3. the body takes (f32, i32, i32, i32, i32, i32, params…) and yields one f32.
    4. body and params are made of what `tile.score` allows (its constraints 6 and 7) but score modifiers.
    5. step is in 1 … 2^24-1.
  }];
  let arguments = (ins Index:$lo, Index:$hi, Index:$keys, Index:$key_base, Index:$batch, AnyMemRef:$row_head,
                       AnyMemRef:$row_position, Index:$count, AnyMemRef:$maximum, AnyMemRef:$sum, AnyMemRef:$row_norms,
                       AnyMemRef:$key_norms, AnyMemRef:$ends, Optional<AnyMemRef>:$seen, Variadic<AnyType>:$params, I64Attr:$step, UnitAttr:$right, UnitAttr:$uniform_head,
                       I64Attr:$head_offset, CPU_MicrokernelAttrInterface:$schedule);
  let results = (outs Index:$result);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{
    (`right` $right^)? $lo `to` $hi `step` $step `of` $keys `base` $key_base `batch` $batch `rows` `(` $row_head `,` $row_position `)` `count` $count
    `state` `(` $maximum `,` $sum `)` `norms` `(` $row_norms `,` $key_norms `)` `ends` $ends (`seen` `(` $seen^ `:` type($seen) `)`)? (`params` `(` $params^ `:` type($params) `)`)?
    `schedule` `(` $schedule `)` attr-dict-with-keyword `:` type($row_head) `,` type($row_position) `,` type($maximum) `,` type($sum) `,`
    type($row_norms) `,` type($key_norms) `,` type($ends) $body }];
  let hasRegionVerifier = 1;
  let extraClassDeclaration = [{
    tile::RangeBoundArguments getBoundArguments() { return tile::RangeBoundArguments(getBody().front()); }
  }];
}

def CPU_Exp2Op : CPU_Op<"exp2", [Pure, AllTypesMatch<["x", "result"]>]> {
  let summary = "2^x as a softmax needs it";
  let description = [{
    For x ≤ 127: within 3 units in the last place, and exact where x is an integer; 0 where x ≤ -127, NaN where x is NaN. `math.exp2`
    is within 1, knows all of float32, and costs twice as much. `convert-cpu-to-vector` makes it, `expand-math`
    expands it for the processor.
  }];
  let arguments = (ins VectorOfRankAndType<[1], [F32]>:$x);
  let results = (outs VectorOfRankAndType<[1], [F32]>:$result);
  let assemblyFormat = "$x attr-dict `:` type($x)";
}

#endif
