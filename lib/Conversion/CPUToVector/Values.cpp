// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// cpu.copy_keys, and cpu.reach and cpu.add_rows: values that are not finite reach the rows that see them, and no other
// row.
#include "Patterns.h"

using namespace mlir;
using namespace camber::cpu;

// Few blocks ever run twice, so the kernels of the second run are loops without register tiles: small, not fast.

static LogicalResult emitCopyFinite(CopyKeysOp op, VectorBuilder &v) {
  auto type = cast<MemRefType>(op.getDestination().getType());
  v.loop(v.index(0), op.getCount(), 1, {}, [&](Value j, ValueRange) -> SmallVector<Value> {
    v.loop(v.index(0), v.index(type.getDimSize(1)), v.width, {}, [&](Value d, ValueRange) -> SmallVector<Value> {
      Value x = v.loadF32(op.getSource(), {j, d});
      Value finite = v.select(v.isNotFinite(x), v.splat(0.0), x);
      if (!type.getElementType().isF32())
        finite = arith::TruncFOp::create(v.b, v.loc, v.vectorType(type.getElementType()), finite);
      v.store(finite, op.getDestination(), {j, d});
      return {};
    });
    return {};
  });
  return success();
}

static LogicalResult emitCopyKeys(CopyKeysOp op, VectorBuilder &v) {
  if (op.getFinite())
    return emitCopyFinite(op, v);
  int64_t dim = cast<MemRefType>(op.getDestination().getType()).getDimSize(1);
  v.loop(v.index(0), op.getCount(), 1, {}, [&](Value j, ValueRange) -> SmallVector<Value> {
    for (int64_t d = 0; d < dim; d += v.width)
      v.store(v.loadF32(op.getSource(), {j, v.index(d)}), op.getDestination(), {j, v.index(d)});
    return {};
  });
  return success();
}

static LogicalResult emitReach(ReachOp op, VectorBuilder &v) {
  int64_t dim = cast<MemRefType>(op.getReached().getType()).getDimSize(1);
  bool keysInLanes = op.getSchedule().getLanes() == Lanes::keys;
  Value none = v.f32(-std::numeric_limits<double>::infinity());
  auto addTo = [&](Value row, Value key, Value d, Value special) {
    Value column = arith::SubIOp::create(v.b, v.loc, row, op.getBegin());
    Value score = v.scalar(op.getScores(), keysInLanes ? ValueRange{column, key} : ValueRange{key, column});
    Value seen = v.compare(arith::CmpFPredicate::UNE, score, none); // true for NaN
    Value sum = v.add(v.load(op.getReached(), {row, d}), v.select(seen, special, v.splat(0.0)));
    v.store(sum, op.getReached(), {row, d});
  };
  v.loop(v.index(0), op.getCount(), 1, {}, [&](Value key, ValueRange) -> SmallVector<Value> {
    v.loop(v.index(0), v.index(dim), v.width, {}, [&](Value d, ValueRange) -> SmallVector<Value> {
      Value x = v.loadF32(op.getValues(), {key, d});
      Value notFinite = v.isNotFinite(x);
      Value any = vector::ReductionOp::create(v.b, v.loc, vector::CombiningKind::OR, notFinite);
      auto branch = scf::IfOp::create(v.b, v.loc, any, /*withElseRegion=*/false);
      OpBuilder::InsertionGuard guard(v.b);
      v.b.setInsertionPointToStart(branch.thenBlock());
      Value special = v.select(notFinite, x, v.splat(0.0)), begin = op.getBegin();
      if (op.getKeyEnd()) // scores of rows before that are not there
        begin = arith::MaxSIOp::create(v.b, v.loc, begin, arith::SubIOp::create(v.b, v.loc, key, op.getKeyEnd()));
      v.loop(begin, op.getEnd(), 1, {}, [&](Value row, ValueRange) -> SmallVector<Value> {
        addTo(row, key, d, special);
        return {};
      });
      return {};
    });
    return {};
  });
  return success();
}

static LogicalResult emitAddRows(AddRowsOp op, VectorBuilder &v) {
  int64_t dim = cast<MemRefType>(op.getOutput().getType()).getDimSize(1);
  v.loop(v.index(0), op.getCount(), 1, {}, [&](Value r, ValueRange) -> SmallVector<Value> {
    v.loop(v.index(0), v.index(dim), v.width, {}, [&](Value d, ValueRange) -> SmallVector<Value> {
      v.store(v.add(v.load(op.getOutput(), {r, d}), v.load(op.getAddend(), {r, d})), op.getOutput(), {r, d});
      return {};
    });
    return {};
  });
  return success();
}

void camber::cpu::populateValuePatterns(RewritePatternSet &patterns) {
  patterns.add<EmitBefore<CopyKeysOp, emitCopyKeys>, EmitBefore<ReachOp, emitReach>,
               EmitBefore<AddRowsOp, emitAddRows>>(patterns.getContext());
}
