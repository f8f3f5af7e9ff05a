// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// From tile to the pipeline schedule, and from there to NVVM.
include "mlir/Pass/PassBase.td"

def ConvertTileToPipeline : Pass<"convert-tile-to-pipeline", "::mlir::ModuleOp"> {
  let summary = "kernel programs to thread blocks that bring their tiles into shared memory";
  let description = [{
    Needs functions with one `tile.kernel` that carries a `#pipeline.schedule`. Leaves for each function @k functions with three
    arguments more, the number of key splits, partial results and, as bytes, norms of keys:

    - @k_main, one thread block of which is a program. Loops over keys that follow each other become one loop, in which the
      score bodies are the cases of a switch: copies run ahead from the last tile of one range to the first of the next, and the
      code of the products is there once. It counts tiles in 32 bits, as registers have.
    - @k_combine, a thread block of which combines the partial results of a row block.
    - @k_prepare, where keys are skipped: a thread block computes the norms of the keys of a batch and kv head.

    Each op of a kernel is lowered by itself, a load to a copy where it stands; then copies move to where they can begin, and their
    readers wait for them. Loops that do not do the same but for their scores stay apart, which is right and slower.

    Refuses what a pass before it leaves to lower, naming that pass: attention (`convert-attn-to-tile`), masks or score modifiers
    (`tile-fuse-scores`), scores or bounds in natural units (`tile-use-base2`). Refuses an op that has no form in the pipeline, or
    not on its operands, and loops over keys inside of others, naming the op.

    ```mlir
    // RUN: camber-opt --attn-to-tile=target=sm_80 --choose-schedule=target=sm_80 --convert-tile-to-pipeline --canonicalize
    func.func @kernel(%q: memref<1x8x512x64xf16>, %k: memref<1x8x512x64xf16>, %v: memref<1x8x512x64xf16>,
                      %o: memref<1x8x512x64xf16>) {
      attn.attention query(%q : memref<1x8x512x64xf16>) key(%k : memref<1x8x512x64xf16>) value(%v : memref<1x8x512x64xf16>)
        outs(%o : memref<1x8x512x64xf16>) scores {
      ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
        attn.yield %s
      }
      return
    }
    ```

    becomes

    ```mlir
    ...
      %batch, %kv_head, %rows, %split = pipeline.program_id ...
      pipeline.copy_rows ...
      pipeline.copy_keys ...
      %first = pipeline.commit ...
      ... scf.for ...
        pipeline.barrier
        ... pipeline.copy_keys ...
        %dots, %done = pipeline.dot ...
        pipeline.barrier
        ... pipeline.copy_keys ...
        %scores = tile.score %dots ...
        ... pipeline.softmax_update %scores ...
        pipeline.accumulate ...
      pipeline.epilogue %rows ...
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::scf::SCFDialect", "::mlir::memref::MemRefDialect",
                           "::camber::pipeline::PipelineDialect"];
}

def FoldAffine : Pass<"pipeline-fold-affine", "::mlir::ModuleOp"> {
  let summary = "scales and lines of scores into the products before them and the softmax after them";
  let description = [{
    Where the score bodies between a `pipeline.dot` and its `pipeline.softmax_update` do no more than add a line to the score and
    hide keys,

    ```text
      score = scale · dot + slope · (key - query)      hidden or not
    ```

    the scale becomes a factor of the exponent, and the line is divided by it. How depends on how large the line gets in a tile:

    - Up to 4 in natural units (|slope| times the keys of a tile, for the steepest head), and the same in all bodies: products are
      added to slope / scale · column, and what differs between tiles is an offset of the row. No operation per score is left.
    - Steeper, or slopes that are operands: one FMA after the product, dot + slope / scale · (key - query). Products that are added
      to a large number lose what it has no bits for, and tensor cores cut off instead of rounding: with 8 heads, lse would be off
      by 8 times its tolerance. The distance is exact, and so the bias is small where it matters, near the diagonal.

    The scale alone moves where the bodies only hide keys, or add something else to the score: what is one number for a row (T5 at
    far distances) becomes an offset of the row, that of the range a tile is in, and what differs between the keys (an entry of a
    table) is divided by the scale.

    ```text
      score = scale · dot + number        offset of the row
      score = scale · dot + entry         scale · (dot + entry · 1/scale)
    ```

    Products of 32-bit elements stay as they are where there is a line. Bodies with anything else on the score, with
    pieces or an origin stay, and a scale below 2^-64. A number that is divided by the scale is infinite from 2^128 · scale on. Needs
    what `convert-tile-to-pipeline` leaves; what it has folded is left alone, so that it may run again, and without it a kernel is
    right and slower. Refuses nothing.

    ```mlir
    // RUN: camber-opt --attn-to-tile=target=sm_80 --choose-schedule=target=sm_80 --convert-tile-to-pipeline --pipeline-fold-affine --canonicalize
    func.func @kernel(%q: memref<1x2x512x64xf16>, %k: memref<1x2x512x64xf16>, %v: memref<1x2x512x64xf16>,
                      %o: memref<1x2x512x64xf16>) {
      attn.attention query(%q : memref<1x2x512x64xf16>) key(%k : memref<1x2x512x64xf16>) value(%v : memref<1x2x512x64xf16>)
        masks [#attn.causal] outs(%o : memref<1x2x512x64xf16>) scores {
      ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
        %x = attn.alibi %s at(%h, %p, %j) {heads = 2}
        attn.yield %x
      }
      return
    }
    ```

    becomes

    ```mlir
    ...
      %slopes = pipeline.row_values %rows ...
      %line = pipeline.row_values %rows ...
      ... scf.for ...
        %dots, %done = pipeline.dot %stage, %keys line(%line ...
        ... pipeline.row_offsets %slopes ...
        ... pipeline.softmax_update ... offset(%offsets ...) scale ...
    ...
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::math::MathDialect", "::camber::pipeline::PipelineDialect"];
}

def ConvertPipelineToThreads : Pass<"convert-pipeline-to-threads", "::mlir::ModuleOp"> {
  let summary = "what a thread block does to what each of its threads does";
  let description = [{
    Needs functions with `camber.geometry` and a `#pipeline.schedule` (`convert-tile-to-pipeline`), and a machine: an attribute that
    implements `MachineAttrInterface`, which says how threads hold tiles, copy, wait and multiply. Tile values become the registers of
    a thread; each copy has its own token, and a wait leaves as many of them pending as copies began after its tokens. Ranges of
    keys are narrowed by all threads together, by bisection with a barrier that also reduces. Other functions stay as they are.
    Refuses kernels that were not converted, and scores or bounds with masks, with modifiers or in natural units.

    Refuses tiles that do not divide into the fragments of the warps, more shared memory than any target has, a second
    `pipeline.program_id` or rows of none, ops of the pipeline in regions other than `scf.for` and `scf.index_switch`, and other
    ops on values of the pipeline.

    ```mlir
    // RUN: camber-opt --convert-pipeline-to-threads=machine=#nvptx.ampere --canonicalize
    func.func @kernel(%k: memref<1x1x64x64xf16>, %n: index) attributes {
        camber.geometry = #tile.geometry<heads = 1, kv_heads = 1, head_dim = 64, rows = 64, keys = 64, packed = false>,
        camber.schedule = #pipeline.schedule<warps = 4>} {
      %c0 = arith.constant 0 : index
      %ring = pipeline.ring : <1 x 64x64xf16>
      %stage = pipeline.stage %ring[%c0] : <1 x 64x64xf16> -> <64x64xf16>
      pipeline.copy_keys %k[%c0, %c0, %c0] count %n to %stage : memref<1x1x64x64xf16> -> <64x64xf16>
      %token = pipeline.commit %stage : <64x64xf16>
      pipeline.wait %token
      pipeline.barrier
      return
    }
    ```

    becomes

    ```mlir
    ...
      nvvm.cp.async.shared.global ...
      nvvm.cp.async.commit.group
      nvvm.cp.async.wait.group 0
      nvvm.barrier0
      return
    ...
    ```
  }];
  let options = [Option<"machine", "machine", "std::string", /*default=*/"", "the machine, as MLIR prints it; must be given">];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::scf::SCFDialect", "::mlir::memref::MemRefDialect",
                           "::mlir::math::MathDialect", "::mlir::vector::VectorDialect", "::mlir::LLVM::LLVMDialect"];
}

def EmitKernelABI : Pass<"pipeline-emit-kernel-abi", "::mlir::ModuleOp"> {
  let summary = "functions of operands to kernels that take the argument struct of the C interface";
  let description = [{
    Needs functions that `convert-pipeline-to-threads` leaves, those of one kernel. Leaves kernels with the parameters (K_args by value,
    splits, partials, norms): the argument struct of camber/Runtime/abi.h, with addresses in the device's memory. How they are
    launched is said by `camber.launch` of the module: rows of a row block, packed, threads, shared_bytes and, where there is
    @k_prepare, prepare_q_len_min. Refuses more shared memory than the target has, functions that `convert-pipeline-to-threads` has
    not converted, and arguments that `attn-annotate-kernels` has not described. Other functions stay as they are.
  }];
  let options = [Option<"maxSharedBytes", "max-shared-bytes", "int64_t", /*default=*/"232448",
                        "shared memory that a thread block of the target can have">];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect", "::mlir::NVVM::NVVMDialect", "::mlir::memref::MemRefDialect"];
}
