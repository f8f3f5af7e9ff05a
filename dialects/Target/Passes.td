// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What is asked of a target, whichever it is, and what targets share.
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
      ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
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
  let summary = "ask the target for the schedule of every tile.kernel";
  let description = [{
    A schedule is an attribute of the target's own dialect, which no pass above the target reads. It may be written by hand or
    changed before the next pass: it says how the kernel is computed, never what. It is the one given as an option, or the first
    that suits in the table of the file `schedules`, or the first that suits in the target's own (camber/Target/ScheduleTable.h).

    Needs `tile.kernel`. Leaves a schedule on each. Refuses an unknown target or none, a head dim that it does not support, and
    text that is no attribute.

    ```mlir
    // RUN: camber-opt --convert-attn-to-tile --choose-schedule=target=x86-64-v4
    func.func @kernel(%q: memref<1x8x512x64xf32>, %k: memref<1x8x512x64xf32>, %v: memref<1x8x512x64xf32>,
                      %o: memref<1x8x512x64xf32>) {
      attn.attention query(%q : memref<1x8x512x64xf32>) key(%k : memref<1x8x512x64xf32>) value(%v : memref<1x8x512x64xf32>)
        outs(%o : memref<1x8x512x64xf32>) scores {
      ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
        attn.yield %s
      }
      return
    }
    ```

    becomes

    ```mlir
    ...
    tile.kernel batch(%batch) q_len(%queries) <heads = 8, kv_heads = 8, head_dim = 64, rows = 64, keys = 64, packed = false>
      schedule #cpu.rows_in_lanes<width = 16, ...> {
    ...
    ```
  }];
  let options = [
    Option<"target", "target", "std::string", "", "Name of the target, which must be given">,
    Option<"schedules", "schedules", "std::string", "", "File with a table of tiles and schedules that comes before the target's own">,
    Option<"schedule", "schedule", "std::string", "", "The schedule of every kernel, as MLIR prints it">];
}

def ExpandMath : Pass<"expand-math", "::mlir::ModuleOp"> {
  let summary = "transcendental functions to polynomials";
  let description = [{
    A kernel calls no library: `arith.remf` and `cpu.exp2` are expanded, and what is left of `math` maps to an instruction on every
    target (fma, absf, absi, sqrt, floor, ceil, trunc, roundeven, copysign) or to a few (ctlz, cttz, ctpop). Everything else becomes
    polynomials on f32, scalars or vectors of any width, or on f64, vectors of half that width, and one rounding (lib/Target/Math).
    f16 and bf16 go through f32, index goes through i64. Integer divisions of `arith` that round up or down become some that truncate.

    Needs nothing; on a CPU it costs least after `convert-cpu-to-vector`, on vectors. Leaves `math` operations with an instruction, on
    f32, f64 and integers. Refuses the others on f64, on tensors and on vectors of several dimensions, and operations without
    an expansion, with an error that names the operation.

    Every function is within 1.1 ulp over all of float32, and all but exp, exp2, log and tanh, which are meant to be fast,
    are rounded correctly but for rare ties; round, remf, clampf and the classifications are exact. Subnormal
    arguments and results may count as 0, as the kernel's floating-point mode has it. ±0, ±∞ and NaN give what C99 says.
    sin, cos and tan of |x| ≥ 2^28 take a slower path for the vector that holds one. test/Target/CPU/ExpandMathTest.cpp
    measures these bounds.

    ```mlir
    // RUN: camber-opt --expand-math
    func.func @nearest(%x: vector<8xf32>) -> vector<8xf32> {
      %0 = math.round %x : vector<8xf32>
      return %0 : vector<8xf32>
    }
    ```

    becomes

    ```mlir
    func.func @nearest(%x: vector<8xf32>) -> vector<8xf32> {
      %half = arith.constant dense<0.49999997> : vector<8xf32>
      %away = math.copysign %half, %x : vector<8xf32>
      %sum = arith.addf %x, %away : vector<8xf32>
      %nearest = math.trunc %sum : vector<8xf32>
      return %nearest : vector<8xf32>
    }
    ```
  }];
  let options = [Option<"scaleInstructions", "scale-instructions", "bool", "false",
    "The processor has vreduceps and vscalefps (AVX-512 F and DQ), which `cpu.exp2` on 16 lanes becomes">];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::math::MathDialect", "::mlir::scf::SCFDialect",
                           "::mlir::vector::VectorDialect", "::mlir::LLVM::LLVMDialect"];
  let statistics = [Statistic<"numExpanded", "num-expanded", "Operations of math that became polynomials">];
}
