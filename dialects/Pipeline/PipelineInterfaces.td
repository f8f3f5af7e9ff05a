// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What convert-pipeline-to-threads asks of a machine.
#ifndef CAMBER_PIPELINE_INTERFACES
#define CAMBER_PIPELINE_INTERFACES

include "mlir/IR/Interfaces.td"

def Pipeline_MachineAttrInterface : AttrInterface<"MachineAttrInterface"> {
  let cppNamespace = "::camber::pipeline";
  let description = [{
    An accelerator as one of its threads sees it: how the threads of a block hold tiles in registers, how they bring rows into
    shared memory and wait for them, how they multiply, and what they have instructions for. Attributes of a target's dialect
    implement it; `convert-pipeline-to-threads` emits everything else and knows none of them by name.

    Threads come in groups that run together (warps). A row of a tile is held by some threads of one group, which have all rows
    and columns at constant distances from their first ones (`FragmentLayout`). Values are i32 where nothing else is said.
  }];
  let methods = [
    //===- limits -----------------------------------------------------------===//
    InterfaceMethod<[{
      Whether blocks of this geometry and schedule can be divided among threads; reports at `op` what is allowed where not.
    }], "::llvm::LogicalResult", "verifySizes", (ins "::mlir::Operation *":$op, "const ::camber::pipeline::BlockShape &":$block)>,
    InterfaceMethod<"What the columns of a tile must be a multiple of.", "int64_t", "getColumnsUnit">,
    InterfaceMethod<"What the columns of rows must be a multiple of, for products with keys.", "int64_t", "getDotUnit">,
    InterfaceMethod<"Bytes that any such machine has in a block, at most.", "int64_t", "getMaxSharedBytes">,

    //===- threads ----------------------------------------------------------===//
    InterfaceMethod<"Threads of a group.", "int64_t", "getGroupSize">,
    InterfaceMethod<[{
      What this thread is by number: in the block, which comes first, and what else the machine computes from that. Emitted where
      a kernel begins, and handed to the methods below as `ids`. With `rematerialize` the number is read once more, so that
      what is computed from it does not stay in registers from the beginning on.
    }], "::llvm::SmallVector<::mlir::Value>", "emitThreadIds", (ins "::camber::Num &":$n, "bool":$rematerialize)>,
    InterfaceMethod<"The number of this thread in its group.", "::mlir::Value", "emitLane", (ins "::camber::Num &":$n, "::mlir::ValueRange":$ids)>,
    InterfaceMethod<"The number of its group.", "::mlir::Value", "emitGroup", (ins "::camber::Num &":$n, "::mlir::ValueRange":$ids)>,
    InterfaceMethod<"Where the block is in the grid, with `rematerialize` as above.",
      "::camber::pipeline::GridPosition", "emitGridPosition", (ins "::camber::Num &":$n, "bool":$rematerialize)>,
    InterfaceMethod<"Until all threads of the group have come here; what they wrote to shared memory is seen by all.",
      "void", "emitBarrier", (ins "::camber::Num &":$n, "::camber::pipeline::ThreadGroup":$group)>,
    InterfaceMethod<"The same, and whether a condition (i1) holds in all of them (i1), which is known to be the same for all.",
      "::mlir::Value", "emitBarrierAll", (ins "::camber::Num &":$n, "::camber::pipeline::ThreadGroup":$group, "::mlir::Value":$condition)>,
    InterfaceMethod<[{
      What another thread of the group has of an f32: that whose number differs in the bits `by`, that `by` before it (or its own
      where there is none), or thread `by`.
    }], "::mlir::Value", "emitShuffle", (ins "::camber::Num &":$n, "::camber::pipeline::Shuffle":$kind, "::mlir::Value":$value, "int64_t":$by)>,

    //===- fragments --------------------------------------------------------===//
    InterfaceMethod<"How a thread holds its part of a tile with so many columns.",
      "::camber::pipeline::FragmentLayout", "getLayout", (ins "const ::camber::pipeline::BlockShape &":$block, "int64_t":$columns)>,
    InterfaceMethod<"The first of this thread's rows, as a number in the block.", "::mlir::Value", "emitFirstRow",
      (ins "::camber::Num &":$n, "::mlir::ValueRange":$ids, "const ::camber::pipeline::BlockShape &":$block)>,
    InterfaceMethod<"The first of this thread's columns.", "::mlir::Value", "emitFirstColumn",
      (ins "::camber::Num &":$n, "::mlir::ValueRange":$ids)>,
    InterfaceMethod<"How many threads share a row.", "int64_t", "getThreadsPerRow">,
    InterfaceMethod<"The number of this thread among those that share a row.", "::mlir::Value", "emitNumberInRow",
      (ins "::camber::Num &":$n, "::mlir::ValueRange":$ids)>,

    //===- numbers ------------------------------------------------------------===//
    InterfaceMethod<"2^x of an f32, within 2 ulp.", "::mlir::Value", "emitExp2", (ins "::camber::Num &":$n, "::mlir::Value":$x)>,
    InterfaceMethod<"log2(x) of an f32, within 2^-22.", "::mlir::Value", "emitLog2", (ins "::camber::Num &":$n, "::mlir::Value":$x)>,
    InterfaceMethod<"1/x of an f32, within 1 ulp.", "::mlir::Value", "emitReciprocal", (ins "::camber::Num &":$n, "::mlir::Value":$x)>,
    InterfaceMethod<"√x of an f32, within 1 ulp.", "::mlir::Value", "emitSquareRoot", (ins "::camber::Num &":$n, "::mlir::Value":$x)>,
    InterfaceMethod<"The same f32, computed where this is and not where it is needed.", "::mlir::Value", "pin",
      (ins "::camber::Num &":$n, "::mlir::Value":$x)>,

    //===- shared memory ------------------------------------------------------===//
    InterfaceMethod<"Bytes of a stage.", "int64_t", "getStageBytes", (ins "::camber::pipeline::StageType":$stage)>,
    InterfaceMethod<[{
      A pointer to a chunk of 16 bytes of a row of a stage. Constants come last in the address, so that they can become part of
      an instruction.
    }], "::mlir::Value", "emitChunkPointer", (ins "::camber::Num &":$n, "::camber::pipeline::StageType":$stage,
                                              "::mlir::Value":$base, "const ::camber::pipeline::ChunkCoord &":$coord)>,
    InterfaceMethod<[{
      Begins to copy 16 bytes into a chunk of a stage from a pointer to global memory; zeros where `exists` (i1) is false, and
      nothing is read then.
    }], "void", "emitCopyChunk", (ins "::camber::Num &":$n, "::mlir::Value":$to, "::mlir::Value":$from, "::mlir::Value":$exists)>,
    InterfaceMethod<[{
      Waits, in the group that copies, until those who read a stage have released it. Between their release and this all threads
      of the block have met at a barrier, unless the machine's groups have roles.
    }], "void", "emitAcquire", (ins "::camber::Num &":$n, "::camber::pipeline::ThreadGroup":$group, "::mlir::Value":$stage)>,
    InterfaceMethod<"Says, in the group that reads, that it is done with a stage.", "void", "emitRelease",
      (ins "::camber::Num &":$n, "::camber::pipeline::ThreadGroup":$group, "::mlir::Value":$stage)>,
    InterfaceMethod<"Commits what this thread has begun to copy since the last time, into a stage: one token.", "void", "emitCommit",
      (ins "::camber::Num &":$n, "::camber::pipeline::ThreadGroup":$group, "::mlir::Value":$stage)>,
    InterfaceMethod<"Waits until at most so many of this thread's copies and products are pending.", "void", "emitWait",
      (ins "::camber::Num &":$n, "::camber::pipeline::ThreadGroup":$group, "::camber::pipeline::Pending":$pending)>,

    //===- products -----------------------------------------------------------===//
    InterfaceMethod<[{
      Scores of a tile as registers: scale · (rows · keysᵀ + line · column), `line` one f32 for each of the thread's rows or empty.
      The product is complete once `emitWait` has waited for products.
    }], "::camber::pipeline::Fragment", "emitDot", (ins "::camber::Num &":$n, "::camber::pipeline::DotOp":$op, "::mlir::Value":$rows,
      "::mlir::Value":$keys, "::llvm::ArrayRef<::mlir::Value>":$line, "::mlir::ValueRange":$ids, "const ::camber::pipeline::BlockShape &":$block)>,
    InterfaceMethod<"output · rescale + p · values, as registers.",
      "::camber::pipeline::Fragment", "emitAccumulate", (ins "::camber::Num &":$n, "::camber::pipeline::AccumulateOp":$op,
      "::llvm::ArrayRef<::mlir::Value>":$p, "::mlir::Value":$values, "::llvm::ArrayRef<::mlir::Value>":$output,
      "::llvm::ArrayRef<::mlir::Value>":$rescale, "::mlir::ValueRange":$ids, "const ::camber::pipeline::BlockShape &":$block)>
  ];
}

#endif
