// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What is asked of a target, whichever it is.
include "mlir/Pass/PassBase.td"

def ChooseTiles : Pass<"choose-tiles"> {
  let summary = "ask the target how much of an attention a block and a tile hold";
  let description = [{
    Needs `attn.attention`. Leaves a `tile.shape` on each that has none: the target's answer, with sizes that are given as options in
    its place. The answer is that of the first entry that suits of the table in the file `schedules`, or of the target's own table
    (camber/Target/ScheduleTable.h). Without either the sizes that are not given are 64 rows, 64 keys and a pack_max of 32. As a
    schedule, a shape may also be written by hand: it says how the kernel is computed, never what. Refuses an unknown target, sizes
    out of range and a table that is none.

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
    Option<"schedules", "schedules", "std::string", "", "File with a table of tiles and schedules that comes before the target's own">,
    Option<"rows", "rows", "int64_t", "0", "Rows of a block; 0: as the target says">,
    Option<"keys", "keys", "int64_t", "0", "Keys of a tile; 0: as the target says">,
    Option<"packMax", "pack-max", "int64_t", "-1",
           "Pack the query heads of a kv head into one block where the query length is known to be at most this; -1: as the target says">];
}

def ChooseSchedule : Pass<"choose-schedule"> {
  let summary = "ask the target for the schedule of every tile.instances";
  let description = [{
    A schedule is an attribute of the target's own dialect, which no pass above the target reads. It may be written by hand or
    changed before the next pass: it says how the kernel is computed, never what. It is the one given as an option, or the first
    that suits in the table of the file `schedules`, or the first that suits in the target's own (camber/Target/ScheduleTable.h).

    Needs `tile.instances`. Leaves a schedule on each. Refuses an unknown target or none, a head dim that it does not support, and
    text that is no attribute.

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
  let options = [
    Option<"target", "target", "std::string", "", "Name of the target, which must be given">,
    Option<"schedules", "schedules", "std::string", "", "File with a table of tiles and schedules that comes before the target's own">,
    Option<"schedule", "schedule", "std::string", "", "The schedule of every kernel, as MLIR prints it">];
}
