// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Scores, the softmax state, and its end.
#include "BlockEmitter.h"
#include "camber/Dialect/Tile/ScoreStructure.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace camber;
using namespace camber::pipeline;
using arith::CmpIPredicate;

static constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// table[clamp(indices)], a load per thread.
static Value loadEntry(OpBuilder &b, attn::LookupOp lookup, IRMapping &values) {
  Location loc = lookup.getLoc();
  Value table = values.lookup(lookup.getTable());
  SmallVector<Value> indices;
  for (auto [dim, original] : llvm::enumerate(lookup.getIndices())) {
    Value index = values.lookup(original), zero = arith::ConstantOp::create(b, loc, b.getI32IntegerAttr(0));
    Value size = b.createOrFold<memref::DimOp>(loc, table, dim);
    Value last = arith::SubIOp::create(b, loc, size, arith::ConstantIndexOp::create(b, loc, 1));
    Value narrow = arith::IndexCastOp::create(b, loc, b.getI32Type(), last);
    index = arith::MaxSIOp::create(b, loc, arith::MinSIOp::create(b, loc, index, narrow), zero);
    indices.push_back(arith::IndexCastOp::create(b, loc, b.getIndexType(), index));
  }
  return memref::LoadOp::create(b, loc, table, indices);
}

void BlockEmitter::emitLookup(attn::LookupOp op) {
  IRMapping values(mapping);
  if (auto constant = op.getTable().getDefiningOp<arith::ConstantOp>())
    values.map(op.getTable(), tile::emitTable(b, constant));
  mapping.map(op.getResult(), loadEntry(b, op, values));
}

LogicalResult BlockEmitter::emitScore(tile::ScoreOp op) {
  Block &body = *op.getScoreBody();
  tile::lowerScoreStructure(body);
  for (Operation &operation : body) {
    bool isFunction =
        isa<math::MathDialect>(operation.getDialect()) &&
        !isa<math::FmaOp, math::AbsFOp, math::AbsIOp, math::SqrtOp, math::FloorOp, math::CeilOp>(operation);
    if (isFunction)
      return operation.emitOpError("has no form in the score bodies of accelerators yet");
  }
  IRMapping uniform;
  auto arguments = body.getArguments();
  Value queryBase = toI32(mapping.lookup(op.getQueryBase())), keyBase = toI32(mapping.lookup(op.getKeyBase()));
  Value firstKey = toI32(mapping.lookup(op.getFirstKey()));
  uniform.map(arguments[1], toI32(mapping.lookup(op.getBatch())));
  for (auto [argument, param] : llvm::zip_equal(arguments.drop_front(7), op.getParams()))
    uniform.map(argument, mapping.lookup(param));
  for (auto constant : body.getOps<arith::ConstantOp>())
    if (isa<ShapedType>(constant.getType()))
      uniform.map(constant.getResult(), tile::emitTable(b, constant));
  Fragment scores = fragments.lookup(op.getScores());
  int64_t strips = scores.size() / (4 * rowStrips());
  for (auto [i, score] : llvm::enumerate(scores)) {
    int64_t c = i % 2, h = i / 2 % 2, n = i / 4 % strips, m = i / (4 * strips);
    Value key = add(firstKey, columnOf(n, c)), query = rowQueries[2 * m + h];
    IRMapping values(uniform);
    values.map(arguments[0], score);
    values.map(arguments[2], add(rowHeads[2 * m + h], geometry.getHeadOffset()));
    values.map(arguments[3], add(query, queryBase));
    values.map(arguments[4], add(key, keyBase));
    values.map(arguments[5], query);
    values.map(arguments[6], key);
    for (Operation &operation : body.without_terminator()) {
      if (auto lookup = dyn_cast<attn::LookupOp>(operation))
        values.map(lookup.getResult(), loadEntry(b, lookup, values));
      else if (!values.contains(operation.getResult(0)))
        b.clone(operation, values);
    }
    score = values.lookup(body.getTerminator()->getOperand(0));
  }
  fragments[op.getResult()] = std::move(scores);
  return success();
}

void BlockEmitter::emitKeepKeys(KeepKeysOp op) {
  Fragment scores = fragments.lookup(op.getScores());
  int64_t strips = scores.size() / (4 * rowStrips());
  Value count = toI32(mapping.lookup(op.getCount())), hidden = f32(-kInfinity);
  for (auto [i, score] : llvm::enumerate(scores))
    score = select(compare(CmpIPredicate::slt, columnOf(i / 4 % strips, i % 2), count), score, hidden);
  fragments[op.getResult()] = std::move(scores);
}

void BlockEmitter::emitInit(tile::InitOp op) {
  Fragment maximum(2 * rowStrips(), f32(-kInfinity)), sum(2 * rowStrips(), f32(0.0));
  if (op.getSink()) {
    // The sink is one more score, seen by the first split: maximum sink · log2(e), sum 1. A sink of -∞ adds nothing.
    Value sink = mapping.lookup(op.getSink());
    Value isFirst = compare(CmpIPredicate::eq, mapping.lookup(op.getSplit()), index(0));
    Value addsSum = compare(CmpIPredicate::eq, lanePair, i32(0)); // one of the lanes that share a row
    for (auto [i, rowHead] : llvm::enumerate(rowHeads)) {
      Value logit = memref::LoadOp::create(b, loc, sink, toIndex(rowHead));
      logit = real<arith::MulFOp>(logit, f32(attn::kLog2e));
      Value isThere = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::UNE, logit, f32(-kInfinity));
      Value joins = this->op<arith::AndIOp>(isFirst, isThere);
      maximum[i] = select(joins, logit, maximum[i]);
      sum[i] = select(this->op<arith::AndIOp>(joins, addsSum), f32(1.0), sum[i]);
    }
  }
  fragments[op.getMaximum()] = std::move(maximum);
  fragments[op.getSum()] = std::move(sum);
  fragments[op.getOutput()] = Fragment(rowStrips() * geometry.getHeadDim() / 8 * 4, f32(0.0));
}

void BlockEmitter::emitSoftmaxUpdate(tile::SoftmaxUpdateOp op) {
  Fragment p = fragments.lookup(op.getScores()), maximum = fragments.lookup(op.getMaximum()),
           sum = fragments.lookup(op.getSum()), decay;
  int64_t strips = p.size() / (4 * rowStrips());
  auto combine = [&](SmallVector<Value> values, auto pair) { // as a tree: the chain is as short as can be
    while (values.size() > 1) {
      for (size_t i = 0; i < values.size() / 2; ++i)
        values[i] = pair(values[2 * i], values[2 * i + 1]);
      if (values.size() % 2)
        values[values.size() / 2] = values.back();
      values.resize((values.size() + 1) / 2);
    }
    return values.front();
  };
  for (int64_t m = 0; m < rowStrips(); ++m)
    for (int64_t h = 0; h < 2; ++h) {
      int64_t row = 2 * m + h;
      SmallVector<int64_t> places;
      for (int64_t n = 0; n < strips; ++n)
        for (int64_t c = 0; c < 2; ++c)
          places.push_back(((m * strips + n) * 2 + h) * 2 + c);
      auto gather = [&] { return llvm::map_to_vector(places, [&](int64_t place) { return p[place]; }); };
      Value most = combine(gather(), [&](Value x, Value y) { return real<arith::MaxNumFOp>(x, y); });
      most = real<arith::MaxNumFOp>(overRow<arith::MaxNumFOp>(most), maximum[row]);
      Value none = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OEQ, most, f32(-kInfinity));
      Value finite = select(none, f32(0.0), most);
      decay.push_back(exp2(real<arith::SubFOp>(maximum[row], finite)));
      for (int64_t place : places)
        p[place] = exp2(real<arith::SubFOp>(p[place], finite));
      Value added = combine(gather(), [&](Value x, Value y) { return real<arith::AddFOp>(x, y); });
      sum[row] = fma(sum[row], decay.back(), added);
      maximum[row] = most;
    }
  fragments[op.getP()] = std::move(p);
  fragments[op.getNewMaximum()] = std::move(maximum);
  fragments[op.getNewSum()] = std::move(sum);
  fragments[op.getDecay()] = std::move(decay);
}

void BlockEmitter::emitFinish(FinishOp op) {
  Fragment output = fragments.lookup(op.getOutput()), maximum = fragments.lookup(op.getMaximum()),
           sum = fragments.lookup(op.getSum());
  int64_t dim = geometry.getHeadDim(), strips = dim / 8;
  Value destination = mapping.lookup(op.getDestination()), batch = mapping.lookup(op.getBatch());
  Value lse = op.getLse() ? mapping.lookup(op.getLse()) : Value();
  Value kvHead = mapping.lookup(op.getKvHead()), split = mapping.lookup(op.getSplit());
  Value whole = compare(CmpIPredicate::eq, splits, index(1)), count = toI32(rowCount);
  Type element = cast<MemRefType>(destination.getType()).getElementType();
  auto global = LLVM::LLVMPointerType::get(b.getContext(), 1);
  auto storePair = [&](Value address, Value x, Value y, Type type) {
    Value pair = vector::FromElementsOp::create(b, loc, VectorType::get(2, b.getF32Type()), ValueRange{x, y});
    if (!type.isF32())
      pair = arith::TruncFOp::create(b, loc, VectorType::get(2, type), pair);
    Value pointer = LLVM::IntToPtrOp::create(b, loc, global,
                                             arith::IndexCastOp::create(b, loc, b.getI64Type(), address).getResult());
    LLVM::StoreOp::create(b, loc, pair, pointer, type.getIntOrFloatBitWidth() / 4);
  };
  // Where the partial results of this row block and split lie.
  int64_t rows = geometry.getRows();
  Value blocks = toIndex(NVVM::GridDimXOp::create(b, loc, b.getI32Type()));
  Value unit = add(mul(add(mul(batch, geometry.getKvHeads()), kvHead), blocks), gridBlock);
  Value partial = mul(add(mul(unit, splits), split), rows * dim + rows);
  Value column = toIndex(mul(lanePair, 2)), firstLane = compare(CmpIPredicate::eq, lanePair, i32(0));
  for (int64_t m = 0; m < rowStrips(); ++m)
    for (int64_t h = 0; h < 2; ++h) {
      int64_t row = 2 * m + h;
      Value number = threadRow(m, h);
      Value total = overRow<arith::AddFOp>(sum[row]);
      Value none = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OEQ, total, f32(0.0));
      Value inverse = select(none, f32(0.0), arith::DivFOp::create(b, loc, f32(1.0), total));
      auto log2 = LLVM::CallIntrinsicOp::create(b, loc, b.getF32Type(), b.getStringAttr("llvm.nvvm.lg2.approx.ftz.f"),
                                                ValueRange{total});
      Value seen = select(none, f32(-kInfinity), real<arith::AddFOp>(maximum[row], log2.getResults()));
      SmallVector<Value> values;
      for (int64_t n = 0; n < strips; ++n)
        for (int64_t c = 0; c < 2; ++c)
          values.push_back(real<arith::MulFOp>(output[((m * strips + n) * 2 + h) * 2 + c], inverse));
      auto exists = scf::IfOp::create(b, loc, compare(CmpIPredicate::slt, number, count), /*withElseRegion=*/false);
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPointToStart(exists.thenBlock());
      auto isWhole = scf::IfOp::create(b, loc, whole, /*withElseRegion=*/true);
      auto byFirstLane = [&](function_ref<void()> emit) {
        auto branch = scf::IfOp::create(b, loc, firstLane, /*withElseRegion=*/false);
        OpBuilder::InsertionGuard guard(b);
        b.setInsertionPointToStart(branch.thenBlock());
        emit();
      };
      b.setInsertionPointToStart(isWhole.thenBlock());
      Value head = toIndex(rowHeads[row]), query = toIndex(rowQueries[row]);
      Value address = globalAddress(destination, {batch, head, query, column});
      for (int64_t n = 0; n < strips; ++n)
        storePair(add(address, n * 8 * element.getIntOrFloatBitWidth() / 8), values[2 * n], values[2 * n + 1], element);
      if (lse)
        byFirstLane([&] {
          memref::StoreOp::create(b, loc, real<arith::MulFOp>(seen, f32(1.0 / attn::kLog2e)), lse,
                                  ValueRange{batch, head, query});
        });
      b.setInsertionPointToStart(isWhole.elseBlock());
      Value partials = mapping.lookup(op.getPartials()), rowIndex = toIndex(number);
      Value place = globalAddress(partials, add(add(partial, mul(rowIndex, dim)), column));
      for (int64_t n = 0; n < strips; ++n)
        storePair(add(place, n * 32), values[2 * n], values[2 * n + 1], b.getF32Type());
      byFirstLane([&] {
        memref::StoreOp::create(b, loc, seen, partials, ValueRange{add(add(partial, rows * dim), rowIndex)});
      });
    }
}
