// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Products on tensor cores: mma.sync m16n8k16 of f16 and bf16, and m16n8k8 of tf32 for f32; operands by ldmatrix.
//
// A float32 number is the sum of two tf32 numbers but for 2^-21 of it, and of the four products of such sums the
// smallest is skipped. The large products and the others are added up apart: tensor cores may truncate a sum, and so
// it is truncated as often as there are large products. For the same reason float32 outputs of a tile begin at zero.
#include "BlockEmitter.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace camber;
using namespace camber::pipeline;

/// After so much of a row the swizzle of shared memory comes round again.
static constexpr int64_t bytesOfLine = 128, stepsOfLine = bytesOfLine / 32;

/// Four 8×8 matrices of 16-bit elements, whose rows the lanes give the addresses of: lanes 0 … 7 those of the first.
SmallVector<Value> BlockEmitter::loadMatrices(Value pointer, bool transposed) {
  auto type = LLVM::LLVMStructType::getLiteral(b.getContext(), SmallVector<Type>(4, b.getI32Type()));
  MLIRContext *context = b.getContext();
  Value loaded = NVVM::LdMatrixOp::create(
      b, loc, type, pointer, b.getI32IntegerAttr(4),
      NVVM::MMALayoutAttr::get(context, transposed ? NVVM::MMALayout::col : NVVM::MMALayout::row),
      NVVM::LdStMatrixShapeAttr::get(context, 8, 8),
      NVVM::LdStMatrixEltTypeAttr::get(context, NVVM::LdStMatrixEltType::B16));
  SmallVector<Value> registers;
  for (int64_t i = 0; i < 4; ++i)
    registers.push_back(LLVM::ExtractValueOp::create(b, loc, loaded, i));
  return registers;
}

/// The registers of an operand as mma takes them: of f32 the tf32 numbers nearest to them, and what those leave. A tf32
/// number is the upper 19 bits of a float32, and mma reads no others, which cuts off what is left. The largest NaNs
/// become zeros, and leave NaN. cvt.rna.tf32 would do the same in twice the instructions.
BlockEmitter::Operand BlockEmitter::prepareOperand(ArrayRef<Value> registers, Type element) {
  Operand operand;
  auto cast = [&](Type type, Value v) -> Value {
    return v.getType() == type ? v : LLVM::BitcastOp::create(b, loc, type, v).getResult();
  };
  for (Value v : registers) {
    if (element.isBF16()) {
      operand.high.push_back(v);
    } else if (element.isF16()) {
      operand.high.push_back(LLVM::BitcastOp::create(b, loc, VectorType::get(2, element), v));
    } else {
      constexpr int64_t lowBits = 13;
      Value rounded = add(cast(b.getI32Type(), v), int64_t(1) << (lowBits - 1));
      Value high = op<arith::AndIOp>(rounded, i32(-(int64_t(1) << lowBits)));
      Value low = arith::SubFOp::create(b, loc, cast(b.getF32Type(), v), cast(b.getF32Type(), high));
      operand.high.push_back(high);
      operand.low.push_back(cast(b.getI32Type(), low));
    }
  }
  return operand;
}

/// c += x · y for one tile of 16 by 8.
void BlockEmitter::multiply(ArrayRef<Value> x, ArrayRef<Value> y, MutableArrayRef<Value> c, Type element) {
  auto type = LLVM::LLVMStructType::getLiteral(b.getContext(), SmallVector<Type>(4, b.getF32Type()));
  NVVM::MMATypes elements = element.isF16()    ? NVVM::MMATypes::f16
                            : element.isBF16() ? NVVM::MMATypes::bf16
                                               : NVVM::MMATypes::tf32;
  Value product = NVVM::MmaOp::create(b, loc, type, x, y, ValueRange(c), {16, 8, element.isF32() ? 8 : 16},
                                      std::nullopt, std::nullopt, std::array{elements, elements},
                                      std::array{NVVM::MMALayout::row, NVVM::MMALayout::col});
  for (int64_t i = 0; i < 4; ++i)
    c[i] = LLVM::ExtractValueOp::create(b, loc, product, i);
}

/// sums += x · y, and, of f32, the smaller products to `rest`.
void BlockEmitter::multiplyOperands(const Operand &x, const Operand &y, unsigned firstOfY, MutableArrayRef<Value> sums,
                                    MutableArrayRef<Value> rest, Type element) {
  auto slice = [&](ArrayRef<Value> registers) { return registers.slice(firstOfY, 2); };
  if (element.isF32()) {
    multiply(x.low, slice(y.high), rest, element);
    multiply(x.high, slice(y.low), rest, element);
  }
  multiply(x.high, slice(y.high), sums, element);
}

/// Two numbers as the halves of a register.
Value BlockEmitter::packPair(Value x, Value y, Type element) {
  Value pair = vector::FromElementsOp::create(b, loc, VectorType::get(2, b.getF32Type()), ValueRange{x, y});
  Value narrow = arith::TruncFOp::create(b, loc, VectorType::get(2, element), pair);
  return LLVM::BitcastOp::create(b, loc, b.getI32Type(), narrow);
}

Fragment BlockEmitter::lineOf(const Fragment &line, int64_t numFragments) {
  OpBuilder::InsertionGuard guard(b);
  if (auto loop = dyn_cast<scf::ForOp>(b.getInsertionBlock()->getParentOp()))
    b.setInsertionPoint(loop);
  Value column = arith::SIToFPOp::create(b, loc, b.getF32Type(), columnOf(0, 0));
  Fragment scores;
  for (int64_t m = 0; m < rowFragments(); ++m)
    for (int64_t n = 0; n < numFragments; ++n)
      for (int64_t h = 0; h < 2; ++h)
        for (int64_t c = 0; c < 2; ++c)
          scores.push_back(real<arith::MulFOp>(line[2 * m + h], real<arith::AddFOp>(column, f32(8 * n + c))));
  return scores;
}

void BlockEmitter::emitDot(DotOp op) {
  StageType rowStage = op.getRows().getType(), keyStage = op.getKeys().getType();
  Type element = rowStage.getElementType();
  int64_t numFragments = keyStage.getRows() / 8, steps = chunks(rowStage) / 2;
  Fragment scores(rowFragments() * numFragments * 4, f32(0.0)), rest(scores), total(scores);
  if (op.getLine())
    scores = lineOf(fragments.lookup(op.getLine()), numFragments);
  auto bits = [&](Value v, int64_t mask) { return this->op<arith::AndIOp>(v, i32(mask)); };
  auto shift = [&](Value v, int64_t by) { return this->op<arith::ShRUIOp>(v, i32(by)); };
  // A: rows 0 … 15 in lanes 0 … 15, the second chunk of the step in lanes 16 … 31.
  Value rowA = add(mul(warp, 16 * rowFragments()), bits(lane, 15)), halfA = shift(lane, 4);
  // B: keys 0 … 7, their second chunk, keys 8 … 15, their second chunk.
  Value keyB = add(bits(lane, 7), mul(shift(lane, 4), 8)), halfB = bits(shift(lane, 3), 1);
  auto emitSteps = [&](Value rowBase, Value keyBase, int64_t begin, int64_t end) {
    for (int64_t k = begin; k < end; ++k) {
      SmallVector<Operand> a;
      for (int64_t m = 0; m < rowFragments(); ++m) {
        Value pointer = chunkPointer(rowStage, rowBase, {rowA, halfA, 16 * m, 2 * k});
        a.push_back(prepareOperand(loadMatrices(pointer, false), element));
      }
      for (int64_t n = 0; n < numFragments; n += 2) {
        Value pointer = chunkPointer(keyStage, keyBase, {keyB, halfB, 8 * n, 2 * k});
        Operand keys = prepareOperand(loadMatrices(pointer, false), element);
        for (int64_t m = 0; m < rowFragments(); ++m)
          for (int64_t half = 0; half < 2; ++half) {
            auto coord = [&](Fragment &sums) {
              return MutableArrayRef<Value>(sums).slice((m * numFragments + n + half) * 4, 4);
            };
            multiplyOperands(a[m], keys, 2 * half, coord(scores), coord(rest), element);
          }
      }
      // Of float32, sums over a line at a time: fewer cuts, of smaller numbers.
      if (element.isF32() && k % stepsOfLine == stepsOfLine - 1)
        for (auto [sum, score] : llvm::zip_equal(total, scores)) {
          sum = real<arith::AddFOp>(sum, score);
          score = f32(0.0);
        }
    }
  };
  Value rowBase = mapping.lookup(op.getRows()), keyBase = mapping.lookup(op.getKeys());
  int64_t done = 0;
  if (int64_t lines = schedule.getKUnroll(); lines && steps >= 2 * lines * stepsOfLine) {
    int64_t passes = steps / (lines * stepsOfLine);
    auto sums = {&scores, &rest, &total};
    auto all = [&] {
      Fragment values;
      for (Fragment *fragment : sums)
        values.append(*fragment);
      return values;
    };
    auto readBack = [&](ValueRange values) {
      for (Fragment *fragment : sums) {
        llvm::copy(values.take_front(fragment->size()), fragment->begin());
        values = values.drop_front(fragment->size());
      }
    };
    Fragment results = forLoop(i32(0), i32(passes), i32(1), all(), [&](Value pass, ValueRange values) {
      readBack(values);
      Value bytes = mul(pass, lines * bytesOfLine);
      emitSteps(sharedOffset(rowBase, bytes), sharedOffset(keyBase, bytes), 0, lines * stepsOfLine);
      return all();
    });
    readBack(results);
    done = passes * lines * stepsOfLine;
  }
  emitSteps(rowBase, keyBase, done, steps);
  Value scale = f32(op.getScale().convertToDouble());
  for (auto [score, sum, more] : llvm::zip_equal(scores, total, rest)) {
    if (element.isF32())
      score = real<arith::AddFOp>(sum, real<arith::AddFOp>(score, more));
    if (!op.getScale().isExactlyValue(1.0))
      score = real<arith::MulFOp>(score, scale);
  }
  fragments[op.getScores()] = std::move(scores);
}

/// P as operands A of the products of a fragment of rows with values, for each step over keys. The registers of scores
/// are those of operands of 16-bit elements. Of float32, a step has 8 keys, and column t of A is key 2·t, column t + 4
/// key 2·t + 1.
SmallVector<BlockEmitter::Operand> BlockEmitter::probabilityOperands(const Fragment &p, int64_t m, Type element) {
  int64_t numFragments = p.size() / (4 * rowFragments());
  auto at = [&](int64_t fragment, int64_t h, int64_t c) { return p[((m * numFragments + fragment) * 2 + h) * 2 + c]; };
  SmallVector<Operand> steps;
  if (element.isF32()) {
    for (int64_t fragment = 0; fragment < numFragments; ++fragment)
      steps.push_back(
          prepareOperand({at(fragment, 0, 0), at(fragment, 1, 0), at(fragment, 0, 1), at(fragment, 1, 1)}, element));
    return steps;
  }
  for (int64_t fragment = 0; fragment < numFragments; fragment += 2) {
    auto pair = [&](int64_t s, int64_t h) { return packPair(at(s, h, 0), at(s, h, 1), element); };
    steps.push_back(
        prepareOperand({pair(fragment, 0), pair(fragment, 1), pair(fragment + 1, 0), pair(fragment + 1, 1)}, element));
  }
  return steps;
}

/// Operand B of step k over keys, for numFragments n and n + 1 of columns.
BlockEmitter::Operand BlockEmitter::valueOperand(StageType stage, Value base, int64_t k, int64_t n) {
  Type element = stage.getElementType();
  if (!element.isF32()) {
    // Rows of values become columns of B.
    Value key = op<arith::AndIOp>(lane, i32(15)), half = op<arith::ShRUIOp>(lane, i32(4));
    Value pointer = chunkPointer(stage, base, {key, half, 16 * k, n});
    return prepareOperand(loadMatrices(pointer, /*transposed=*/true), element);
  }
  SmallVector<Value> registers;
  Value quarter = op<arith::ShRUIOp>(laneGroup, i32(2)), within = op<arith::AndIOp>(laneGroup, i32(3));
  for (int64_t fragment : {n, n + 1})
    for (int64_t odd : {0, 1}) {
      Value row = add(mul(lanePair, 2), odd);
      Value column = sharedOffset(base, mul(within, 4));
      Value pointer = chunkPointer(stage, column, {row, quarter, 8 * k, 2 * fragment});
      registers.push_back(LLVM::LoadOp::create(b, loc, b.getF32Type(), pointer));
    }
  return prepareOperand(registers, element);
}

void BlockEmitter::emitAccumulate(AccumulateOp op) {
  StageType stage = op.getValues().getType();
  Type element = stage.getElementType();
  Value base = mapping.lookup(op.getValues());
  int64_t numFragments = stage.getColumns() / 8;
  Fragment p = fragments.lookup(op.getP()), rescale = fragments.lookup(op.getRescale());
  Fragment output = fragments.lookup(op.getOutput());
  SmallVector<SmallVector<Operand>> a;
  for (int64_t m = 0; m < rowFragments(); ++m)
    a.push_back(probabilityOperands(p, m, element));
  auto rescaleOf = [&](size_t i) { return rescale[2 * (i / (numFragments * 4)) + i / 2 % 2]; };
  Fragment sums(output.size(), f32(0.0)), rest(sums);
  if (!element.isF32())
    for (auto [i, sum] : llvm::enumerate(sums))
      sum = real<arith::MulFOp>(output[i], rescaleOf(i));
  for (int64_t n = 0; n < numFragments; n += 2) {
    for (size_t k = 0; k < a.front().size(); ++k) {
      Operand values = valueOperand(stage, base, k, n);
      for (int64_t m = 0; m < rowFragments(); ++m)
        for (int64_t i = 0; i < 2; ++i) {
          auto coord = [&](Fragment &all) {
            return MutableArrayRef<Value>(all).slice((m * numFragments + n + i) * 4, 4);
          };
          multiplyOperands(a[m][k], values, 2 * i, coord(sums), coord(rest), element);
        }
    }
    if (element.isF32()) // at once: the sums of all columns beside the outputs would be too many registers
      for (int64_t m = 0; m < rowFragments(); ++m)
        for (int64_t i = (m * numFragments + n) * 4, end = i + 8; i < end; ++i)
          sums[i] = fma(output[i], rescaleOf(i), real<arith::AddFOp>(sums[i], rest[i]));
  }
  fragments[op.getResult()] = std::move(sums);
}
