// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// From attn to tile, and the passes on tile. Order: convert-attn-to-tile, tile-skip-decayed, tile-fuse-scores, tile-use-base2,
// tile-split-key-ranges, tile-merge-piecewise. A kernel without skipping, ranges or joins is right and slower; conversions refuse one
// without fusion or base 2 by name.
include "mlir/Pass/PassBase.td"

def ConvertAttnToTile : Pass<"convert-attn-to-tile"> {
  let summary = "attention on memrefs to online softmax over key tiles";
  let description = [{
    Needs `attn.attention` on memrefs (`attn-bufferize`). Leaves one `tile.kernel` per attention with a single `tile.for_keys` over
    the keys that masks and key range allow; the score body is carried over as it is, with the masks beside it. The sizes are
    those of the `tile.shape` that the attention carries, otherwise 64 rows, 64 keys and a pack_max of 32. Refuses attention on tensors.

    ```mlir
    // RUN: camber-opt --convert-attn-to-tile
    func.func @kernel(%q: memref<1x8x512x64xf32>, %k: memref<1x8x512x64xf32>, %v: memref<1x8x512x64xf32>,
                      %o: memref<1x8x512x64xf32>) {
      attn.attention query(%q : memref<1x8x512x64xf32>) key(%k : memref<1x8x512x64xf32>) value(%v : memref<1x8x512x64xf32>)
        masks [#attn.causal] outs(%o : memref<1x8x512x64xf32>) scores {
      ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
        attn.yield %s
      }
      return
    }
    ```

    becomes

    ```mlir
    ...
    tile.kernel batch(%batch) q_len(%queries) <heads = 8, kv_heads = 8, head_dim = 64, rows = 64, keys = 64, packed = false> {
    ^bb0(%b: index, %g: index, %rows: !tile.rows<64>, %split: index, %splits: index):
      ...
      %tile = tile.load_rows %q[%b, %g, %rows] ...
      %maximum, %sum, %output = tile.init_state %rows kv_head %g split %split ...
      %state:3 = tile.for_keys %lo to %hi step 64 iter(%maximum, %sum, %output ...
        %keys = tile.load_keys %k[%b, %g, %first] count %count ...
        %dot = tile.dot %tile, %keys ...
        %scores = tile.score %dot rows %rows ... masks [#attn.causal] ...
        tile.softmax_update %scores, ...
        tile.accumulate ...
      tile.epilogue %rows batch %b kv_head %g split %split of %splits state(%state#0, %state#1, %state#2 ...
    ```
  }];
  let dependentDialects = ["::camber::tile::TileDialect", "::mlir::arith::ArithDialect", "::mlir::memref::MemRefDialect"];
}

def SkipDecayed : Pass<"tile-skip-decayed"> {
  let summary = "visit near keys first and skip far ones whose scores have decayed";
  let description = [{
    Where the bias falls without limit with the distance (`ScoreBound::falls`: the modifiers say so, none is known by name), most keys
    of a long sequence have weights that no float32 result can show. The one loop over a program's keys becomes three: `near`, the
    tiles that hold the rows' own positions and one more on either side (`tile.near_range`), then the keys below and above, each from
    where a `tile.skip_range` has found that everything beyond is negligible for what the rows have seen by then. A remark says
    whether and why.

    Where masks alone decide which keys a row sees, and they are an interval (`limitRow` of the mask), the range is narrowed once more,
    before `tile.split_kv` divides it, by what is certain without any state (`tile.state_bound`); another remark says where not.

    Needs what `convert-attn-to-tile` leaves: one `tile.for_keys`, a `tile.key_range` and a `tile.split_kv` per program, with the
    modifiers as the author ordered them; it comes before `tile-fuse-scores`, after which it finds no modifier to ask and leaves
    kernels as they are. Leaves a `side` on each loop, norms of rows
    (`tile.row_norms`) and of keys (`tile.key_norms`), and the bound of the modifiers in `tile.skip_range`. Kernels with few queries are
    left as they are unless the caller keeps the norms (`key_norms`): to compute them reads every key, as much as the rows
    themselves do; where the number of queries is known only at run time, all keys are near if it is small. Refuses nothing: programs
    of another form, and scores that do not rescale, stay as they are.

    ```mlir
    // RUN: camber-opt --convert-attn-to-tile --tile-skip-decayed
    func.func @kernel(%q: memref<1x8x512x64xf32>, %k: memref<1x8x512x64xf32>, %v: memref<1x8x512x64xf32>,
                      %o: memref<1x8x512x64xf32>) {
      attn.attention query(%q : memref<1x8x512x64xf32>) key(%k : memref<1x8x512x64xf32>) value(%v : memref<1x8x512x64xf32>)
        masks [#attn.causal] outs(%o : memref<1x8x512x64xf32>) scores {
      ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
        %0 = attn.alibi %s at(%h, %p, %j) {heads = 8}
        attn.yield %0
      }
      return
    }
    ```

    becomes

    ```mlir
    ...
      %row_norms = tile.row_norms %tile ...
      %key_norms = tile.key_norms %k[%b, %g] keys ...
      ...
      %begin, %last = tile.split_kv ...
      %end = arith.maxsi %begin, %last ...
      %near_lo, %near_hi, %left_hi, %right_lo = tile.near_range %begin to %end step 64 rows ...
      %near:3 = tile.for_keys %near_lo to %near_hi step 64 side(near) iter( ...
      %lo = tile.skip_range left %begin to %left_hi step 64 of %keys rows ... state(%near#0, %near#1 ... norms(%row_norms, %key_norms ...
      ^bb0(%limit: f32, %b2: i32, %h2: i32, %p2: i32, %j0: i32, %j1: i32):
        ...
        tile.yield %bound : f32
      }
      %below:3 = tile.for_keys %lo to %left_hi step 64 side(left) iter(%near#0, ...
      %hi = tile.skip_range right %right_lo to %end step 64 of %keys rows ... state(%below#0, %below#1 ...
      ...
      %above:3 = tile.for_keys %right_lo to %hi step 64 side(right) iter(%below#0, ...
      ...
      tile.epilogue ...
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect"];
  let statistics = [Statistic<"numSkipping", "num-skipping", "Kernels that skip keys">];
}

def FuseScores : Pass<"tile-fuse-scores"> {
  let summary = "score modifiers and masks to their structure";
  let description = [{
    Asks every modifier of a score body to describe itself and replaces the chain by what was composed: a scale, pieces over the
    distance (affine, diagonal or constant), additive terms, distance limits. What describes nothing is expanded to arithmetic,
    and what the score does not depend on is erased, so that it hides no pairs.
    Knows no modifier by name. A remark says which structure was found.

    Needs `tile.score` with modifiers and masks as the author ordered them, in natural units: `tile-use-base2` comes after, and
    refuses to come before. Leaves
    score bodies without score modifiers and masks, of `tile.affine`, `tile.diagonal`, `tile.piecewise`, `tile.visible` and plain
    arithmetic. Refuses nothing: arithmetic of the author stays where it is and ends the structure of what comes before it.

    A scale after ALiBi scales the slope; the mask becomes a limit of the distance:

    ```mlir
    // RUN: camber-opt --tile-fuse-scores
    func.func @scores(%t: !tile.tile<64x64xf32>, %rows: !tile.rows<64>, %i: index, %m: memref<8xf32>) -> !tile.tile<64x64xf32> {
      %0 = tile.score %t rows %rows batch %i kv_head %i query_base %i keys %i key_base %i params(%m : memref<8xf32>)
             masks [#attn.causal] : !tile.tile<64x64xf32>, !tile.rows<64> -> !tile.tile<64x64xf32> {
      ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %query: i32, %key: i32, %slopes: memref<8xf32>):
        %1 = attn.alibi %s at(%h, %p, %j) slopes(%slopes : memref<8xf32>)
        %2 = attn.scale %1, 0.125
        tile.yield %2 : f32
      }
      return %0 : !tile.tile<64x64xf32>
    }
    ```

    becomes

    ```mlir
    ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %query: i32, %key: i32, %slopes: memref<8xf32>):
      %slope = attn.lookup %slopes[%h] : memref<8xf32> -> f32
      ...
      %scaled = arith.mulf %slope, %eighth : f32
      ...
      %line = tile.affine %gained slope %scaled at(%p, %j)
      %visible = tile.visible %line at(%p, %j) max %zero
      tile.yield %visible : f32
    ...
    ```
  }];
  let dependentDialects = ["::camber::tile::TileDialect", "::mlir::arith::ArithDialect", "::mlir::math::MathDialect"];
  let options = [Option<"structure", "structure", "bool", "true", "Use structure; false expands everything, to compare with">];
  let statistics = [Statistic<"numStructured", "num-structured", "Score bodies that are a function of distance and head added to a score">,
                    Statistic<"numOpaque", "num-opaque", "Modifiers that had to be expanded">];
}

def UseBase2 : Pass<"tile-use-base2"> {
  let summary = "fold log2(e) into scales, slopes and tables";
  let description = [{
    The online softmax of the tile dialect is base 2, score bodies are written in natural units. Multiplies the final score by
    log2(e), pushed into slopes, constants, diagonals and the scale of the dot product where the structure allows, else as one
    multiplication.

    Needs score bodies after `tile-fuse-scores`. Leaves every `tile.score`, `tile.skip_range` and `tile.state_bound` `base2`, and each
    factor that was folded with `tile.exact_factor`, its value before rounding. Refuses scores with masks or modifiers, which are
    in natural units; an op that is `base2` already is left alone, so that the pass may run again.

    ```mlir
    // RUN: camber-opt --tile-use-base2
    func.func @scores(%t: !tile.tile<64x64xf32>, %rows: !tile.rows<64>, %i: index, %m: f32) -> !tile.tile<64x64xf32> {
      %0 = tile.score %t rows %rows batch %i kv_head %i query_base %i keys %i key_base %i params(%m : f32)
             : !tile.tile<64x64xf32>, !tile.rows<64> -> !tile.tile<64x64xf32> {
      ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %query: i32, %key: i32, %slope: f32):
        %1 = tile.affine %s slope %slope at(%p, %j)
        tile.yield %1 : f32
      }
      return %0 : !tile.tile<64x64xf32>
    }
    ```

    becomes

    ```mlir
    ... base2 ...
      %s2 = arith.mulf %s, %log2e {tile.exact_factor = 1.4426950408889634 : f64} : f32
      ...
      %slope2 = arith.mulf %slope, %c {tile.exact_factor = 1.4426950408889634 : f64} : f32
      %line = tile.affine %s2 slope %slope2 at(%p, %j)
      tile.yield %line : f32
    ...
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect"];
  let statistics = [Statistic<"numScaled", "num-scaled", "Score bodies scaled by log2(e)">];
}

def SplitKeyRanges : Pass<"tile-split-key-ranges"> {
  let summary = "split loops over keys at the breakpoints of bias and masks";
  let description = [{
    A distance interval between two breakpoints of the score body (mask limits and the breakpoints of `tile.piecewise`) is *pure* for a
    tile if all its pairs fall into it. For rows at positions [p0, p1] and a tile of T keys at [j, j+T):

    ```text
      break t:   ........ all d < t ........ | mixed | ........ all d ≥ t ........
      tile j:    j + T - 1 - p0 < t                    j - p1 ≥ t
    ```

    Ranges of pure tiles get a loop of full tiles with the one piece that holds, and none where the interval is hidden. The
    tiles between, and the last, partial one, keep the whole score body; `full` says of a loop that no tile of it is partial, which
    holds for all where the lengths are whole tiles. A break that is no constant counts where it can be
    computed before the loop: from batch, parameters, and the head where all rows of a block are of one. A remark says how ranges
    were split.

    Needs `tile.for_keys` around a `tile.score` after `tile-fuse-scores`; base 2 or not makes no difference. Leaves loops that are
    `split`, some of them `full`, in order of the keys, each continuing the state of the one before. Refuses scores with
    modifiers or masks, whose breakpoints are not written down yet. Loops without scores, and those that are `full` or `split` already,
    stay as they are, and a break that cannot be computed before the loop leaves its pieces or its limit in every loop.

    Under a causal mask, full tiles before the diagonal know no mask, and the loop over the rest has it:

    ```mlir
    // RUN: camber-opt --convert-attn-to-tile --tile-fuse-scores --tile-split-key-ranges
    func.func @kernel(%q: memref<1x8x512x64xf32>, %k: memref<1x8x512x64xf32>, %v: memref<1x8x512x64xf32>,
                      %o: memref<1x8x512x64xf32>) {
      attn.attention query(%q : memref<1x8x512x64xf32>) key(%k : memref<1x8x512x64xf32>) value(%v : memref<1x8x512x64xf32>)
        masks [#attn.causal] outs(%o : memref<1x8x512x64xf32>) scores {
      ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
        attn.yield %s
      }
      return
    }
    ```

    becomes

    ```mlir
    ...
      %full:3 = tile.for_keys %lo to %middle step 64 full ...
      ...
      %rest:3 = tile.for_keys %middle to %hi step 64 full iter(%full#0, %full#1, %full#2 ...
      tile.visible %s at(%p, %j) max ...
      tile.epilogue ...
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect"];
  let statistics = [Statistic<"numLoops", "num-loops", "Loops over full tiles">];
}

def MergePiecewise : Pass<"tile-merge-piecewise"> {
  let summary = "one function of the diagonal for pieces that add one each";
  let description = [{
    Tiles near the diagonal of a table (T5) meet several of its pieces: a constant at far distances, a function of the diagonal
    between them. As one function of the diagonal they are tabulated together, and a score costs one addition, not the choice
    between several.

    Needs `tile.piecewise` in score bodies, after `tile-split-key-ranges`, which knows ranges by them. Pieces are merged where at least
    one is a `tile.diagonal`, and every other one adds to the same score what depends on batch, head, distance and parameters only;
    so do their breakpoints. Others stay as they are: a line costs less than an entry of a table. Refuses nothing.

    ```mlir
    // RUN: camber-opt --tile-merge-piecewise
    func.func @scores(%t: !tile.tile<64x64xf32>, %rows: !tile.rows<64>, %i: index, %m: memref<8xf32>) -> !tile.tile<64x64xf32> {
      %0 = tile.score %t rows %rows batch %i kv_head %i query_base %i keys %i key_base %i params(%m : memref<8xf32>)
             : !tile.tile<64x64xf32>, !tile.rows<64> -> !tile.tile<64x64xf32> {
      ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %query: i32, %key: i32, %table: memref<8xf32>):
        %far = arith.constant -100 : i32
        %c = arith.constant 0.5 : f32
        %1 = tile.piecewise at(%p, %j) breakpoints(%far) {
        ^bb0(%distance: i32):
          %2 = arith.addf %s, %c : f32
          tile.yield %2 : f32
        }, {
        ^bb0(%distance: i32):
          %2 = tile.diagonal %s head %h at(%p, %j) {
          ^bb0(%head: i32, %d: i32):
            %3 = attn.lookup %table[%d] : memref<8xf32> -> f32
            tile.yield %3 : f32
          }
          tile.yield %2 : f32
        }
        tile.yield %1 : f32
      }
      return %0 : !tile.tile<64x64xf32>
    }
    ```

    becomes

    ```mlir
    ...
        %merged = tile.diagonal %s head %h at(%p, %j) {
        ^bb0(%head: i32, %d: i32):
          ...
          %entry = attn.lookup %table[%d] : memref<8xf32> -> f32
          ...
          %is_near = arith.cmpi sge, %d, %far : i32
          %chosen = arith.select %is_near, %entry, %c : f32
          tile.yield %chosen : f32
        }
        tile.yield %merged : f32
    ...
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect"];
  let statistics = [Statistic<"numMerged", "num-merged", "Choices between pieces that became a function of the diagonal">];
}

def GuardDivisions : Pass<"tile-guard-divisions"> {
  let summary = "integer divisions by zero get their meaning";
  let description = [{
    A division by zero divides by 1, and the smallest number divided by -1 is itself: what `attn.attention` says of its body, on
    every target. A score body is evaluated at hidden pairs, too, and on both sides of a select, where a divisor may be 0. A
    processor would raise a signal there, and LLVM may assume that it never happens.

    Needs nothing. Leaves every division of integers, or vectors of them, in a score body, and of i1 to i64 outside of it (what
    bodies compute once per head), with a divisor that cannot trap; tensors as they are. Refuses nothing.

    ```mlir
    // RUN: camber-opt --tile-guard-divisions
    func.func @remainder(%a: i32, %b: i32) -> i32 {
      %0 = arith.remui %a, %b : i32
      return %0 : i32
    }
    ```

    becomes

    ```mlir
    func.func @remainder(%a: i32, %b: i32) -> i32 {
      %zero = arith.constant 0 : i32
      %traps = arith.cmpi eq, %b, %zero : i32
      %one = arith.constant 1 : i32
      %divisor = arith.select %traps, %one, %b : i32
      %0 = arith.remui %a, %divisor : i32
      return %0 : i32
    }
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect"];
  let statistics = [Statistic<"numGuarded", "num-guarded", "Divisions with a divisor that might trap">];
}
