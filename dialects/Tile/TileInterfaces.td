// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What passes and conversions ask the structure of a score.
#ifndef CAMBER_TILE_INTERFACES
#define CAMBER_TILE_INTERFACES

include "mlir/IR/Interfaces.td"

def Tile_ScoreStructureOpInterface : OpInterface<"ScoreStructureOpInterface"> {
  let cppNamespace = "::camber::tile";
  let description = [{
    An op of a score body that keeps what a pass could not find again in arithmetic: that a value is affine in the distance, a
    function of the distance, one of several by the distance, hidden beyond a distance. Modifiers and masks describe themselves
    by such ops, and everything below asks this interface and knows no op by name.

    An op is a function of one pair. Its query and key are the positions whose difference, key - query, is the distance.
    Only `lower` must be implemented: an op is then correct everywhere, and gains speed by the other methods.
  }];
  let methods = [
    InterfaceMethod<"The position (i32) of the query.", "::mlir::Value", "getQuery">,
    InterfaceMethod<"The position (i32) of the key.", "::mlir::Value", "getKey">,

    InterfaceMethod<[{
      Emits before this op what computes its result for one pair: arithmetic, or other structure, which is lowered in turn.
      May move operations out of its regions. The caller replaces the op by the value that is returned, and erases it.
    }], "::mlir::Value", "lower", (ins "::mlir::OpBuilder &":$builder)>,

    InterfaceMethod<[{
      The operands, of this op or of the ends of its regions, that are all multiplied by a factor in place of the result. None,
      the default, where only the result can be. `tile-use-base2` folds log2(e) into them.
    }], "void", "getScaledOperands", (ins "::llvm::SmallVectorImpl<::mlir::OpOperand *> &":$operands), [{}], [{ (void)operands; }]>,

    InterfaceMethod<[{
      Whether the result is finite wherever the values that `isFiniteValue` says so of are. Slopes and factors are finite;
      tables may hold infinities. The default, false, costs a second run where a kernel finds NaN in its output.
    }], "bool", "isFinite", (ins "::llvm::function_ref<bool(::mlir::Value)>":$isFiniteValue), [{}], [{ (void)isFiniteValue; return false; }]>,

    InterfaceMethod<[{
      Whether one region holds for a pair and the others do not, so that all compute the same where they begin alike.
    }], "bool", "hasAlternatives", (ins), [{}], [{ return false; }]>,

    InterfaceMethod<[{
      The score that the result is a sum with, where the rest of the sum is a function of batch, head, distance and parameters;
      null, the default, where it is no such sum. Goes with `emitAddend`.
    }], "::mlir::Value", "getAugend", (ins), [{}], [{ return {}; }]>,
    InterfaceMethod<[{
      Emits at the builder what is added to `getAugend`, at `distance` (i32). `mapping` leads from batch, head and params of the
      score body to what stands for them at the builder, and receives what is cloned. Null, having emitted less than all of it,
      where the function depends on more than these.
    }], "::mlir::Value", "emitAddend",
      (ins "::mlir::OpBuilder &":$builder, "::mlir::Value":$distance, "::mlir::IRMapping &":$mapping), [{}],
      [{ (void)builder, (void)distance, (void)mapping; return {}; }]>,
    InterfaceMethod<[{
      Whether targets put the addend into a table per head and tile, with an entry per distance, and read it for each pair.
      Pays where the addend costs more than to read an entry.
    }], "bool", "isTabulated", (ins), [{}], [{ return false; }]>,

    InterfaceMethod<[{
      The line that the result is: score + slope · (distance - origin). None, the default, where it is none.
    }], "::std::optional<::camber::tile::Line>", "getLine", (ins), [{}], [{ return ::std::nullopt; }]>,

    InterfaceMethod<[{
      Where the result is either a score that enters the op, or -inf: that score and the distances between which it is kept.
      None, the default, for an op that does anything else.
    }], "::std::optional<::camber::tile::Limits>", "getLimits", (ins), [{}], [{ return ::std::nullopt; }]>,

    InterfaceMethod<[{
      The distances at which the op changes what it does, in ascending order: loops over keys are split there. They depend on batch, head and parameters only. The default has none.
    }], "void", "getBreakpoints", (ins "::llvm::SmallVectorImpl<::camber::tile::Breakpoint> &":$breakpoints), [{}], [{ (void)breakpoints; }]>,
    InterfaceMethod<[{
      Whether all pairs are hidden that lie so to the op's breakpoints. Asked of ops that have limits and end a score body.
    }], "bool", "hides", (ins "::llvm::ArrayRef<::camber::tile::Relation>":$relations), [{}], [{ (void)relations; return false; }]>,
    InterfaceMethod<[{
      Emits before this op what it is for pairs that lie so to its breakpoints, and returns it; null, the default, where nothing
      is simpler for them. May move operations out of its regions. The caller replaces the op and erases it.
    }], "::mlir::Value", "specialize", (ins "::mlir::OpBuilder &":$builder, "::llvm::ArrayRef<::camber::tile::Relation>":$relations),
      [{}], [{ (void)builder, (void)relations; return {}; }]>
  ];
}

#endif
