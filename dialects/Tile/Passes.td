// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// From attn to tile, and the passes on tile. Order: attn-to-tile, tile-fuse-scores, tile-use-base2, tile-split-key-ranges.
include "mlir/Pass/PassBase.td"

def ConvertAttnToTile : Pass<"convert-attn-to-tile"> {
  let summary = "attention on memrefs to online softmax over key tiles";
  let description = [{
    Needs `attn.attention` on memrefs (bufferised). Leaves one `tile.instances` per attention with a single `tile.for_keys` over
    the keys that masks and key range allow; the score body is carried over as it is, with the masks beside it. Refuses
    attention on tensors.
  }];
  let dependentDialects = ["::camber::tile::TileDialect", "::mlir::arith::ArithDialect", "::mlir::memref::MemRefDialect"];
  let options = [
    Option<"rows", "rows", "int64_t", "64", "Rows of a block">,
    Option<"keys", "keys", "int64_t", "64", "Keys of a tile">,
    Option<"packMax", "pack-max", "int64_t", "32",
           "Pack the query heads of a kv head into one block where the query length is known to be at most this">];
}

def FuseScores : Pass<"tile-fuse-scores"> {
  let summary = "score modifiers and masks to their structure";
  let description = [{
    Asks every modifier of a score body to describe itself and replaces the chain by what was composed: a gain, pieces over the
    distance (affine, diagonal or constant), additive terms, distance limits. What describes nothing is expanded to arithmetic.
    Needs `tile.score`. Leaves score bodies without score modifiers and masks. Knows no modifier by name. A remark says which
    structure was found.
  }];
  let dependentDialects = ["::camber::tile::TileDialect", "::mlir::arith::ArithDialect", "::mlir::math::MathDialect"];
  let options = [Option<"structure", "structure", "bool", "true", "Use structure; false expands everything, to compare with">];
  let statistics = [Statistic<"numStructured", "num-structured", "Score bodies with structure">,
                    Statistic<"numOpaque", "num-opaque", "Modifiers that had to be expanded">];
}

def UseBase2 : Pass<"tile-use-base2"> {
  let summary = "fold log2(e) into gains, slopes and tables";
  let description = [{
    The online softmax of the tile dialect is base 2, score bodies are written in natural units. Multiplies the final score by
    log2(e), pushed into slopes, constants, diagonals and the gain of the dot product where the structure allows, else as one
    multiplication. Run once, after `tile-fuse-scores`: a score op is marked `base2` and left alone when it is seen again.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect"];
}

def SplitKeyRanges : Pass<"tile-split-key-ranges"> {
  let summary = "split loops over keys at the breakpoints of bias and masks";
  let description = [{
    A distance interval between two breakpoints of the score body (mask limits and the breaks of `tile.pieces`) is *pure* for a
    tile if all its pairs fall into it. For rows at positions [p0, p1] and a tile of T keys at [j, j+T):

    ```text
      break t:   ........ all d < t ........ | mixed | ........ all d ≥ t ........
      tile j:    j + T - 1 - p0 < t                    j - p1 ≥ t
    ```

    Ranges of pure tiles get a loop of full tiles with the one piece that holds, and none where the interval is hidden. The
    tiles between, and the last, partial one, keep the whole score body. Breaks that are not constants are left alone. A remark
    says how ranges were split.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect"];
  let statistics = [Statistic<"numLoops", "num-loops", "Loops over full tiles">];
}
