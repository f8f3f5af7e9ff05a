// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Products on tensor cores: mma.sync m16n8k16 of f16 and bf16, and m16n8k8 of tf32 for f32; operands by ldmatrix.
//
// A float32 number is the sum of two tf32 numbers but for 2^-21 of it, and of the four products of such sums the
// smallest is skipped. The large products and the others are added up apart: tensor cores may truncate a sum, and so
// it is truncated as often as there are large products. For the same reason float32 outputs of a tile begin at zero.
#include "Ampere.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace camber;
using namespace camber::nvptx;
using namespace camber::nvptx::ampere;
using namespace camber::pipeline;

/// After so much of a row the swizzle of shared memory comes round again.
static constexpr int64_t kLineBytes = 128, kStepsOfLine = kLineBytes / 32;

namespace {
/// Registers of an operand of a product; of float32, the large parts of the numbers and the small ones.
struct Operand {
  SmallVector<Value> high, low;
};

/// What the products of one op have in common.
struct Products {
  Num &n;
  AmpereAttr machine;
  Type element;
  int64_t rowFragments; ///< of 16 rows, of a warp
  Value lane, warp, laneGroup, lanePair;

  Products(Num &n, AmpereAttr machine, Type element, ValueRange ids, const BlockShape &block)
      : n(n), machine(machine), element(element), rowFragments(countRowFragments(block)), lane(ids[kLane]),
        warp(ids[kWarp]), laneGroup(ids[kLaneGroup]), lanePair(ids[kLanePair]) {}

  SmallVector<Value> loadMatrices(Value pointer, bool transposed);
  Operand prepareOperand(ArrayRef<Value> registers);
  void multiply(ArrayRef<Value> x, ArrayRef<Value> y, MutableArrayRef<Value> c);
  void multiplyOperands(const Operand &x, const Operand &y, unsigned firstOfY, MutableArrayRef<Value> sums,
                        MutableArrayRef<Value> rest);
  Value packPair(Value x, Value y);
  Fragment lineOf(ArrayRef<Value> line, int64_t fragments);
  SmallVector<Operand> probabilityOperands(ArrayRef<Value> p, int64_t m);
  Operand valueOperand(StageType stage, Value base, int64_t k, int64_t fragment);
};
} // namespace

/// Four 8×8 matrices of 16-bit elements, whose rows the lanes give the addresses of: lanes 0 … 7 those of the first.
SmallVector<Value> Products::loadMatrices(Value pointer, bool transposed) {
  MLIRContext *context = n.b.getContext();
  auto type = LLVM::LLVMStructType::getLiteral(context, SmallVector<Type>(4, n.b.getI32Type()));
  Value loaded = NVVM::LdMatrixOp::create(
      n.b, n.loc, type, pointer, n.b.getI32IntegerAttr(4),
      NVVM::MMALayoutAttr::get(context, transposed ? NVVM::MMALayout::col : NVVM::MMALayout::row),
      NVVM::LdStMatrixShapeAttr::get(context, 8, 8),
      NVVM::LdStMatrixEltTypeAttr::get(context, NVVM::LdStMatrixEltType::B16));
  SmallVector<Value> registers;
  for (int64_t i = 0; i < 4; ++i)
    registers.push_back(LLVM::ExtractValueOp::create(n.b, n.loc, loaded, i));
  return registers;
}

/// The registers of an operand as mma takes them: of f32 the tf32 numbers nearest to them, and what those leave. A tf32
/// number is the upper 19 bits of a float32, and mma reads no others, which cuts off what is left. The largest NaNs
/// become zeros, and leave NaN. cvt.rna.tf32 would do the same in twice the instructions.
Operand Products::prepareOperand(ArrayRef<Value> registers) {
  Operand operand;
  auto cast = [&](Type type, Value v) -> Value {
    return v.getType() == type ? v : LLVM::BitcastOp::create(n.b, n.loc, type, v).getResult();
  };
  for (Value v : registers) {
    if (element.isBF16()) {
      operand.high.push_back(v);
    } else if (element.isF16()) {
      operand.high.push_back(LLVM::BitcastOp::create(n.b, n.loc, VectorType::get(2, element), v));
    } else {
      constexpr int64_t lowBits = 13;
      Value rounded = n.add(cast(n.b.getI32Type(), v), int64_t(1) << (lowBits - 1));
      Value high = n.bits(rounded, -(int64_t(1) << lowBits));
      Value low = arith::SubFOp::create(n.b, n.loc, cast(n.b.getF32Type(), v), cast(n.b.getF32Type(), high));
      operand.high.push_back(high);
      operand.low.push_back(cast(n.b.getI32Type(), low));
    }
  }
  return operand;
}

/// c += x · y for one tile of 16 by 8.
void Products::multiply(ArrayRef<Value> x, ArrayRef<Value> y, MutableArrayRef<Value> c) {
  auto type = LLVM::LLVMStructType::getLiteral(n.b.getContext(), SmallVector<Type>(4, n.b.getF32Type()));
  NVVM::MMATypes elements = element.isF16()    ? NVVM::MMATypes::f16
                            : element.isBF16() ? NVVM::MMATypes::bf16
                                               : NVVM::MMATypes::tf32;
  Value product = NVVM::MmaOp::create(n.b, n.loc, type, x, y, ValueRange(c), {16, 8, element.isF32() ? 8 : 16},
                                      std::nullopt, std::nullopt, std::array{elements, elements},
                                      std::array{NVVM::MMALayout::row, NVVM::MMALayout::col});
  for (int64_t i = 0; i < 4; ++i)
    c[i] = LLVM::ExtractValueOp::create(n.b, n.loc, product, i);
}

/// sums += x · y, and, of f32, the smaller products to `rest`.
void Products::multiplyOperands(const Operand &x, const Operand &y, unsigned firstOfY, MutableArrayRef<Value> sums,
                                MutableArrayRef<Value> rest) {
  auto slice = [&](ArrayRef<Value> registers) { return registers.slice(firstOfY, 2); };
  if (element.isF32()) {
    multiply(x.low, slice(y.high), rest);
    multiply(x.high, slice(y.low), rest);
  }
  multiply(x.high, slice(y.high), sums);
}

/// Two numbers as the halves of a register.
Value Products::packPair(Value x, Value y) {
  Value pair = vector::FromElementsOp::create(n.b, n.loc, VectorType::get(2, n.b.getF32Type()), ValueRange{x, y});
  Value rounded = arith::TruncFOp::create(n.b, n.loc, VectorType::get(2, element), pair);
  return LLVM::BitcastOp::create(n.b, n.loc, n.b.getI32Type(), rounded);
}

/// line · column, before the loop that the builder is in.
Fragment Products::lineOf(ArrayRef<Value> line, int64_t fragments) {
  OpBuilder::InsertionGuard guard(n.b);
  if (auto loop = dyn_cast<scf::ForOp>(n.b.getInsertionBlock()->getParentOp()))
    n.b.setInsertionPoint(loop);
  Value column = n.toF32(n.mul(lanePair, 2));
  Fragment scores;
  for (int64_t m = 0; m < rowFragments; ++m)
    for (int64_t fragment = 0; fragment < fragments; ++fragment)
      for (int64_t h = 0; h < 2; ++h)
        for (int64_t c = 0; c < 2; ++c)
          scores.push_back(n.mulF(line[2 * m + h], n.addF(column, n.f32(8 * fragment + c))));
  return scores;
}

Fragment AmpereAttr::emitDot(Num &n, DotOp op, Value rowBase, Value keyBase, ArrayRef<Value> line, ValueRange ids,
                             const BlockShape &block) const {
  StageType rowStage = op.getRows().getType(), keyStage = op.getKeys().getType();
  Type element = rowStage.getElementType();
  Products p(n, *this, element, ids, block);
  int64_t rowFragments = p.rowFragments, fragments = keyStage.getRows() / 8, steps = getChunks(rowStage) / 2;
  Fragment scores(rowFragments * fragments * 4, n.f32(0.0)), rest(scores), total(scores);
  if (!line.empty())
    scores = p.lineOf(line, fragments);
  // A: rows 0 … 15 in lanes 0 … 15, the second chunk of the step in lanes 16 … 31.
  Value rowA = n.add(n.mul(p.warp, 16 * rowFragments), n.bits(p.lane, 15)), halfA = n.shiftRight(p.lane, 4);
  // B: keys 0 … 7, their second chunk, keys 8 … 15, their second chunk.
  Value keyB = n.add(n.bits(p.lane, 7), n.mul(n.shiftRight(p.lane, 4), 8)), halfB = n.bits(n.shiftRight(p.lane, 3), 1);
  auto emitSteps = [&](Value rowBase, Value keyBase, int64_t begin, int64_t end) {
    for (int64_t k = begin; k < end; ++k) {
      SmallVector<Operand> a;
      for (int64_t m = 0; m < rowFragments; ++m) {
        Value pointer = emitChunkPointer(n, rowStage, rowBase, {rowA, halfA, 16 * m, 2 * k});
        a.push_back(p.prepareOperand(p.loadMatrices(pointer, false)));
      }
      for (int64_t fragment = 0; fragment < fragments; fragment += 2) {
        Value pointer = emitChunkPointer(n, keyStage, keyBase, {keyB, halfB, 8 * fragment, 2 * k});
        Operand keys = p.prepareOperand(p.loadMatrices(pointer, false));
        for (int64_t m = 0; m < rowFragments; ++m)
          for (int64_t half = 0; half < 2; ++half) {
            auto tile = [&](Fragment &sums) {
              return MutableArrayRef<Value>(sums).slice((m * fragments + fragment + half) * 4, 4);
            };
            p.multiplyOperands(a[m], keys, 2 * half, tile(scores), tile(rest));
          }
      }
      // Of float32, sums over a line at a time: fewer cuts, of smaller numbers.
      if (element.isF32() && k % kStepsOfLine == kStepsOfLine - 1)
        for (auto [sum, score] : llvm::zip_equal(total, scores)) {
          sum = n.addF(sum, score);
          score = n.f32(0.0);
        }
    }
  };
  int64_t done = 0;
  if (int64_t lines = block.schedule.getKUnroll(); lines && steps >= 2 * lines * kStepsOfLine) {
    int64_t passes = steps / (lines * kStepsOfLine);
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
    Fragment results = n.loop(n.i32(0), n.i32(passes), n.i32(1), all(), [&](Value pass, ValueRange values) {
      readBack(values);
      Value bytes = n.mul(pass, lines * kLineBytes);
      emitSteps(offsetPointer(n, rowBase, bytes), offsetPointer(n, keyBase, bytes), 0, lines * kStepsOfLine);
      return all();
    });
    readBack(results);
    done = passes * lines * kStepsOfLine;
  }
  emitSteps(rowBase, keyBase, done, steps);
  Value scale = n.f32(op.getScale().convertToDouble());
  for (auto [score, sum, more] : llvm::zip_equal(scores, total, rest)) {
    if (element.isF32())
      score = n.addF(sum, n.addF(score, more));
    if (!op.getScale().isExactlyValue(1.0))
      score = n.mulF(score, scale);
  }
  return scores;
}

/// P as operands A of the products of a fragment of rows with values, for each step over keys. The registers of scores
/// are those of operands of 16-bit elements. Of float32, a step has 8 keys, and column t of A is key 2·t, column t + 4
/// key 2·t + 1.
SmallVector<Operand> Products::probabilityOperands(ArrayRef<Value> p, int64_t m) {
  int64_t fragments = p.size() / (4 * rowFragments);
  auto at = [&](int64_t fragment, int64_t h, int64_t c) { return p[((m * fragments + fragment) * 2 + h) * 2 + c]; };
  SmallVector<Operand> steps;
  if (element.isF32()) {
    for (int64_t fragment = 0; fragment < fragments; ++fragment)
      steps.push_back(prepareOperand({at(fragment, 0, 0), at(fragment, 1, 0), at(fragment, 0, 1), at(fragment, 1, 1)}));
    return steps;
  }
  for (int64_t fragment = 0; fragment < fragments; fragment += 2) {
    auto pair = [&](int64_t s, int64_t h) { return packPair(at(s, h, 0), at(s, h, 1)); };
    steps.push_back(
        prepareOperand({pair(fragment, 0), pair(fragment, 1), pair(fragment + 1, 0), pair(fragment + 1, 1)}));
  }
  return steps;
}

/// Operand B of step k over keys, for two fragments of columns from `fragment` on.
Operand Products::valueOperand(StageType stage, Value base, int64_t k, int64_t fragment) {
  if (!element.isF32()) {
    // Rows of values become columns of B.
    Value key = n.bits(lane, 15), half = n.shiftRight(lane, 4);
    Value pointer = machine.emitChunkPointer(n, stage, base, {key, half, 16 * k, fragment});
    return prepareOperand(loadMatrices(pointer, /*transposed=*/true));
  }
  SmallVector<Value> registers;
  Value quarter = n.shiftRight(laneGroup, 2), within = n.bits(laneGroup, 3);
  for (int64_t column : {fragment, fragment + 1})
    for (int64_t odd : {0, 1}) {
      Value row = n.add(n.mul(lanePair, 2), odd);
      Value element = offsetPointer(n, base, n.mul(within, 4));
      Value pointer = machine.emitChunkPointer(n, stage, element, {row, quarter, 8 * k, 2 * column});
      registers.push_back(LLVM::LoadOp::create(n.b, n.loc, n.b.getF32Type(), pointer));
    }
  return prepareOperand(registers);
}

Fragment AmpereAttr::emitAccumulate(Num &n, AccumulateOp op, ArrayRef<Value> probabilities, Value base,
                                    ArrayRef<Value> output, ArrayRef<Value> rescale, ValueRange ids,
                                    const BlockShape &block) const {
  StageType stage = op.getValues().getType();
  Type element = stage.getElementType();
  Products p(n, *this, element, ids, block);
  int64_t fragments = stage.getColumns() / 8;
  SmallVector<SmallVector<Operand>> a;
  for (int64_t m = 0; m < p.rowFragments; ++m)
    a.push_back(p.probabilityOperands(probabilities, m));
  auto rescaleOf = [&](size_t i) { return rescale[2 * (i / (fragments * 4)) + i / 2 % 2]; };
  Fragment sums(output.size(), n.f32(0.0)), rest(sums);
  if (!element.isF32())
    for (auto [i, sum] : llvm::enumerate(sums))
      sum = n.mulF(output[i], rescaleOf(i));
  for (int64_t fragment = 0; fragment < fragments; fragment += 2) {
    for (size_t k = 0; k < a.front().size(); ++k) {
      Operand values = p.valueOperand(stage, base, k, fragment);
      for (int64_t m = 0; m < p.rowFragments; ++m)
        for (int64_t i = 0; i < 2; ++i) {
          auto tile = [&](Fragment &all) {
            return MutableArrayRef<Value>(all).slice((m * fragments + fragment + i) * 4, 4);
          };
          p.multiplyOperands(a[m][k], values, 2 * i, tile(sums), tile(rest));
        }
    }
    if (element.isF32()) // at once: the sums of all columns beside the outputs would be too many registers
      for (int64_t m = 0; m < p.rowFragments; ++m)
        for (int64_t i = (m * fragments + fragment) * 4, end = i + 8; i < end; ++i)
          sums[i] = n.fma(output[i], rescaleOf(i), n.addF(sums[i], rest[i]));
  }
  return sums;
}
