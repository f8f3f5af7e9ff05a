// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// cpu.skip_range: how far a range of keys is negligible for every row, by bisection on vectors of rows.
#include "Patterns.h"
#include "camber/Dialect/CPU/BodyEmitter.h"

using namespace mlir;
using namespace camber;
using namespace camber::cpu;

namespace {
class RangeSkipper {
public:
  RangeSkipper(SkipRangeOp op, VectorBuilder &v)
      : op(op), v(v), b(v.b), arguments(op.getBoundArguments()),
        emitter(op.getBody().front(), dependencesOf(op), {}, v) {}
  LogicalResult emit();

private:
  static SmallVector<attn::Dependence> dependencesOf(SkipRangeOp op) {
    using attn::Dependence;
    return {Dependence::pair, Dependence::uniform, op.getUniformHead() ? Dependence::uniform : Dependence::head,
            Dependence::row,  Dependence::column,  Dependence::column};
  }

  Value add(Value x, Value y) { return arith::AddIOp::create(b, v.loc, x, y); }
  Value sub(Value x, Value y) { return arith::SubIOp::create(b, v.loc, x, y); }
  Value i32(Value index) { return arith::IndexCastOp::create(b, v.loc, b.getI32Type(), index); }
  /// What the bound of the rows from `row` on has to stay below; NaN where it has to fail.
  Value threshold(Value row);
  /// Whether the rows from `row` on are satisfied without `tiles` tiles (i1).
  Value isNegligible(Value row, Value tiles, const IRMapping &rowValues, Value below);
  /// The most tiles that the rows from `row` on are satisfied without, at most `tiles`.
  Value bisect(Value row, Value tiles);

  SkipRangeOp op;
  VectorBuilder &v;
  OpBuilder &b;
  tile::RangeBoundArguments arguments;
  BodyEmitter emitter;
  IRMapping uniform;
  Value all, logKeys; ///< the tiles of the range, and log2 of what may be skipped, as a vector
  bool ok = true;
};
} // namespace

Value RangeSkipper::threshold(Value row) {
  Value sum = v.load(op.getSum(), row);
  Value seen = v.add(v.load(op.getMaximum(), row), v.log2(sum));
  Value limit = v.sub(v.sub(seen, v.splat(26)), logKeys);
  // log2 gives a number for a sum that is none.
  return v.add(limit, v.mul(sum, v.splat(0.0)));
}

Value RangeSkipper::isNegligible(Value row, Value tiles, const IRMapping &rowValues, Value below) {
  // The keys [first, last] that would be skipped, and the running maximum of norms that covers them.
  Value step = v.index(op.getStep()), one = v.index(1), block = v.index(tile::KeyNormsOp::kBlock);
  Value first = op.getLo(), last = sub(op.getHi(), one), norm;
  if (op.getRight()) {
    first = add(first, arith::MulIOp::create(b, v.loc, sub(all, tiles), step));
    norm = v.scalar(op.getKeyNorms(), {one, arith::DivUIOp::create(b, v.loc, first, block)});
  } else {
    last = sub(add(first, arith::MulIOp::create(b, v.loc, tiles, step)), one);
    norm = v.scalar(op.getKeyNorms(), {v.index(0), arith::DivUIOp::create(b, v.loc, last, block)});
  }
  IRMapping values;
  addValues(values, rowValues);
  values.map(arguments.getLimit(), v.mul(v.load(op.getRowNorms(), row), v.broadcast(norm)));
  values.map(arguments.getFirstPosition(), i32(add(first, op.getKeyBase())));
  values.map(arguments.getLastPosition(), i32(add(last, op.getKeyBase())));
  ok = ok && succeeded(emitter.emit(BodyEmitter::Step, values)) && succeeded(emitter.emit(BodyEmitter::Pair, values));
  if (!ok)
    return arith::ConstantOp::create(b, v.loc, b.getBoolAttr(false));
  // A kernel folds factors and tabulates biases, so its scores are not rounded like the bound.
  Value bound = emitter.yielded(values);
  Value raised = v.fma(math::AbsFOp::create(b, v.loc, bound), v.splat(0x1p-20), bound);
  Value small = v.compare(arith::CmpFPredicate::OLT, raised, below);
  Value padding =
      arith::CmpIOp::create(b, v.loc, arith::CmpIPredicate::sge, v.lanes(), v.broadcast(i32(sub(op.getCount(), row))));
  return vector::ReductionOp::create(b, v.loc, vector::CombiningKind::AND,
                                     arith::OrIOp::create(b, v.loc, small, padding));
}

Value RangeSkipper::bisect(Value row, Value tiles) {
  IRMapping rowValues;
  addValues(rowValues, uniform);
  if (!op.getUniformHead()) {
    Value head = v.load(op.getRowHead(), row);
    rowValues.map(arguments.getHead(),
                  arith::AddIOp::create(b, v.loc, head, v.splatI32(op.getHeadOffset())).getResult());
  }
  rowValues.map(arguments.getQueryPosition(), v.load(op.getRowPosition(), row));
  ok = ok && succeeded(emitter.emit(BodyEmitter::Lanes, rowValues));
  Value below = threshold(row);
  // Satisfied without `low` tiles, not satisfied without more than `high`; all of them are tried first.
  SmallVector<Value> inits = {v.index(0), tiles, tiles};
  SmallVector<Type> types(3, b.getIndexType());
  auto loop = scf::WhileOp::create(
      b, v.loc, types, inits,
      [&](OpBuilder &, Location, ValueRange state) {
        Value open = arith::CmpIOp::create(b, v.loc, arith::CmpIPredicate::slt, state[0], state[1]);
        scf::ConditionOp::create(b, v.loc, open, state);
      },
      [&](OpBuilder &, Location, ValueRange state) {
        Value satisfied = isNegligible(row, state[2], rowValues, below);
        Value low = arith::SelectOp::create(b, v.loc, satisfied, state[2], state[0]);
        Value high = arith::SelectOp::create(b, v.loc, satisfied, state[1], sub(state[2], v.index(1)));
        Value next = arith::CeilDivUIOp::create(b, v.loc, add(low, high), v.index(2));
        scf::YieldOp::create(b, v.loc, ValueRange{low, high, next});
      });
  return loop.getResult(0);
}

LogicalResult RangeSkipper::emit() {
  uniform.map(arguments.getParams(), op.getParams());
  uniform.map(arguments.getBatch(), i32(op.getBatch()));
  if (op.getUniformHead()) {
    Value head = v.scalar(op.getRowHead(), v.index(0));
    Value offset = arith::ConstantOp::create(b, v.loc, b.getI32IntegerAttr(op.getHeadOffset()));
    uniform.map(arguments.getHead(), arith::AddIOp::create(b, v.loc, head, offset).getResult());
  }
  if (failed(emitter.emit(BodyEmitter::Uniform, uniform)))
    return failure();
  Value zero = v.index(0), step = v.index(op.getStep());
  Value hi = arith::MaxSIOp::create(b, v.loc, op.getHi(), op.getLo());
  all = arith::CeilDivUIOp::create(b, v.loc, sub(hi, op.getLo()), step);
  Value keys = arith::MaxSIOp::create(b, v.loc, op.getKeys(), v.index(1));
  logKeys = v.log2(v.broadcast(arith::UIToFPOp::create(b, v.loc, b.getF32Type(), i32(keys))));
  // Where the range ends without `tiles` tiles.
  auto end = [&](Value tiles) -> Value {
    if (!op.getRight())
      return add(op.getLo(), arith::MulIOp::create(b, v.loc, tiles, step));
    Value from = add(op.getLo(), arith::MulIOp::create(b, v.loc, sub(all, tiles), step));
    return arith::MinSIOp::create(b, v.loc, from, hi);
  };
  int64_t rows = op.getSchedule().getGroupRows();
  // The tiles of a group's own range.
  auto tilesOf = [&](Value number) -> Value {
    if (!op.getSeen())
      return all;
    Value seen = arith::IndexCastOp::create(b, v.loc, b.getIndexType(), v.scalar(op.getSeen(), {number}));
    Value before = arith::CeilDivUIOp::create(b, v.loc, sub(seen, op.getLo()), step);
    return op.getRight() ? sub(all, before) : before;
  };
  Value least = v.loop(zero, op.getCount(), rows, ValueRange{all}, [&](Value group, ValueRange left) {
    Value number = arith::DivUIOp::create(b, v.loc, group, v.index(rows)), own = tilesOf(number);
    Value groupEnd = arith::MinSIOp::create(b, v.loc, v.offset(group, rows), op.getCount());
    Value tiles = v.loop(group, groupEnd, v.width, ValueRange{own},
                         [&](Value row, ValueRange tiles) -> SmallVector<Value> { return {bisect(row, tiles[0])}; })[0];
    memref::StoreOp::create(b, v.loc, i32(end(tiles)), op.getEnds(), number);
    Value isEmpty = arith::CmpIOp::create(b, v.loc, arith::CmpIPredicate::eq, tiles, own);
    Value fewer = arith::MinSIOp::create(b, v.loc, tiles, left[0]);
    return SmallVector<Value>{arith::SelectOp::create(b, v.loc, isEmpty, left[0], fewer)};
  })[0];
  op.getResult().replaceAllUsesWith(end(least));
  return success(ok);
}

static LogicalResult emitSkipRange(SkipRangeOp op, VectorBuilder &v) { return RangeSkipper(op, v).emit(); }

void camber::cpu::populateSkipRangePatterns(RewritePatternSet &patterns) {
  patterns.add<EmitBefore<SkipRangeOp, emitSkipRange>>(patterns.getContext());
}
