// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// From tile to the cpu schedule, and from there to vectors.
include "mlir/Pass/PassBase.td"

def ConvertTileToCPU : Pass<"convert-tile-to-cpu", "::mlir::ModuleOp"> {
  let summary = "kernel instances to task functions on buffers";
  let description = [{
    Needs functions with one `tile.instances` that carries a `#cpu.schedule` (`choose-schedule`). Leaves for each function @k
    a private function @k_task (one row block and key split) and @k_merge (combines the splits of a row block) on buffers in
    workspace that the caller passes in, and facts about them as attributes of @k_task. Refuses a function with anything else
    in it, since a kernel is called through a C interface that has no place for it.
  }];
  let dependentDialects = ["::camber::cpu::CPUDialect", "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect",
                           "::mlir::arith::ArithDialect", "::mlir::func::FuncDialect"];
}

def ConvertCPUToVector : Pass<"convert-cpu-to-vector", "::mlir::ModuleOp"> {
  let summary = "register-tile kernels to loops over native vectors";
  let description = [{
    Needs ops of the cpu dialect. Leaves `scf`, `memref`, `arith`, `math` and 1-D `vector` ops of the schedule's width, which
    is what LLVM handles well: an n-D or odd-sized vector costs a factor of 50.
  }];
  let dependentDialects = ["::mlir::vector::VectorDialect", "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect",
                           "::mlir::arith::ArithDialect", "::mlir::math::MathDialect"];
}
