// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// #test_microkernel.plain, written as the author of a microkernel outside of this repository would: queries are packed
// [D, R], scores are [T, R], nothing is blocked.
#include "TestMicrokernel.h"
#include "camber/Dialect/CPU/ScoreBody.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace camber;
using namespace camber::cpu;
using namespace camber::test;

#include "TestMicrokernelDialect.cpp.inc"
#define GET_ATTRDEF_CLASSES
#include "TestMicrokernelAttributes.cpp.inc"

void TestMicrokernelDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "TestMicrokernelAttributes.cpp.inc"
      >();
}

int64_t PlainAttr::getPanelRows() const { return getWidth(); }
int64_t PlainAttr::getGroupRows() const { return 2 * getWidth(); }
Lanes PlainAttr::getLanes() const { return Lanes::rows; }
SmallVector<int64_t> PlainAttr::getPackedShape(int64_t rows, int64_t dim) const { return {dim, rows}; }
SmallVector<int64_t> PlainAttr::getScoresShape(int64_t rows, int64_t keys) const { return {keys, rows}; }
SmallVector<int64_t> PlainAttr::getScoresScratch(int64_t) const { return {}; }
SmallVector<int64_t> PlainAttr::getAccumulateScratch(int64_t rows, int64_t) const { return {rows}; }
bool PlainAttr::needsCopy(Type element, bool) const { return !element.isF32(); }
bool PlainAttr::endsWithRow() const { return false; }

static int64_t sizeOf(Value buffer, unsigned dim) { return cast<MemRefType>(buffer.getType()).getDimSize(dim); }

LogicalResult PlainAttr::emitPackQueries(PackQueriesOp &op, VectorBuilder &v) const {
  Value scale = v.f32(op.getScale().convertToDouble()), zero = v.f32(0.0);
  v.loop(v.index(0), roundUp(v, op.getCount(), getWidth()), 1, {}, [&](Value r, ValueRange) -> SmallVector<Value> {
    Value head = loadIndex(v, op.getRowHead(), r), query = loadIndex(v, op.getRowIndex(), r);
    Value exists = arith::CmpIOp::create(v.b, v.loc, arith::CmpIPredicate::ult, r, op.getCount());
    v.loop(v.index(0), v.index(sizeOf(op.getPacked(), 0)), 1, {}, [&](Value d, ValueRange) -> SmallVector<Value> {
      Value x = v.scalar(op.getSource(), {op.getBatch(), head, query, d});
      if (!x.getType().isF32())
        x = arith::ExtFOp::create(v.b, v.loc, v.b.getF32Type(), x);
      memref::StoreOp::create(v.b, v.loc, v.select(exists, v.mul(x, scale), zero), op.getPacked(), ValueRange{d, r});
      return {};
    });
    return {};
  });
  return success();
}

LogicalResult PlainAttr::emitScores(ScoresOp &op, VectorBuilder &v) const {
  ScoreBody body(op, v);
  if (failed(body.emitUniform()))
    return failure();
  bool ok = true;
  v.loop(op.getBegin(), op.getEnd(), getWidth(), {}, [&](Value row, ValueRange) -> SmallVector<Value> {
    IRMapping rowValues;
    ok = ok && succeeded(body.emitRow(row, rowValues));
    Value column = arith::SubIOp::create(v.b, v.loc, row, op.getBegin()), before = v.load(op.getMaximum(), row);
    auto emitKey = [&](Value key, ValueRange maximum) -> SmallVector<Value> {
      Value dot = v.loop(v.index(0), v.index(sizeOf(op.getKeys(), 1)), 1, v.splat(0.0),
                         [&](Value d, ValueRange sum) -> SmallVector<Value> {
                           Value x = v.broadcast(v.scalar(op.getKeys(), {key, d}));
                           return {v.fma(x, v.load(op.getPacked(), {d, row}), sum[0])};
                         })[0];
      IRMapping keyValues;
      FailureOr<Value> score = failure();
      if (ok && succeeded(body.emitKey(key, keyValues)))
        score = body.emitPair(v.mul(dot, v.splat(op.getScale().convertToDouble())), key, row, rowValues, keyValues);
      ok = succeeded(score);
      if (!ok)
        return SmallVector<Value>(maximum);
      v.store(*score, op.getScores(), {key, column});
      return {v.maxOr(*score, maximum[0])};
    };
    v.store(v.loop(v.index(0), op.getCount(), 1, before, emitKey)[0], op.getNewMaximum(), row);
    return {};
  });
  return success(ok);
}

LogicalResult PlainAttr::emitSoftmaxUpdate(SoftmaxUpdateOp &op, VectorBuilder &v) const {
  v.loop(op.getBegin(), op.getEnd(), getWidth(), {}, [&](Value row, ValueRange) -> SmallVector<Value> {
    Value column = arith::SubIOp::create(v.b, v.loc, row, op.getBegin());
    Value now = v.load(op.getNewMaximum(), row), finite = v.finiteMaximum(now);
    Value rescale = v.exp2(v.sub(v.load(op.getMaximum(), row), finite));
    Value sum = v.loop(v.index(0), op.getCount(), 1, v.splat(0.0), [&](Value key, ValueRange carried) {
      Value p = v.exp2(v.sub(v.load(op.getScores(), {key, column}), finite));
      v.store(p, op.getScores(), {key, column});
      return SmallVector<Value>{v.add(carried[0], p)};
    })[0];
    v.store(v.fma(v.load(op.getSum(), row), rescale, sum), op.getSum(), row);
    v.store(rescale, op.getRescale(), row);
    v.store(now, op.getMaximum(), row);
    return {};
  });
  return success();
}

/// Keeps a copy of the rescale in its scratch, to show that it has one.
LogicalResult PlainAttr::emitAccumulate(AccumulateOp &op, VectorBuilder &v) const {
  v.loop(op.getBegin(), op.getEnd(), 1, {}, [&](Value row, ValueRange) -> SmallVector<Value> {
    memref::StoreOp::create(v.b, v.loc, v.scalar(op.getRescale(), row), op.getScratch(), ValueRange{row});
    Value column = arith::SubIOp::create(v.b, v.loc, row, op.getBegin());
    v.loop(v.index(0), v.index(sizeOf(op.getOutput(), 1)), getWidth(), {}, [&](Value d, ValueRange) {
      Value product = v.loop(v.index(0), op.getCount(), 1, v.splat(0.0), [&](Value key, ValueRange sum) {
        Value p = v.broadcast(v.scalar(op.getP(), {key, column}));
        return SmallVector<Value>{v.fma(p, v.load(op.getValues(), {key, d}), sum[0])};
      })[0];
      Value rescale = v.broadcast(v.scalar(op.getScratch(), row));
      v.store(v.fma(v.load(op.getOutput(), {row, d}), rescale, product), op.getOutput(), {row, d});
      return SmallVector<Value>();
    });
    return {};
  });
  return success();
}
