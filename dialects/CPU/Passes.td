// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// From tile to the cpu schedule, and from there to vectors.
include "mlir/Pass/PassBase.td"

def ConvertTileToCPU : Pass<"convert-tile-to-cpu", "::mlir::ModuleOp"> {
  let summary = "kernel programs to task functions on buffers";
  let description = [{
    Needs functions with one `tile.kernel` that carries a microkernel as its schedule (`choose-schedule`). Leaves for each function @k
    a private function @k_task (one row block and key split) and @k_combine (combines the splits of a row block) on buffers in
    workspace that the caller passes in, and facts about them, and those of @k, as attributes of @k_task. Refuses

    - what a pass before it leaves to lower, naming that pass: attention (`convert-attn-to-tile`), masks or score modifiers
      (`tile-fuse-scores`), scores or bounds in natural units (`tile-use-base2`), divisions that may trap
      (`tile-guard-divisions`), loops whose products differ in their scale (`tile-use-base2` before `tile-split-key-ranges`);
    - a function with anything else in it, since a kernel is called through a C interface that has no place for it;
    - a module with a symbol of a name that @k becomes, here or in `cpu-emit-kernel-abi`: k_task, k_combine, k_prepare, k_tasks,
      k_plan, k_run.

    Where tiles hide pairs, @k_task runs a second time if it leaves NaN in its workspace, at the offset `camber.not_finite_offset`:
    then a value was not finite (CPUOps.td, hidden pairs). The second run leaves 0 there.

    A boundary tile goes panel by panel. Panels whose rows see all of it take scores without the mask; in the others, keys behind
    the last that a row sees are skipped (`key_end`).

    ```mlir
    // RUN: camber-opt --convert-attn-to-tile --tile-fuse-scores --tile-use-base2 --choose-schedule=target=x86-64-v3 --convert-tile-to-cpu
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
    func.func private @kernel_combine( ...
      cpu.combine %outputs, %maxima splits %splits count %live into %output maximum %maximum ...
      cpu.store_rows %output, %maximum ...
    func.func private @kernel_task(%q: ... attributes {camber.geometry = ..., camber.schedule = ..., camber.thread_bytes = ...} {
      ...
      cpu.pack_queries %q batch %b rows(%heads, %positions) count %rows into %packed scale 1.4426950408889634 ...
      scf.for %first = %lo to %hi step %tile {
        ...
        scf.for %begin = ... to %rows_end step %group {
          ...
          cpu.scores %packed, %keys count %count ... from %begin to %end ... into %p maximum(%old, %new) ...
          cpu.softmax_update %p count %count from %begin to %end maximum(%old, %new) sum %sum rescale %rescale ...
          cpu.accumulate %p, %values count %count from %begin to %end into %output2 rescale %rescale ...
        }
      }
      ...
      cpu.epilogue %output2 count %rows maximum ... sum %sum ...
    ```
  }];
  let dependentDialects = ["::camber::cpu::CPUDialect", "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect",
                           "::mlir::arith::ArithDialect", "::mlir::func::FuncDialect"];
}

def OutlineKernels : Pass<"cpu-outline-kernels", "::mlir::ModuleOp"> {
  let summary = "one function for all uses of the same register-tile kernel";
  let description = [{
    The loops over full and boundary tiles of a task differ in their score bodies and share the rest. Ops of the cpu dialect that
    differ in nothing but the buffers and numbers they are given become calls of one private function, which holds the op. A
    kernel that is used once stays where it is. A call costs nothing beside the thousands of FMAs of a tile; the copies would
    cost object bytes and compile time.

    Needs ops of the cpu dialect. Leaves each in one place. Refuses nothing.

    ```mlir
    // RUN: camber-opt --cpu-outline-kernels
    func.func @convert(%keys: memref<?x16xf16, strided<[?, 1]>>, %n: index, %a: memref<64x16xf32>, %b: memref<64x16xf32>) {
      cpu.copy_keys %keys count %n into %a schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>)
        : memref<?x16xf16, strided<[?, 1]>>, memref<64x16xf32>
      cpu.copy_keys %keys count %n into %b schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>)
        : memref<?x16xf16, strided<[?, 1]>>, memref<64x16xf32>
      return
    }
    ```

    becomes

    ```mlir
    func.func @convert(%keys: memref<?x16xf16, strided<[?, 1]>>, %n: index, %a: memref<64x16xf32>, %b: memref<64x16xf32>) {
      call @convert_copy_keys(%keys, %n, %a) : (memref<?x16xf16, strided<[?, 1]>>, index, memref<64x16xf32>) -> ()
      call @convert_copy_keys(%keys, %n, %b) : (memref<?x16xf16, strided<[?, 1]>>, index, memref<64x16xf32>) -> ()
      return
    }
    func.func private @convert_copy_keys(%x: memref<?x16xf16, strided<[?, 1]>>, %m: index, %y: memref<64x16xf32>) {
      cpu.copy_keys %x count %m into %y schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>)
        : memref<?x16xf16, strided<[?, 1]>>, memref<64x16xf32>
      return
    }
    ```
  }];
  let dependentDialects = ["::mlir::func::FuncDialect"];
  let statistics = [Statistic<"numShared", "num-shared", "Uses that became calls">];
}

def ConvertCPUToVector : Pass<"convert-cpu-to-vector", "::mlir::ModuleOp"> {
  let summary = "register-tile kernels to loops over native vectors";
  let description = [{
    Needs ops of the cpu dialect. Leaves `scf`, `memref`, `arith`, `math`, `cpu.exp2` and 1-D `vector` ops of the schedule's width,
    which is what LLVM handles well: an n-D or odd-sized vector costs a factor of 50.

    Refuses lookups in tensors that are no constants, and operations of a score body that are not elementwise: they cannot be
    evaluated on vectors; and a module with kernels that `convert-tile-to-cpu` has not converted.

    ```mlir
    // RUN: camber-opt --convert-cpu-to-vector
    func.func @convert(%keys: memref<?x16xf16, strided<[?, 1]>>, %count: index, %out: memref<64x16xf32>) {
      cpu.copy_keys %keys count %count into %out schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>)
        : memref<?x16xf16, strided<[?, 1]>>, memref<64x16xf32>
      return
    }
    ```

    becomes

    ```mlir
    scf.for %j = ... to %count step ... {
      ...
      %x = vector.load %keys[%j, %zero] : memref<?x16xf16, strided<[?, 1]>>, vector<8xf16>
      ...
      %wide = arith.extf %x : vector<8xf16> to vector<8xf32>
      ...
      vector.store %wide, %out[%j, %zero2] : memref<64x16xf32>, vector<8xf32>
      ...
    ```
  }];
  let dependentDialects = ["::mlir::vector::VectorDialect", "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect",
                           "::mlir::arith::ArithDialect", "::mlir::math::MathDialect"];
}

def EmitKernelABI : Pass<"cpu-emit-kernel-abi", "::mlir::ModuleOp"> {
  let summary = "the C interface around task functions";
  let description = [{
    Needs the functions @k_task and @k_combine of `convert-tile-to-cpu`, whose arguments carry `attn.role` and `attn.dims`, and
    which carry `camber.q_len_max` and `camber.kv_len_max` where lengths are bounded (`attn-annotate-kernels`). Leaves the
    functions @k_plan and @k_run of camber/Runtime/abi.h: checks of every argument with its error code, division into tasks and
    key splits, tasks that run twice (`camber.not_finite_offset`), FP mode set and restored around a function that is never inlined
    (LLVM may move floating-point operations across the instruction that sets the mode).

    Refuses an unknown architecture, kernels that were not converted, and a task without its combine function or whose arguments are not those of `convert-tile-to-cpu`.

    ```mlir
    // RUN: camber-opt --attn-annotate-kernels --convert-attn-to-tile --tile-fuse-scores --tile-use-base2 --choose-schedule=target=x86-64-v3 --convert-tile-to-cpu --cpu-emit-kernel-abi
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
    func.func @kernel_plan(%arguments: !llvm.ptr, %threads: i32, %plan: !llvm.ptr) -> i32 {
    ...
    func.func private @kernel_tasks( ... noinline ...
      func.call @kernel_combine( ...
      func.call @kernel_task( ...
    func.func @kernel_run( ...
      llvm.call_intrinsic "llvm.x86.sse.stmxcsr"(%saved) ...
      llvm.call_intrinsic "llvm.x86.sse.ldmxcsr"(%mode) ...
      func.call @kernel_tasks( ...
      llvm.call_intrinsic "llvm.x86.sse.ldmxcsr"(%saved) ...
    ```
  }];
  let options = [
    Option<"arch", "arch", "std::string", "\"x86_64\"", "Architecture whose FP control register is set: x86_64 or aarch64">,
    Option<"fingerprint", "fingerprint", "uint64_t", "0", "Recorded in plans, so that a plan of another kernel is refused">];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect", "::mlir::func::FuncDialect", "::mlir::scf::SCFDialect",
                           "::mlir::arith::ArithDialect"];
}
