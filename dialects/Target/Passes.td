// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What is asked of a target, whichever it is.
include "mlir/Pass/PassBase.td"

def ChooseTiles : Pass<"choose-tiles"> {
  let summary = "ask the target how much of an attention a block and a tile hold";
  let description = [{
    Needs `attn.attention`. Leaves a `tile.shape` on each that has none: the target's answer, with sizes that are given as options in
    its place. Without a target the sizes that are not given are 64 rows, 64 keys and a pack_max of 32. As a schedule, a shape may
    also be written by hand: it says how the kernel is computed, never what. Refuses an unknown target and sizes out of range.

    ```mlir
    // RUN: camber-opt --choose-tiles='target=x86-64-v4 keys=128'
    func.func @kernel(%q: memref<1x8x1x64xf32>, %k: memref<1x8x512x64xf32>, %o: memref<1x8x1x64xf32>) {
      attn.attention query(%q : memref<1x8x1x64xf32>) key(%k : memref<1x8x512x64xf32>) value(%k : memref<1x8x512x64xf32>)
        outs(%o : memref<1x8x1x64xf32>) scores {
      ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32):
        attn.yield %s
      }
      return
    }
    ```

    becomes

    ```mlir
    ...
    attn.attention ... {tile.shape = #tile.shape<rows = 16, keys = 128, pack_max = 32>} ...
    ...
    ```
  }];
  let dependentDialects = ["::camber::tile::TileDialect"];
  let options = [
    Option<"target", "target", "std::string", "", "Name of the target">,
    Option<"rows", "rows", "int64_t", "0", "Rows of a block; 0: as the target says">,
    Option<"keys", "keys", "int64_t", "0", "Keys of a tile; 0: as the target says">,
    Option<"packMax", "pack-max", "int64_t", "-1",
           "Pack the query heads of a kv head into one block where the query length is known to be at most this; -1: as the target says">];
}

def ChooseSchedule : Pass<"choose-schedule"> {
  let summary = "ask the target for the schedule of every tile.instances";
  let description = [{
    A schedule is an attribute of the target's own dialect, which no pass above the target reads. It may be written by hand or
    changed before the next pass: it says how the kernel is computed, never what.

    Needs `tile.instances`. Leaves a schedule on each. Refuses an unknown target or none, and a head dim that it does not support.

    ```mlir
    // RUN: camber-opt --convert-attn-to-tile --choose-schedule=target=x86-64-v4
    func.func @kernel(%q: memref<1x8x512x64xf32>, %k: memref<1x8x512x64xf32>, %v: memref<1x8x512x64xf32>,
                      %o: memref<1x8x512x64xf32>) {
      attn.attention query(%q : memref<1x8x512x64xf32>) key(%k : memref<1x8x512x64xf32>) value(%v : memref<1x8x512x64xf32>)
        outs(%o : memref<1x8x512x64xf32>) scores {
      ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32):
        attn.yield %s
      }
      return
    }
    ```

    becomes

    ```mlir
    ...
    tile.instances batch(%batch) q_len(%queries) <heads = 8, kv_heads = 8, head_dim = 64, rows = 64, keys = 64, packed = false>
      schedule #cpu.schedule<width = 16, ...> {
    ...
    ```
  }];
  let options = [Option<"target", "target", "std::string", "", "Name of the target, which must be given">];
}
