// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Score bodies: what a thread evaluates for each pair it holds, and other regions of the same operations.
#include "BlockEmitter.h"
#include "camber/Dialect/Tile/Kernel.h"
#include "camber/Dialect/Tile/ScoreStructure.h"

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
    Value index = tile::clampIndex(b, loc, table, dim, values.lookup(original));
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

IRMapping BlockEmitter::uniformValues(Block &body, unsigned numLeading, ValueRange params) {
  IRMapping uniform;
  for (auto [argument, param] : llvm::zip_equal(body.getArguments().drop_front(numLeading), params))
    uniform.map(argument, mapping.lookup(param));
  for (auto constant : body.getOps<arith::ConstantOp>())
    if (isa<ShapedType>(constant.getType()))
      uniform.map(constant.getResult(), tile::emitTable(b, constant));
  return uniform;
}

Value BlockEmitter::evaluate(Block &body, IRMapping &values) {
  for (Operation &operation : body.without_terminator()) {
    if (auto lookup = dyn_cast<attn::LookupOp>(operation))
      values.map(lookup.getResult(), loadEntry(b, lookup, values));
    else if (!values.contains(operation.getResult(0)))
      b.clone(operation, values);
  }
  return values.lookup(body.getTerminator()->getOperand(0));
}

std::function<Value(int64_t, int64_t)> BlockEmitter::distancesTo(Value position, Value queryBase) {
  // Rows of one head follow each other: 8 keys further on, the next row of this thread is as far away as this one is.
  // One value serves both.
  bool follow = !geometry.getPacked();
  Fragment toPosition;
  for (Value query : ArrayRef(rowQueries).take_front(follow ? 1 : rowQueries.size()))
    toPosition.push_back(
        arith::SIToFPOp::create(b, loc, b.getF32Type(), sub(position, add(query, queryBase))).getResult());
  return [this, follow, toPosition](int64_t row, int64_t ahead) {
    int64_t more = follow ? ahead - 8 * row : ahead;
    Value distance = toPosition[follow ? 0 : row];
    return more ? real<arith::AddFOp>(distance, f32(more)) : distance;
  };
}

LogicalResult BlockEmitter::emitScore(tile::ScoreOp op) {
  if (failed(tile::checkLowered(op)))
    return failure();
  Block &body = *op.getScoreBody();
  tile::lowerScoreStructure(body);
  auto arguments = body.getArguments();
  Value queryBase = toI32(mapping.lookup(op.getQueryBase())), keyBase = toI32(mapping.lookup(op.getKeyBase()));
  Value firstKey = toI32(mapping.lookup(op.getFirstKey()));
  IRMapping uniform = uniformValues(body, tile::ScoreOp::kNumPairArguments, op.getParams());
  uniform.map(arguments[1], toI32(mapping.lookup(op.getBatch())));
  Fragment scores = fragments.lookup(op.getScores());
  int64_t numFragments = scores.size() / (4 * rowFragments());
  SmallVector<Value> distances = tile::getRealDistances(body);
  Value firstPosition = add(add(firstKey, columnOf(0, 0)), keyBase);
  std::function<Value(int64_t, int64_t)> distanceOf;
  if (!distances.empty())
    distanceOf = distancesTo(firstPosition, queryBase);
  SmallVector<std::pair<EntryOp, SmallVector<Value>>> entries;
  for (auto entry : body.getOps<EntryOp>())
    entries.push_back({entry, entriesOf(entry, firstPosition, queryBase, uniform)});
  for (auto [i, score] : llvm::enumerate(scores)) {
    int64_t c = i % 2, h = i / 2 % 2, n = i / 4 % numFragments, m = i / (4 * numFragments);
    Value key = add(firstKey, columnOf(n, c)), query = rowQueries[2 * m + h];
    IRMapping values(uniform);
    values.map(arguments[0], score);
    values.map(arguments[2], add(rowHeads[2 * m + h], geometry.getHeadOffset()));
    values.map(arguments[3], add(query, queryBase));
    values.map(arguments[4], add(key, keyBase));
    values.map(arguments[5], query);
    values.map(arguments[6], key);
    for (Value distance : distances)
      values.map(distance, distanceOf(2 * m + h, 8 * n + c));
    for (auto &[entry, rows] : entries) {
      Value coord = sharedOffset(rows[2 * m + h], 4 * (8 * n + c));
      values.map(entry.getEntry(), LLVM::LoadOp::create(b, loc, b.getF32Type(), coord).getResult());
    }
    score = evaluate(body, values);
  }
  fragments[op.getResult()] = std::move(scores);
  return success();
}

SmallVector<Value> BlockEmitter::entriesOf(EntryOp op, Value firstPosition, Value queryBase, IRMapping &uniform) {
  Value first = sub(firstPosition, uniform.lookup(op.getLeast())), table = uniform.lookup(op.getTable());
  return llvm::map_to_vector(
      rowQueries, [&](Value query) { return sharedOffset(table, mul(sub(first, add(query, queryBase)), 4)); });
}

void BlockEmitter::emitTable(TableOp op) {
  mapping.map(op.getTable(), sharedOffset(shared, sharedBytes));
  sharedBytes += llvm::alignTo(4 * cast<MemRefType>(op.getTable().getType()).getDimSize(0), 128);
}

LogicalResult BlockEmitter::emitTabulate(TabulateOp op) {
  if (geometry.getPacked())
    return op.emitOpError("needs rows of one head, and those of this block are packed");
  Block &body = op.getBody().front();
  tile::lowerScoreStructure(body);
  IRMapping uniform = uniformValues(body, TabulateOp::kNumDistanceArguments, op.getParams());
  uniform.map(body.getArgument(0), toI32(mapping.lookup(op.getBatch())));
  uniform.map(body.getArgument(1), add(head, geometry.getHeadOffset()));
  Value table = mapping.lookup(op.getTable()), least = mapping.lookup(op.getLeast());
  int64_t size = cast<MemRefType>(op.getTable().getType()).getDimSize(0), threads = schedule.getThreads();
  for (int64_t done = 0; done < size; done += threads) {
    Value number = add(thread, done);
    auto fill = [&] {
      IRMapping values(uniform);
      values.map(body.getArgument(2), add(least, number));
      LLVM::StoreOp::create(b, loc, evaluate(body, values), sharedOffset(table, mul(number, 4)));
    };
    if (done + threads <= size)
      fill();
    else
      when(compare(CmpIPredicate::ult, number, i32(size)), fill);
  }
  return success();
}

void BlockEmitter::emitRowValues(RowValuesOp op) {
  Block &body = op.getBody().front();
  tile::lowerScoreStructure(body);
  IRMapping uniform = uniformValues(body, RowValuesOp::kNumRowArguments, op.getParams());
  uniform.map(body.getArgument(0), toI32(mapping.lookup(op.getBatch())));
  Fragment result;
  for (Value rowHead : rowHeads) {
    IRMapping values(uniform);
    values.map(body.getArgument(1), add(rowHead, geometry.getHeadOffset()));
    result.push_back(evaluate(body, values));
  }
  fragments[op.getValues()] = std::move(result);
}

void BlockEmitter::emitRowOffsets(RowOffsetsOp op) {
  Value firstKey = toI32(mapping.lookup(op.getFirstKey())), keyBase = toI32(mapping.lookup(op.getKeyBase())),
        queryBase = toI32(mapping.lookup(op.getQueryBase()));
  Fragment offsets = fragments.lookup(op.getSlopes());
  auto distanceOf = distancesTo(add(firstKey, keyBase), queryBase);
  for (auto [row, offset] : llvm::enumerate(offsets))
    offset = real<arith::MulFOp>(offset, distanceOf(row, 0));
  fragments[op.getOffsets()] = std::move(offsets);
}

void BlockEmitter::emitMaskTail(MaskTailOp op) {
  Fragment scores = fragments.lookup(op.getScores());
  int64_t numFragments = scores.size() / (4 * rowFragments());
  Value count = toI32(mapping.lookup(op.getCount())), hidden = f32(-kInfinity);
  for (auto [i, score] : llvm::enumerate(scores))
    score = select(compare(CmpIPredicate::slt, columnOf(i / 4 % numFragments, i % 2), count), score, hidden);
  fragments[op.getResult()] = std::move(scores);
}
