// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// convert-cpu-to-vector: one emitter per op of the cpu dialect.
#include "BodyEmitter.h"
#include "camber/Dialect/Attn/AttnDialect.h"
#include "camber/Dialect/Tile/Kernel.h"
#include "camber/Dialect/Tile/ScoreStructure.h"
#include "llvm/ADT/TypeSwitch.h"

namespace camber::cpu {
#define GEN_PASS_DEF_CONVERTCPUTOVECTOR
#include "camber/Dialect/CPU/Passes.h.inc"
} // namespace camber::cpu

using namespace mlir;
using namespace camber;
using namespace camber::cpu;

namespace {
struct ConvertCPUToVector : camber::cpu::impl::ConvertCPUToVectorBase<ConvertCPUToVector> {
  void runOnOperation() override {
    if (failed(tile::refuseKernels(getOperation(), "convert-tile-to-cpu")))
      return signalPassFailure();
    SmallVector<Operation *> ops;
    getOperation()->walk([&](Operation *op) {
      if (isa_and_nonnull<CPUDialect>(op->getDialect()) && !isa<Exp2Op>(op))
        ops.push_back(op);
    });
    for (Operation *op : ops) {
      OpBuilder b(op);
      VectorBuilder v(b, op->getLoc(), op->getAttrOfType<ScheduleAttr>("schedule").getWidth());
      LogicalResult result = TypeSwitch<Operation *, LogicalResult>(op)
                                 .Case([&](ScoresOp o) { return emitScores(o, v); })
                                 .Case([&](TabulateOp o) { return emitTabulate(o, v); })
                                 .Case([&](PackQueriesOp o) { return emitPackQueries(o, v), success(); })
                                 .Case([&](CopyKeysOp o) { return emitCopyKeys(o, v), success(); })
                                 .Case([&](SoftmaxUpdateOp o) { return emitSoftmaxUpdate(o, v), success(); })
                                 .Case([&](AccumulateOp o) { return emitAccumulate(o, v), success(); })
                                 .Case([&](ReachOp o) { return emitReach(o, v), success(); })
                                 .Case([&](AddRowsOp o) { return emitAddRows(o, v), success(); })
                                 .Case([&](EpilogueOp o) { return emitEpilogue(o, v), success(); })
                                 .Case([&](CombineOp o) { return emitCombine(o, v), success(); })
                                 .Case([&](StoreRowsOp o) { return emitStoreRows(o, v), success(); })
                                 .Case([&](RowNormsOp o) { return emitRowNorms(o, v), success(); })
                                 .Case([&](KeyNormsOp o) { return emitKeyNorms(o, v), success(); })
                                 .Case([&](StateBoundOp o) { return emitStateBound(o, v); })
                                 .Case([&](SkipRangeOp o) { return emitSkipRange(o, v); })
                                 .Default([](Operation *o) { return o->emitOpError("has no vector form"); });
      if (failed(result))
        return signalPassFailure();
      op->erase();
    }
    // Lookups around the kernels: breakpoints of a bias that are read from a parameter.
    WalkResult lookups = getOperation()->walk([&](attn::LookupOp lookup) {
      OpBuilder b(lookup);
      VectorBuilder v(b, lookup.getLoc(), 1);
      auto constant = lookup.getTable().getDefiningOp<arith::ConstantOp>();
      if (!constant && !isa<MemRefType>(lookup.getTable().getType())) {
        lookup.emitOpError("reads a tensor; bufferise first");
        return WalkResult::interrupt();
      }
      Value table = constant ? tile::emitTable(b, constant) : lookup.getTable();
      lookup.replaceAllUsesWith(emitLookup(v, table, lookup.getIndices(), /*onVector=*/false));
      lookup.erase();
      if (constant && constant->use_empty())
        constant.erase();
      return WalkResult::advance();
    });
    if (lookups.wasInterrupted())
      signalPassFailure();
  }
};
} // namespace
