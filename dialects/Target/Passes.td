// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What is asked of a target, whichever it is.
include "mlir/Pass/PassBase.td"

def ChooseSchedule : Pass<"choose-schedule"> {
  let summary = "ask the target for the schedule of every tile.instances";
  let description = [{
    A schedule is an attribute of the target's own dialect, which no pass above the target reads. It may be written by hand or
    changed before the next pass: it says how the kernel is computed, never what.

    Needs `tile.instances`. Leaves a schedule on each. Refuses an unknown target, and a head dim that it does not support.

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
  let options = [Option<"target", "target", "std::string", "\"x86-64-v3\"", "Name of the target">];
}
