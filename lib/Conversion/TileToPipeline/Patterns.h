// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The patterns of convert-tile-to-pipeline, and the steps before and after them. A file lowers the ops that it names.
#ifndef CAMBER_LIB_CONVERSION_TILETOPIPELINE_PATTERNS_H
#define CAMBER_LIB_CONVERSION_TILETOPIPELINE_PATTERNS_H

#include "camber/Dialect/Pipeline/Passes.h"
#include "camber/Dialect/Pipeline/PipelineDialect.h"
#include "camber/Dialect/Tile/TileDialect.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Transforms/DialectConversion.h"

namespace camber::pipeline {

/// The ring that each tile.load_rows and tile.load_keys of a kernel loads into.
using StageRings = llvm::DenseMap<mlir::Operation *, mlir::TypedValue<RingType>>;

//===- before the patterns, on the ops of a tile.kernel --------------------===//

/// Reserves shared memory for what the kernel loads (Stages.cpp). Loops run one after the other, so those that load the
/// same shapes share it.
mlir::LogicalResult reserveStages(tile::KernelOp kernel, ScheduleAttr schedule, StageRings &rings);

/// Puts what a tile.score evaluates once per distance into tables, and hides the keys behind the last one where a tile
/// may be partial (Scores.cpp).
mlir::LogicalResult prepareScores(tile::KernelOp kernel);

/// tile.for_keys becomes scf.for over the numbers of tiles; loops that go on from each other become one (KeyLoops.cpp).
mlir::LogicalResult convertKeyLoops(tile::KernelOp kernel);

//===- the patterns ----------------------------------------------------------===//

/// One group of ops each.
void populateProgramPatterns(mlir::RewritePatternSet &patterns);
void populateStagePatterns(mlir::RewritePatternSet &patterns, const StageRings &rings);
void populateProductPatterns(mlir::RewritePatternSet &patterns);
void populateSoftmaxPatterns(mlir::RewritePatternSet &patterns);
void populateSkipPatterns(mlir::RewritePatternSet &patterns);
void populateResultPatterns(mlir::RewritePatternSet &patterns);

/// A tile that was loaded is a stage to patterns; null, with an error at `op` that names what `role` must be, for one
/// that is in registers.
mlir::TypedValue<StageType> expectStage(mlir::Operation *op, llvm::StringRef role, mlir::Value tile);

//===- after the patterns ------------------------------------------------------===//

/// Copies run ahead of their readers, which wait for them (CopyAhead.cpp).
mlir::LogicalResult scheduleCopies(mlir::func::FuncOp function);

//===- functions ---------------------------------------------------------------===//

/// What a function has besides the operands of its kernel: the number of key splits, partial results, and norms of keys
/// as bytes.
struct WorkArguments {
  explicit WorkArguments(mlir::func::FuncOp function);
  static llvm::SmallVector<mlir::Type> types(mlir::MLIRContext *context);
  mlir::Value splits, partials, norms;
};

/// A function beside `main` with the same arguments, for another grid of thread blocks, of one split. It has, up to
/// where `b` stands, what `main` computes for its pipeline.program_id, and that; `program` is the new one and `mapping`
/// leads to what was cloned.
struct SiblingFunction {
  SiblingFunction(mlir::OpBuilder &b, mlir::func::FuncOp main, llvm::StringRef kernelSuffix);
  mlir::func::FuncOp function;
  ProgramIdOp program;
  mlir::IRMapping mapping;
};

} // namespace camber::pipeline

#endif
