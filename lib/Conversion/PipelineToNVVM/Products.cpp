// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Products on tensor cores: mma.sync m16n8k16 of f16 and bf16, operands by ldmatrix.
#include "BlockEmitter.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace camber;
using namespace camber::pipeline;

/// Four 8×8 matrices of 16-bit elements, whose rows the lanes give the addresses of: lanes 0 … 7 those of the first.
SmallVector<Value> BlockEmitter::loadMatrices(Value address, bool transposed) {
  auto type = LLVM::LLVMStructType::getLiteral(b.getContext(), SmallVector<Type>(4, b.getI32Type()));
  MLIRContext *context = b.getContext();
  Value loaded = NVVM::LdMatrixOp::create(
      b, loc, type, sharedPointer(address), b.getI32IntegerAttr(4),
      NVVM::MMALayoutAttr::get(context, transposed ? NVVM::MMALayout::col : NVVM::MMALayout::row),
      NVVM::LdStMatrixShapeAttr::get(context, 8, 8),
      NVVM::LdStMatrixEltTypeAttr::get(context, NVVM::LdStMatrixEltType::B16));
  SmallVector<Value> registers;
  for (int64_t i = 0; i < 4; ++i)
    registers.push_back(LLVM::ExtractValueOp::create(b, loc, loaded, i));
  return registers;
}

/// c += a · b for one m16n8k16.
void BlockEmitter::multiply(ArrayRef<Value> a, ArrayRef<Value> bOperand, MutableArrayRef<Value> c, Type element) {
  bool isF16 = element.isF16();
  auto asOperand = [&](Value v) -> Value {
    return isF16 ? LLVM::BitcastOp::create(b, loc, VectorType::get(2, element), v).getResult() : v;
  };
  auto type = LLVM::LLVMStructType::getLiteral(b.getContext(), SmallVector<Type>(4, b.getF32Type()));
  NVVM::MMATypes operands = isF16 ? NVVM::MMATypes::f16 : NVVM::MMATypes::bf16;
  Value product =
      NVVM::MmaOp::create(b, loc, type, llvm::map_to_vector(a, asOperand), llvm::map_to_vector(bOperand, asOperand),
                          ValueRange(c), {16, 8, 16}, std::nullopt, std::nullopt, std::array{operands, operands},
                          std::array{NVVM::MMALayout::row, NVVM::MMALayout::col});
  for (int64_t i = 0; i < 4; ++i)
    c[i] = LLVM::ExtractValueOp::create(b, loc, product, i);
}

/// Two numbers as the halves of a register.
Value BlockEmitter::packPair(Value x, Value y, Type element) {
  Value pair = vector::FromElementsOp::create(b, loc, VectorType::get(2, b.getF32Type()), ValueRange{x, y});
  Value narrow = arith::TruncFOp::create(b, loc, VectorType::get(2, element), pair);
  return LLVM::BitcastOp::create(b, loc, b.getI32Type(), narrow);
}

void BlockEmitter::emitDot(DotOp op) {
  SlotType rowSlot = op.getRows().getType(), keySlot = op.getKeys().getType();
  Type element = rowSlot.getElementType();
  Value rowBase = mapping.lookup(op.getRows()), keyBase = mapping.lookup(op.getKeys());
  int64_t strips = keySlot.getRows() / 8;
  Fragment scores(rowStrips() * strips * 4, f32(0.0));
  auto bits = [&](Value v, int64_t mask) { return this->op<arith::AndIOp>(v, i32(mask)); };
  auto shift = [&](Value v, int64_t by) { return this->op<arith::ShRUIOp>(v, i32(by)); };
  // A: rows 0 … 15 in lanes 0 … 15, the second chunk of the step in lanes 16 … 31.
  Value rowA = add(mul(warp, 16 * rowStrips()), bits(lane, 15)), halfA = shift(lane, 4);
  // B: keys 0 … 7, their second chunk, keys 8 … 15, their second chunk.
  Value keyB = add(bits(lane, 7), mul(shift(lane, 4), 8)), halfB = bits(shift(lane, 3), 1);
  for (int64_t k = 0; k < rowSlot.getColumns() / 16; ++k) {
    SmallVector<SmallVector<Value>> a;
    for (int64_t m = 0; m < rowStrips(); ++m)
      a.push_back(loadMatrices(chunkAddress(rowSlot, rowBase, add(rowA, 16 * m), lane, add(halfA, 2 * k)), false));
    for (int64_t n = 0; n < strips; n += 2) {
      SmallVector<Value> keys =
          loadMatrices(chunkAddress(keySlot, keyBase, add(keyB, 8 * n), lane, add(halfB, 2 * k)), false);
      for (int64_t m = 0; m < rowStrips(); ++m)
        for (int64_t half = 0; half < 2; ++half)
          multiply(a[m], ArrayRef(keys).slice(2 * half, 2),
                   MutableArrayRef<Value>(scores).slice((m * strips + n + half) * 4, 4), element);
    }
  }
  if (!op.getGain().isExactlyValue(1.0)) {
    Value gain = f32(op.getGain().convertToDouble());
    for (Value &score : scores)
      score = real<arith::MulFOp>(score, gain);
  }
  fragments[op.getScores()] = std::move(scores);
}

void BlockEmitter::emitAccumulate(AccumulateOp op) {
  SlotType slot = op.getValues().getType();
  Type element = slot.getElementType();
  Value base = mapping.lookup(op.getValues());
  int64_t keyStrips = slot.getRows() / 8, strips = slot.getColumns() / 8;
  Fragment p = fragments.lookup(op.getP()), decay = fragments.lookup(op.getDecay());
  Fragment output = fragments.lookup(op.getOutput());
  for (auto [i, value] : llvm::enumerate(output)) {
    int64_t m = i / (strips * 4), h = i / 2 % 2;
    value = real<arith::MulFOp>(value, decay[2 * m + h]);
  }
  // Rows of values become columns of B.
  Value key = this->op<arith::AndIOp>(lane, i32(15)), half = this->op<arith::ShRUIOp>(lane, i32(4));
  for (int64_t k = 0; k < keyStrips / 2; ++k) {
    SmallVector<SmallVector<Value>> a;
    for (int64_t m = 0; m < rowStrips(); ++m) {
      auto pair = [&](int64_t strip, int64_t h) {
        int64_t at = ((m * keyStrips + 2 * k + strip) * 2 + h) * 2;
        return packPair(p[at], p[at + 1], element);
      };
      a.push_back({pair(0, 0), pair(0, 1), pair(1, 0), pair(1, 1)});
    }
    for (int64_t n = 0; n < strips; n += 2) {
      SmallVector<Value> values =
          loadMatrices(chunkAddress(slot, base, add(key, 16 * k), lane, add(half, n)), /*transposed=*/true);
      for (int64_t m = 0; m < rowStrips(); ++m)
        for (int64_t i = 0; i < 2; ++i)
          multiply(a[m], ArrayRef(values).slice(2 * i, 2),
                   MutableArrayRef<Value>(output).slice((m * strips + n + i) * 4, 4), element);
    }
  }
  fragments[op.getResult()] = std::move(output);
}
