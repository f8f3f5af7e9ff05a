// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The pipeline part of the schedule level: what a thread block of an accelerator brings into shared memory, and when.
#ifndef CAMBER_PIPELINE_OPS
#define CAMBER_PIPELINE_OPS

include "mlir/IR/OpBase.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "../Tile/TileBase.td"

def Pipeline_Dialect : Dialect {
  let name = "pipeline";
  let cppNamespace = "::camber::pipeline";
  let summary = "Attention on an accelerator: asynchronous copies into shared memory, and when they are waited for";
  let description = [{
    A thread block computes what a program of `tile.kernel` does: one row block of one (batch, kv head) and key split. Its
    warps share the rows; `!tile.tile` values are fragments in their registers, and `tile.score`, which works on them, stays. What this
    dialect adds is memory and order. Scores are in base 2 (`base2` of `tile.score`), without masks beside them.

    | op | does |
    |---|---|
    | `pipeline.ring` | shared memory for a number of stages, each with the keys or values of a tile, or the rows |
    | `pipeline.stage` | one stage of a ring, counted round |
    | `pipeline.acquire`, `pipeline.release` | a stage may be copied into again; its readers are done with it |
    | `pipeline.copy_rows`, `pipeline.copy_keys` | begin a copy from global memory into a stage |
    | `pipeline.commit` | what was begun to be copied into a stage is a token |
    | `pipeline.wait` | until the copies and products that tokens stand for have ended, those of this thread |
    | `pipeline.barrier` | until all threads of the block have come here |
    | `pipeline.dot`, `pipeline.accumulate` | products of fragments with what is in a stage |
    | `pipeline.softmax_update` | the online softmax, on scores that still lack a factor and an offset |
    | `pipeline.table`, `pipeline.tabulate`, `pipeline.entry` | shared memory for a function of the distance, its entries, and one of them |
    | `pipeline.row_values`, `pipeline.row_offsets` | what is the same for all keys: slopes of lines, and where they stand at a tile |
    | `pipeline.row_norms`, `pipeline.key_norms` | norms, where keys that do not matter are skipped |
    | `pipeline.epilogue`, `pipeline.combine` | results, and what they are combined from where keys are split |

    A stage may be read once every thread has waited for its token and a barrier followed, and copied into again once its readers
    have released it and a barrier followed. To copy is to acquire, copy and commit:

    ```text
      copy K(0)
      loop over tiles t:   wait K(t), barrier             copy V(t)       scores = Q · K(t)ᵀ
                           wait V(t), scores, barrier     release K(t)    copy K(t+1)     softmax;  output += P · V(t)
                           wait output                    release V(t)
    ```
  }];
  let dependentDialects = ["::camber::tile::TileDialect"];
  let useDefaultTypePrinterParser = 1;
  let useDefaultAttributePrinterParser = 1;
  let hasOperationAttrVerify = 1; // there are no attributes pipeline.…
}

def Pipeline_SharedMemory : Resource<"::camber::pipeline::SharedMemory">;
def Pipeline_SharedAlloc : MemAlloc<Pipeline_SharedMemory>;
def Pipeline_SharedRead : MemRead<Pipeline_SharedMemory>;
def Pipeline_SharedWrite : MemWrite<Pipeline_SharedMemory>;

class Pipeline_Op<string mnemonic, list<Trait> traits = []> : Op<Pipeline_Dialect, mnemonic, traits>;

class Pipeline_Buffer<string name, string typeMnemonic> : TypeDef<Pipeline_Dialect, name> {
  let mnemonic = typeMnemonic;
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
}

def Pipeline_RingType : Pipeline_Buffer<"Ring", "ring"> {
  let summary = "stages of rows × columns elements in shared memory: !pipeline.ring<2 x 64x128xf16>";
  let description = [{
    Constraints:
    1. stages is in 1 … 8, rows and columns are in 1 … 2^24-1.
    2. elements are f32, f16 or bf16, and a row is a multiple of 16 bytes: what one asynchronous copy moves.
  }];
  let parameters = (ins "int64_t":$stages, "int64_t":$rows, "int64_t":$columns, "::mlir::Type":$elementType);
}

def Pipeline_StageType : Pipeline_Buffer<"Stage", "stage"> {
  let summary = "one stage of a ring: !pipeline.stage<64x128xf16>";
  let description = [{
    Constraints: those of a ring.
  }];
  let parameters = (ins "int64_t":$rows, "int64_t":$columns, "::mlir::Type":$elementType);
}

def Pipeline_TokenType : TypeDef<Pipeline_Dialect, "Token"> {
  let mnemonic = "token";
  let summary = "the end of asynchronous copies, or of a product";
}

def Pipeline_ScheduleAttr : AttrDef<Pipeline_Dialect, "Schedule"> {
  let mnemonic = "schedule";
  let summary = "how the warps of a block divide its work, how far copies run ahead, and what is a loop";
  let description = [{
    `warps` divide the rows of a block; a warp has multiples of 16 rows. Keys and values have rings of `key_stages` and
    `value_stages`. Products of rows and keys are a loop whose body has `k_unroll` lines of 128 bytes of a row, where a row has
    twice as many or more, and what is left of the row after it; 0: no loop, all of them one after the other. A loop is less code
    and needs fewer registers; without one, more loads are on their way.

    Constraints:
    1. warps is in 1 … 16.
    2. key_stages and value_stages are in 1 … 8.
    3. k_unroll is in 0 … 8.
  }];
  let parameters = (ins "int64_t":$warps, DefaultValuedParameter<"int64_t", "1">:$key_stages,
                        DefaultValuedParameter<"int64_t", "1">:$value_stages,
                        DefaultValuedParameter<"int64_t", "0">:$k_unroll);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
}

def Pipeline_ProgramIdOp : Pipeline_Op<"program_id", [Pure]> {
  let summary = "what the running thread block computes: batch, kv head, rows and key split, from its place in the grid";
  let description = [{
    The grid is (row blocks, kv heads, batch · splits). Row blocks are ⌈Lq / rows⌉ of each query head of the group, the heads
    of a block of queries one after the other, or, if the geometry is packed, ⌈group · Lq / rows⌉. The last row blocks come first:
    under a causal mask they have the most keys.

    ```mlir
    func.func @block(%q_len: index, %splits: index) -> index {
      %batch, %kv_head, %rows, %split = pipeline.program_id q_len %q_len splits %splits
        <heads = 8, kv_heads = 4, head_dim = 64, rows = 64, keys = 32, packed = true> : <64>
      return %batch : index
    }
    ```
  }];
  let arguments = (ins Index:$q_len, Index:$splits, Tile_GeometryAttr:$geometry);
  let results = (outs Index:$batch, Index:$kv_head, Tile_RowsType:$rows, Index:$split);
  let assemblyFormat = "`q_len` $q_len `splits` $splits $geometry attr-dict `:` type($rows)";
  let hasVerifier = 1;
}

def Pipeline_RingOp : Pipeline_Op<"ring", [MemoryEffects<[Pipeline_SharedAlloc]>]> {
  let summary = "reserves shared memory";
  let description = [{
    ```mlir
    func.func @reserve() {
      %keys = pipeline.ring : <2 x 32x64xf16>
      return
    }
    ```
  }];
  let results = (outs Pipeline_RingType:$ring);
  let assemblyFormat = "attr-dict `:` type($ring)";
}

def Pipeline_StageOp : Pipeline_Op<"stage", [Pure]> {
  let summary = "stage `number` mod stages of a ring";
  let description = [{
    Constraints:
    1. the stage has rows, columns and elements of the ring.

    ```mlir
    func.func @stage(%ring: !pipeline.ring<2 x 32x64xf16>, %tile: index) -> !pipeline.stage<32x64xf16> {
      %stage = pipeline.stage %ring[%tile] : <2 x 32x64xf16> -> <32x64xf16>
      return %stage : !pipeline.stage<32x64xf16>
    }
    ```
  }];
  let arguments = (ins Pipeline_RingType:$ring, Index:$number);
  let results = (outs Pipeline_StageType:$stage);
  let assemblyFormat = "$ring `[` $number `]` attr-dict `:` type($ring) `->` type($stage)";
  let hasVerifier = 1;
}

def Pipeline_AcquireOp : Pipeline_Op<"acquire", [MemoryEffects<[Pipeline_SharedRead, Pipeline_SharedWrite]>]> {
  let summary = "the producer of a stage: until those who read what it held have released it";
  let description = [{
    Where all threads copy and read, as the barrier between the last `pipeline.release` and this has them do, nothing is left to wait
    for. Where one group of threads copies for another, it waits here.

    ```mlir
    func.func @copy(%k: memref<1x1x64x64xf16>, %stage: !pipeline.stage<64x64xf16>, %n: index) {
      pipeline.acquire %stage : <64x64xf16>
      pipeline.copy_keys %k[%n, %n, %n] count %n to %stage : memref<1x1x64x64xf16> -> <64x64xf16>
      %token = pipeline.commit %stage : <64x64xf16>
      pipeline.wait %token
      pipeline.barrier
      %norms = pipeline.row_norms %stage : <64x64xf16> -> <64xf32>
      pipeline.release %stage : <64x64xf16>
      return
    }
    ```
  }];
  let arguments = (ins Pipeline_StageType:$stage);
  let assemblyFormat = "$stage attr-dict `:` type($stage)";
}

def Pipeline_CommitOp : Pipeline_Op<"commit", [MemoryEffects<[Pipeline_SharedRead, Pipeline_SharedWrite]>]> {
  let summary = "the producer of a stage: what it has begun to copy there is one token";
  let description = [{
    Copies of a thread since its last commit belong to this one.

    ```mlir
    func.func @queries(%q: memref<2x8x100x64xf16>, %batch: index, %rows: !tile.rows<64>, %stage: !pipeline.stage<64x64xf16>) {
      pipeline.acquire %stage : <64x64xf16>
      pipeline.copy_rows %q[%batch, %rows] to %stage : memref<2x8x100x64xf16>, <64> -> <64x64xf16>
      %token = pipeline.commit %stage : <64x64xf16>
      return
    }
    ```
  }];
  let arguments = (ins Pipeline_StageType:$stage);
  let results = (outs Pipeline_TokenType:$token);
  let assemblyFormat = "$stage attr-dict `:` type($stage)";
}

def Pipeline_ReleaseOp : Pipeline_Op<"release", [MemoryEffects<[Pipeline_SharedRead, Pipeline_SharedWrite]>]> {
  let summary = "a consumer of a stage: it has read what it needs of it";
  let description = [{
    Products that read the stage have completed: they were waited for.

    ```mlir
    func.func @scores(%rows: !pipeline.stage<64x64xf16>, %keys: !pipeline.stage<32x64xf16>) -> !tile.tile<64x32xf32> {
      %scores, %done = pipeline.dot %rows, %keys scale 0.125 : <64x64xf16>, <32x64xf16> -> <64x32xf32>
      pipeline.wait %done
      pipeline.release %keys : <32x64xf16>
      return %scores : !tile.tile<64x32xf32>
    }
    ```
  }];
  let arguments = (ins Pipeline_StageType:$stage);
  let assemblyFormat = "$stage attr-dict `:` type($stage)";
}

def Pipeline_CopyRowsOp : Pipeline_Op<"copy_rows", [MemoryEffects<[MemRead, Pipeline_SharedWrite]>]> {
  let summary = "begins to copy the queries of a block into a stage; rows past the last one become zeros";
  let description = [{
    Constraints:
    1. source is [B,H,Lq,D]; the stage [R,D] of its elements, R the block's rows.

    ```mlir
    func.func @queries(%q: memref<2x8x100x64xf16>, %batch: index, %rows: !tile.rows<64>, %stage: !pipeline.stage<64x64xf16>) {
      pipeline.acquire %stage : <64x64xf16>
      pipeline.copy_rows %q[%batch, %rows] to %stage : memref<2x8x100x64xf16>, <64> -> <64x64xf16>
      %token = pipeline.commit %stage : <64x64xf16>
      return
    }
    ```
  }];
  let arguments = (ins AnyMemRef:$source, Index:$batch, Tile_RowsType:$rows, Pipeline_StageType:$stage);
  let assemblyFormat = "$source `[` $batch `,` $rows `]` `to` $stage attr-dict `:` type($source) `,` type($rows) `->` type($stage)";
  let hasVerifier = 1;
}

def Pipeline_CopyKeysOp : Pipeline_Op<"copy_keys", [MemoryEffects<[MemRead, Pipeline_SharedWrite]>]> {
  let summary = "begins to copy `count` keys or values from `first` on into a stage; rows past them become zeros";
  let description = [{
    Nothing past the count is read. A count of 0 or less copies nothing and fills the stage with zeros.

    Constraints:
    1. source is [B,Hkv,Lk,D], the stage [T,D] of its elements.

    ```mlir
    func.func @keys(%k: memref<2x4x100x64xf16>, %n: index, %stage: !pipeline.stage<32x64xf16>) {
      pipeline.copy_keys %k[%n, %n, %n] count %n to %stage : memref<2x4x100x64xf16> -> <32x64xf16>
      %token = pipeline.commit %stage : <32x64xf16>
      pipeline.wait %token
      pipeline.barrier
      return
    }
    ```
  }];
  let arguments = (ins AnyMemRef:$source, Index:$batch, Index:$kv_head, Index:$first, Index:$count, Pipeline_StageType:$stage);
  let assemblyFormat = "$source `[` $batch `,` $kv_head `,` $first `]` `count` $count `to` $stage attr-dict `:` type($source) `->` type($stage)";
  let hasVerifier = 1;
}

def Pipeline_WaitOp : Pipeline_Op<"wait", [MemoryEffects<[Pipeline_SharedRead, Pipeline_SharedWrite]>]> {
  let summary = "waits for the copies and products that this thread has begun and the tokens stand for";
  let description = [{
    Copies end in the order in which they began, so this waits for all that began before the last of the tokens; products likewise.

    ```mlir
    func.func @keys(%k: memref<2x4x100x64xf16>, %n: index, %stage: !pipeline.stage<32x64xf16>) {
      pipeline.copy_keys %k[%n, %n, %n] count %n to %stage : memref<2x4x100x64xf16> -> <32x64xf16>
      %token = pipeline.commit %stage : <32x64xf16>
      pipeline.wait %token
      pipeline.barrier
      return
    }
    ```
  }];
  let arguments = (ins Variadic<Pipeline_TokenType>:$tokens);
  let assemblyFormat = "$tokens attr-dict";
}

def Pipeline_BarrierOp : Pipeline_Op<"barrier", [MemoryEffects<[Pipeline_SharedRead, Pipeline_SharedWrite]>]> {
  let summary = "waits for all threads of the block; what they wrote to shared memory is seen by all";
  let description = [{
    ```mlir
    func.func @keys(%k: memref<2x4x100x64xf16>, %n: index, %stage: !pipeline.stage<32x64xf16>) {
      pipeline.copy_keys %k[%n, %n, %n] count %n to %stage : memref<2x4x100x64xf16> -> <32x64xf16>
      %token = pipeline.commit %stage : <32x64xf16>
      pipeline.wait %token
      pipeline.barrier
      return
    }
    ```
  }];
  let assemblyFormat = "attr-dict";
}

def Pipeline_DotOp : Pipeline_Op<"dot", [MemoryEffects<[Pipeline_SharedRead]>]> {
  let summary = "scale · (rows · keysᵀ + line · column): the raw scores of a tile, [R,T]";
  let description = [{
    The scores are there once `done` was waited for, and rows and keys are read until then. Column is the number of a key in the
    tile, 0 … T-1. A line costs nothing: products are added to it instead of to zero, in float32.

    Constraints:
    1. rows [R,D] and keys [T,D] of the same elements, scores [R,T], line [R].
    2. scale is finite in float32.
    3. a line needs elements of 16 bits: products of float32 begin at zero, for their sums are cut off.

    ```mlir
    func.func @scores(%rows: !pipeline.stage<64x64xf16>, %keys: !pipeline.stage<32x64xf16>) -> !tile.tile<64x32xf32> {
      %scores, %done = pipeline.dot %rows, %keys scale 0.125 : <64x64xf16>, <32x64xf16> -> <64x32xf32>
      pipeline.wait %done
      pipeline.release %keys : <32x64xf16>
      return %scores : !tile.tile<64x32xf32>
    }
    ```
  }];
  let arguments = (ins Pipeline_StageType:$rows, Pipeline_StageType:$keys, Optional<Tile_TileType>:$line,
                       DefaultValuedAttr<F64Attr, "1.0">:$scale);
  let results = (outs Tile_TileType:$scores, Pipeline_TokenType:$done);
  let assemblyFormat = [{ $rows `,` $keys (`line` `(` $line^ `:` type($line) `)`)? (`scale` $scale^)? attr-dict `:` type($rows) `,` type($keys) `->`
    type($scores) }];
  let hasVerifier = 1;
}

def Pipeline_SoftmaxUpdateOp : Pipeline_Op<"softmax_update", [Pure]> {
  let summary = "tile.softmax_update of the scores scale · s + offset";
  let description = [{
    A factor above 0 and what is the same for all keys of a row change neither which score is the largest nor, where the exponent is
    one FMA, what an exponential costs.

    Constraints:
    1. scores and p [R,T]; maximum, sum, their new values, rescale and offset [R].
    2. scale is above 0 and finite in float32.

    ```mlir
    func.func @softmax(%scores: !tile.tile<64x32xf32>, %m: !tile.tile<64xf32>, %l: !tile.tile<64xf32>) -> !tile.tile<64x32xf32> {
      %p, %new_m, %new_l, %rescale = pipeline.softmax_update %scores, %m, %l scale 1.4426950408889634
        : <64x32xf32>, <64xf32>, <64xf32> -> <64x32xf32>, <64xf32>, <64xf32>, <64xf32>
      return %p : !tile.tile<64x32xf32>
    }
    ```
  }];
  let arguments = (ins Tile_TileType:$scores, Tile_TileType:$maximum, Tile_TileType:$sum, Optional<Tile_TileType>:$offset,
                       DefaultValuedAttr<F64Attr, "1.0">:$scale);
  let results = (outs Tile_TileType:$p, Tile_TileType:$new_maximum, Tile_TileType:$new_sum, Tile_TileType:$rescale);
  let assemblyFormat = [{ $scores `,` $maximum `,` $sum (`offset` `(` $offset^ `:` type($offset) `)`)? (`scale` $scale^)? attr-dict `:`
    type($scores) `,` type($maximum) `,` type($sum) `->` type($p) `,` type($new_maximum) `,` type($new_sum) `,` type($rescale) }];
  let hasVerifier = 1;
}

def Pipeline_RowValuesOp : Pipeline_Op<"row_values", [
    SingleBlockImplicitTerminator<"::camber::tile::YieldOp">, Tile_EffectsOfRegions, IsolatedFromAbove]> {
  let summary = "what the region yields for each row of a block, [R]";
  let description = [{
    Region arguments: batch and head (i32), then params. What is added to scores, or multiplies them, is in base 2 as they are.

    Constraints:
    1. the region takes (i32, i32, params…) and yields one f32.
    2. values are [R] for R rows.
    3. region and params are made of what `tile.score` allows (its constraints 6 and 7) but score modifiers, which are in
       natural units.

    ```mlir
    func.func @slopes(%rows: !tile.rows<64>, %batch: index, %slope: f32) -> !tile.tile<64xf32> {
      %slopes = pipeline.row_values %rows batch %batch params(%slope : f32) : <64> -> <64xf32> {
      ^bb0(%b: i32, %h: i32, %x: f32):
        tile.yield %x : f32
      }
      return %slopes : !tile.tile<64xf32>
    }
    ```
  }];
  let arguments = (ins Tile_RowsType:$rows, Index:$batch, Variadic<AnyType>:$params);
  let results = (outs Tile_TileType:$values);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{ $rows `batch` $batch (`params` `(` $params^ `:` type($params) `)`)? attr-dict-with-keyword `:` type($rows) `->`
    type($values) $body }];
  let hasRegionVerifier = 1;
  let extraClassDeclaration = [{
    tile::RowArguments getRowArguments() { return tile::RowArguments(getBody().front()); }
  }];
}

def Pipeline_RowOffsetsOp : Pipeline_Op<"row_offsets", [Pure, AllTypesMatch<["slopes", "offsets"]>]> {
  let summary = "slope · (position of `first_key` - position of the row)";
  let description = [{
    Positions are index + base, as those of `tile.score`.

    Constraints:
    1. slopes and offsets are [R] for R rows.

    ```mlir
    func.func @offsets(%slopes: !tile.tile<64xf32>, %rows: !tile.rows<64>, %n: index) -> !tile.tile<64xf32> {
      %offsets = pipeline.row_offsets %slopes rows %rows query_base %n keys %n key_base %n : <64xf32>, <64>
      return %offsets : !tile.tile<64xf32>
    }
    ```
  }];
  let arguments = (ins Tile_TileType:$slopes, Tile_RowsType:$rows, Index:$query_base, Index:$first_key, Index:$key_base);
  let results = (outs Tile_TileType:$offsets);
  let assemblyFormat = [{ $slopes `rows` $rows `query_base` $query_base `keys` $first_key `key_base` $key_base attr-dict `:` type($slopes) `,`
    type($rows) }];
  let hasVerifier = 1;
}

def Pipeline_TableOp : Pipeline_Op<"table", [MemoryEffects<[Pipeline_SharedAlloc]>]> {
  let summary = "reserves shared memory for the entries of a table";
  let description = [{
    Constraints:
    1. the table is a memref of f32 of one static dimension in memory space 3, shared memory.

    ```mlir
    func.func @reserve() {
      %table = pipeline.table : memref<96xf32, 3>
      return
    }
    ```
  }];
  let results = (outs AnyMemRef:$table);
  let assemblyFormat = "attr-dict `:` type($table)";
  let hasVerifier = 1;
}

def Pipeline_TabulateOp : Pipeline_Op<"tabulate", [
    MemoryEffects<[MemRead, Pipeline_SharedWrite]>, SingleBlockImplicitTerminator<"::camber::tile::YieldOp">, IsolatedFromAbove]> {
  let summary = "evaluates a function of (head, distance) once for all pairs of a tile that share them";
  let description = [{
    Region arguments: batch, head, distance (i32), then params. R consecutive rows of one head and T keys meet at R + T - 1 distances,

    ```text
      table[e] = f(batch, head, least + e)      least = position of the first key - position of the last row
    ```

    The head is that of all rows of the block (`tile.block_head`).

    The threads of a block compute an entry each; a barrier is between this and whoever reads the table.

    Constraints:
    1. the table is that of `pipeline.table`.
    2. the region takes (i32, i32, i32, params…) and yields one f32.
    3. region and params are made of what `tile.score` allows (its constraints 6 and 7) but score modifiers, which are in
       natural units.

    ```mlir
    func.func @distances(%table: memref<96xf32, 3>, %least: i32, %batch: index, %head: i32) {
      pipeline.tabulate %table from %least batch %batch head %head : memref<96xf32, 3> {
      ^bb0(%b: i32, %h: i32, %distance: i32):
        %x = arith.sitofp %distance : i32 to f32
        tile.yield %x : f32
      }
      return
    }
    ```
  }];
  let arguments = (ins AnyMemRef:$table, I32:$least, Index:$batch, I32:$head, Variadic<AnyType>:$params);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{ $table `from` $least `batch` $batch `head` $head (`params` `(` $params^ `:` type($params) `)`)? attr-dict-with-keyword `:`
    type($table) $body }];
  let hasRegionVerifier = 1;
  let extraClassDeclaration = [{
    tile::DistanceArguments getFunctionArguments() { return tile::DistanceArguments(getBody().front()); }
  }];
}

def Pipeline_EntryOp : Pipeline_Op<"entry", [MemoryEffects<[Pipeline_SharedRead]>, Tile_InScoreBody]> {
  let summary = "table[key - query - least], in a score body";
  let description = [{
    Constraints:
    1. the table is that of `pipeline.table`.
    2. the op is in a `tile.score`, and table and least are params of it.
    3. query and key are the positions that the score body is given.

    ```mlir
    func.func @bias(%s: !tile.tile<64x32xf32>, %rows: !tile.rows<64>, %n: index, %table: memref<96xf32, 3>, %least: i32) -> !tile.tile<64x32xf32> {
      %0 = tile.score %s rows %rows batch %n kv_head %n query_base %n keys %n key_base %n
          params(%table, %least : memref<96xf32, 3>, i32) base2 : !tile.tile<64x32xf32>, !tile.rows<64> -> !tile.tile<64x32xf32> {
      ^bb0(%score: f32, %b: i32, %h: i32, %p: i32, %j: i32, %query: i32, %key: i32, %t: memref<96xf32, 3>, %from: i32):
        %entry = pipeline.entry %t from %from at(%p, %j) : memref<96xf32, 3>
        %sum = arith.addf %score, %entry : f32
        tile.yield %sum : f32
      }
      return %0 : !tile.tile<64x32xf32>
    }
    ```
  }];
  let arguments = (ins AnyMemRef:$table, I32:$least, I32:$query, I32:$key);
  let results = (outs F32:$entry);
  let assemblyFormat = "$table `from` $least `at` `(` $query `,` $key `)` attr-dict `:` type($table)";
  let hasVerifier = 1;
}

def Pipeline_AccumulateOp : Pipeline_Op<"accumulate", [MemoryEffects<[Pipeline_SharedRead]>, AllTypesMatch<["output", "result"]>]> {
  let summary = "output · rescale + p · values, p rounded to the elements of the values";
  let description = [{
    The result is there once `done` was waited for, and values are read until then.

    Constraints:
    1. p [R,T], values [T,D], output and result [R,D], rescale [R].

    ```mlir
    func.func @output(%p: !tile.tile<64x32xf32>, %values: !pipeline.stage<32x64xf16>, %o: !tile.tile<64x64xf32>,
                      %rescale: !tile.tile<64xf32>) -> !tile.tile<64x64xf32> {
      %sum, %done = pipeline.accumulate %p, %values into %o rescale %rescale : <64x32xf32>, <32x64xf16>, <64x64xf32>, <64xf32>
      pipeline.wait %done
      return %sum : !tile.tile<64x64xf32>
    }
    ```
  }];
  let arguments = (ins Tile_TileType:$p, Pipeline_StageType:$values, Tile_TileType:$output, Tile_TileType:$rescale);
  let results = (outs Tile_TileType:$result, Pipeline_TokenType:$done);
  let assemblyFormat = "$p `,` $values `into` $output `rescale` $rescale attr-dict `:` type($p) `,` type($values) `,` type($output) `,` type($rescale)";
  let hasVerifier = 1;
}

def Pipeline_MaskTailOp : Pipeline_Op<"mask_tail", [Pure, AllTypesMatch<["scores", "result"]>]> {
  let summary = "the scores of the first `count` keys of a tile; those of keys that are not there become -∞";
  let description = [{
    ```mlir
    func.func @tail(%scores: !tile.tile<64x32xf32>, %count: index) -> !tile.tile<64x32xf32> {
      %0 = pipeline.mask_tail %scores count %count : <64x32xf32>
      return %0 : !tile.tile<64x32xf32>
    }
    ```
  }];
  let arguments = (ins Tile_TileType:$scores, Index:$count);
  let results = (outs Tile_TileType:$result);
  let assemblyFormat = "$scores `count` $count attr-dict `:` type($scores)";
}

def Pipeline_RowNormsOp : Pipeline_Op<"row_norms", [MemoryEffects<[Pipeline_SharedRead]>]> {
  let summary = "tile.row_norms of the rows in a stage";
  let description = [{
    Constraints:
    1. stage [R,D], norms [R].

    ```mlir
    func.func @norms(%rows: !pipeline.stage<64x64xf16>) -> !tile.tile<64xf32> {
      %norms = pipeline.row_norms %rows : <64x64xf16> -> <64xf32>
      return %norms : !tile.tile<64xf32>
    }
    ```
  }];
  let arguments = (ins Pipeline_StageType:$rows);
  let results = (outs Tile_TileType:$norms);
  let assemblyFormat = "$rows attr-dict `:` type($rows) `->` type($norms)";
  let hasVerifier = 1;
}

def Pipeline_KeyNormsOp : Pipeline_Op<"key_norms", [MemoryEffects<[MemRead, MemWrite]>]> {
  let summary = "tile.key_norms of one batch and kv head, by all threads of a block";
  let description = [{
    Constraints:
    1. source is [B,Hkv,Lk,D] of f32, f16 or bf16 with a static D.
    2. norms is a memref [2, ?] of f32.
    3. given is a memref [B,Hkv,blocks] of f32.

    ```mlir
    func.func @norms(%k: memref<2x8x100x128xf16>, %n: index, %norms: memref<2x?xf32>) {
      pipeline.key_norms %k[%n, %n] keys %n to %n into %norms : memref<2x8x100x128xf16>, memref<2x?xf32>
      return
    }
    ```
  }];
  let arguments = (ins AnyMemRef:$source, Index:$batch, Index:$kv_head, Index:$begin, Index:$end, AnyMemRef:$norms,
                       Optional<AnyMemRef>:$given);
  let assemblyFormat = [{ $source `[` $batch `,` $kv_head `]` `keys` $begin `to` $end `into` $norms (`given` `(` $given^ `:` type($given) `)`)?
    attr-dict `:` type($source) `,` type($norms) }];
  let hasVerifier = 1;
}

def Pipeline_EpilogueOp : Pipeline_Op<"epilogue", [MemoryEffects<[MemRead, MemWrite]>]> {
  let summary = "stores the rows of a block as tile.epilogue does; partial results, where there are several splits, into `partials`";
  let description = [{
    `partials` is f32: for each row block and split, in the order of the grid (batch, kv head, row block, split), the output [R,D]
    followed by maximum + log2 sum [R].

    Constraints:
    1. for R rows: maximum [R], sum [R], output [R,D].
    2. the destination is [B,H,Lq,D] of f32, f16 or bf16, lse [B,H,Lq] of f32, partials f32 of rank 1.

    ```mlir
    func.func @store(%rows: !tile.rows<64>, %n: index, %m: !tile.tile<64xf32>, %l: !tile.tile<64xf32>, %out: !tile.tile<64x64xf32>,
                     %o: memref<2x8x100x64xf16>, %partials: memref<?xf32>) {
      pipeline.epilogue %rows batch %n kv_head %n split %n of %n state(%m, %l, %out : <64xf32>, <64xf32>, <64x64xf32>)
        outs(%o : memref<2x8x100x64xf16>) partials(%partials : memref<?xf32>) : <64>
      return
    }
    ```
  }];
  let arguments = (ins Tile_RowsType:$rows, Index:$batch, Index:$kv_head, Index:$split, Index:$splits, Tile_TileType:$maximum,
                       Tile_TileType:$sum, Tile_TileType:$output, AnyMemRef:$destination, Optional<AnyMemRef>:$lse,
                       AnyMemRef:$partials);
  let assemblyFormat = [{ $rows `batch` $batch `kv_head` $kv_head `split` $split `of` $splits `state` `(` $maximum `,` $sum `,` $output `:`
    type($maximum) `,` type($sum) `,` type($output) `)` `outs` `(` $destination `:` type($destination) `)`
    (`lse` `(` $lse^ `:` type($lse) `)`)? `partials` `(` $partials `:` type($partials) `)` attr-dict `:` type($rows) }];
  let hasVerifier = 1;
}

def Pipeline_CombineOp : Pipeline_Op<"combine", [MemoryEffects<[MemRead, MemWrite]>]> {
  let summary = "stores the rows of a block from the partial results of `splits` splits, as pipeline.epilogue left them";
  let description = [{
    Constraints:
    1. the destination is [B,H,Lq,D] of f32, f16 or bf16 with a static D, lse [B,H,Lq] of f32, partials f32 of rank 1.

    ```mlir
    func.func @combine(%rows: !tile.rows<64>, %n: index, %o: memref<2x8x100x64xf16>, %partials: memref<?xf32>) {
      pipeline.combine %rows batch %n kv_head %n splits %n outs(%o : memref<2x8x100x64xf16>) partials(%partials : memref<?xf32>) : <64>
      return
    }
    ```
  }];
  let arguments = (ins Tile_RowsType:$rows, Index:$batch, Index:$kv_head, Index:$splits, AnyMemRef:$destination,
                       Optional<AnyMemRef>:$lse, AnyMemRef:$partials);
  let assemblyFormat = [{ $rows `batch` $batch `kv_head` $kv_head `splits` $splits `outs` `(` $destination `:` type($destination) `)`
    (`lse` `(` $lse^ `:` type($lse) `)`)? `partials` `(` $partials `:` type($partials) `)` attr-dict `:` type($rows) }];
  let hasVerifier = 1;
}

#endif
