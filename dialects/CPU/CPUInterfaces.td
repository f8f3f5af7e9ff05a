// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the conversions to and from the cpu dialect ask of a microkernel.
#ifndef CAMBER_CPU_INTERFACES
#define CAMBER_CPU_INTERFACES

include "mlir/IR/Interfaces.td"

def CPU_MicrokernelAttrInterface : AttrInterface<"MicrokernelAttrInterface"> {
  let cppNamespace = "::camber::cpu";
  let description = [{
    How one core computes a tile: what the lanes of its vectors are, in which buffers tiles lie, and the code of the four kernels that
    take nearly all of the time: packing, scores, softmax step and value product. It is the schedule of a kernel on a CPU. Attributes
    of any dialect implement it; `convert-tile-to-cpu` and `convert-cpu-to-vector` emit everything else and know none of them by name.

    R rows of a block, T keys of a tile, D head dim. Rows are taken in panels, and panels in groups: a group goes through scores,
    softmax and values before the next one. Shapes are of f32.
  }];
  let methods = [
    //===- sizes -------------------------------------------------------------===//
    InterfaceMethod<"f32 lanes of a vector, a power of two. D is a multiple of it.", "int64_t", "getWidth">,
    InterfaceMethod<"Rows of a panel. R is a multiple of it.", "int64_t", "getPanelRows">,
    InterfaceMethod<"Rows of a group at most, a multiple of a panel.", "int64_t", "getGroupRows">,
    InterfaceMethod<"What differs between the lanes of a vector of scores.", "::camber::cpu::Lanes", "getLanes">,

    //===- buffers -----------------------------------------------------------===//
    InterfaceMethod<"Of packed queries.", "::llvm::SmallVector<int64_t>", "getPackedShape", (ins "int64_t":$rows, "int64_t":$dim)>,
    InterfaceMethod<[{
      Of the scores of a group: [T', S] where lanes are rows, [S, T'] where they are keys, S at least the rows, T' the keys.
    }], "::llvm::SmallVector<int64_t>", "getScoresShape", (ins "int64_t":$rows, "int64_t":$keys)>,
    InterfaceMethod<"Of what `emitScores` keeps beside the scores; empty where it keeps nothing.",
      "::llvm::SmallVector<int64_t>", "getScoresScratch", (ins "int64_t":$rows)>,
    InterfaceMethod<"Of what `emitAccumulate` keeps beside the output; empty where it keeps nothing.",
      "::llvm::SmallVector<int64_t>", "getAccumulateScratch", (ins "int64_t":$rows, "int64_t":$dim)>,
    InterfaceMethod<[{
      Whether keys, or `values`, with elements of this type are copied to f32 before they are multiplied. Otherwise they are read where
      the caller has them.
    }], "bool", "needsCopy", (ins "::mlir::Type":$element, "bool":$values)>,
    InterfaceMethod<[{
      Whether the kernels of a group can end with the last key that each row sees (`key_end`), so that a boundary tile costs what
      its rows see of it.
    }], "bool", "endsWithRow">,

    //===- code --------------------------------------------------------------===//
    InterfaceMethod<"Emits the code of `cpu.pack_queries` before the op. Fails after it has reported why.", "::llvm::LogicalResult", "emitPackQueries",
      (ins "::camber::cpu::PackQueriesOp &":$op, "::camber::cpu::VectorBuilder &":$v)>,
    InterfaceMethod<"Emits the code of `cpu.scores` likewise.", "::llvm::LogicalResult", "emitScores", (ins "::camber::cpu::ScoresOp &":$op, "::camber::cpu::VectorBuilder &":$v)>,
    InterfaceMethod<"Emits the code of `cpu.softmax_update` likewise.", "::llvm::LogicalResult", "emitSoftmaxUpdate",
      (ins "::camber::cpu::SoftmaxUpdateOp &":$op, "::camber::cpu::VectorBuilder &":$v)>,
    InterfaceMethod<"Emits the code of `cpu.accumulate` likewise.", "::llvm::LogicalResult", "emitAccumulate",
      (ins "::camber::cpu::AccumulateOp &":$op, "::camber::cpu::VectorBuilder &":$v)>,

    //===- tuning ------------------------------------------------------------===//
    InterfaceMethod<[{
      Other tiles or sizes that may be faster: choices that differ from this one and `tiles` in one respect and fit a processor with so
      many vector registers, for kernels with `group` query heads per kv head.
    }], "::std::vector<::camber::ScheduleChoice>", "getAlternatives",
      (ins "::camber::tile::ShapeAttr":$tiles, "int64_t":$group, "int64_t":$vectorRegisters), [{}], [{ return {}; }]>
  ];
}

#endif
