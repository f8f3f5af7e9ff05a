// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Arithmetic on integers and numbers at a builder, folded where it can be.
#ifndef CAMBER_SUPPORT_NUM_H
#define CAMBER_SUPPORT_NUM_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

namespace camber {

/// Creates arithmetic at a builder, with one location. Integers are i32 or index: the operands of an operation have one
/// type, and a constant operand gets that of the other. Numbers are f32, and their operations may be contracted to
/// FMAs.
class Num {
public:
  using Value = mlir::Value;
  Num(mlir::OpBuilder &b, mlir::Location loc) : b(b), loc(loc) {}

  mlir::OpBuilder &b;
  mlir::Location loc;

  //===- constants ----------------------------------------------------------===//
  Value i32(int64_t v) { return mlir::arith::ConstantOp::create(b, loc, b.getI32IntegerAttr(v)); }
  Value index(int64_t v) { return mlir::arith::ConstantIndexOp::create(b, loc, v); }
  Value f32(double v) { return mlir::arith::ConstantOp::create(b, loc, b.getF32FloatAttr(v)); }
  Value constantLike(Value x, int64_t v) { return x.getType().isIndex() ? index(v) : i32(v); }

  //===- integers -------------------------------------------------------------===//
  template <typename OpTy> Value op(Value x, Value y) { return b.createOrFold<OpTy>(loc, x, y); }
  Value add(Value x, Value y) { return op<mlir::arith::AddIOp>(x, y); }
  Value add(Value x, int64_t y) { return y ? add(x, constantLike(x, y)) : x; }
  Value sub(Value x, Value y) { return op<mlir::arith::SubIOp>(x, y); }
  Value mul(Value x, Value y) { return op<mlir::arith::MulIOp>(x, y); }
  Value mul(Value x, int64_t y) { return mul(x, constantLike(x, y)); }
  Value min(Value x, Value y) { return op<mlir::arith::MinSIOp>(x, y); }
  Value max(Value x, Value y) { return op<mlir::arith::MaxSIOp>(x, y); }
  /// Of operands that are 0 or more.
  Value div(Value x, Value y) { return op<mlir::arith::DivUIOp>(x, y); }
  Value div(Value x, int64_t y) { return div(x, constantLike(x, y)); }
  Value rem(Value x, Value y) { return op<mlir::arith::RemUIOp>(x, y); }
  Value rem(Value x, int64_t y) { return rem(x, constantLike(x, y)); }
  Value ceilDiv(Value x, Value y) { return op<mlir::arith::CeilDivSIOp>(x, y); }
  Value ceilDiv(Value x, int64_t y) { return ceilDiv(x, constantLike(x, y)); }
  /// i32 or i1.
  Value bitAnd(Value x, Value y) { return op<mlir::arith::AndIOp>(x, y); }
  Value bits(Value x, int64_t mask) { return bitAnd(x, i32(mask)); }
  Value shiftRight(Value x, int64_t by) { return op<mlir::arith::ShRUIOp>(x, i32(by)); }
  Value compare(mlir::arith::CmpIPredicate predicate, Value x, Value y) {
    return b.createOrFold<mlir::arith::CmpIOp>(loc, predicate, x, y);
  }
  Value toI32(Value v) { return b.createOrFold<mlir::arith::IndexCastOp>(loc, b.getI32Type(), v); }
  Value toIndex(Value v) { return b.createOrFold<mlir::arith::IndexCastOp>(loc, b.getIndexType(), v); }
  Value toUnsignedIndex(Value v) { return b.createOrFold<mlir::arith::IndexCastUIOp>(loc, b.getIndexType(), v); }

  //===- numbers --------------------------------------------------------------===//
  template <typename OpTy> Value real(Value x, Value y) {
    return OpTy::create(b, loc, x, y, mlir::arith::FastMathFlags::contract);
  }
  Value addF(Value x, Value y) { return real<mlir::arith::AddFOp>(x, y); }
  Value subF(Value x, Value y) { return real<mlir::arith::SubFOp>(x, y); }
  Value mulF(Value x, Value y) { return real<mlir::arith::MulFOp>(x, y); }
  /// The larger number; the other one where one is NaN.
  Value maxNum(Value x, Value y) { return real<mlir::arith::MaxNumFOp>(x, y); }
  Value minNum(Value x, Value y) { return real<mlir::arith::MinNumFOp>(x, y); }
  Value fma(Value x, Value y, Value z) { return mlir::math::FmaOp::create(b, loc, x, y, z); }
  Value absF(Value x) { return mlir::math::AbsFOp::create(b, loc, x); }
  Value compare(mlir::arith::CmpFPredicate predicate, Value x, Value y) {
    return mlir::arith::CmpFOp::create(b, loc, predicate, x, y);
  }
  Value toF32(Value v) { return mlir::arith::SIToFPOp::create(b, loc, b.getF32Type(), v); }
  Value select(Value condition, Value x, Value y) { return mlir::arith::SelectOp::create(b, loc, condition, x, y); }

  //===- control flow -----------------------------------------------------------===//
  /// What `emit` does, where the condition holds.
  void when(Value condition, llvm::function_ref<void()> emit) {
    auto branch = mlir::scf::IfOp::create(b, loc, condition, /*withElseRegion=*/false);
    mlir::OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(branch.thenBlock());
    emit();
  }
  /// What `compute` (f32) gives where the condition holds, 0 elsewhere.
  Value orZero(Value condition, llvm::function_ref<Value()> compute) {
    auto branch = mlir::scf::IfOp::create(b, loc, mlir::TypeRange{b.getF32Type()}, condition, /*withElseRegion=*/true);
    mlir::OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(branch.thenBlock());
    mlir::scf::YieldOp::create(b, loc, compute());
    b.setInsertionPointToStart(branch.elseBlock());
    mlir::scf::YieldOp::create(b, loc, f32(0.0));
    return branch.getResult(0);
  }
  /// A loop that carries `inits`; `body` returns what it carries on.
  llvm::SmallVector<Value> loop(Value from, Value to, Value step, mlir::ValueRange inits,
                                llvm::function_ref<llvm::SmallVector<Value>(Value, mlir::ValueRange)> body) {
    auto loop = mlir::scf::ForOp::create(b, loc, from, to, step, inits);
    mlir::OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    llvm::SmallVector<Value> yielded = body(loop.getInductionVar(), loop.getRegionIterArgs());
    if (!yielded.empty()) // a loop that carries nothing has its terminator already
      mlir::scf::YieldOp::create(b, loc, yielded);
    return loop.getResults();
  }
};

} // namespace camber

#endif
