// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Emission of native 1-D vector code: what microkernels are written with.
#ifndef CAMBER_DIALECT_CPU_VECTORBUILDER_H
#define CAMBER_DIALECT_CPU_VECTORBUILDER_H

#include "camber/Dialect/CPU/CPUDialect.h"
#include "camber/Dialect/CPU/Passes.h"
#include "camber/Dialect/Tile/TileDialect.h"

namespace camber::cpu {

/// A builder bound to a location and a vector width.
class VectorBuilder {
public:
  VectorBuilder(mlir::OpBuilder &b, mlir::Location loc, int64_t width) : b(b), loc(loc), width(width) {}

  mlir::OpBuilder &b;
  mlir::Location loc;
  int64_t width;

  mlir::VectorType vectorType(mlir::Type element) { return mlir::VectorType::get({width}, element); }
  mlir::VectorType f32Vector() { return vectorType(b.getF32Type()); }

  mlir::Value index(int64_t v) { return mlir::arith::ConstantIndexOp::create(b, loc, v); }
  mlir::Value f32(double v) { return mlir::arith::ConstantOp::create(b, loc, b.getF32FloatAttr(v)); }
  /// A vector constant: every lane holds v.
  mlir::Value splat(double v);
  mlir::Value splatI32(int32_t v);
  /// A run-time scalar in every lane (insert and shuffle, which LLVM turns into a memory broadcast).
  mlir::Value broadcast(mlir::Value scalar) {
    return mlir::vector::BroadcastOp::create(b, loc, vectorType(scalar.getType()), scalar);
  }
  /// i32: 0, 1, 2, … by lane.
  mlir::Value lanes();
  /// x + c, x an i32 or a vector of them.
  mlir::Value addI32(mlir::Value x, int32_t c);
  /// Lanes of two vectors by number, those of `y` counted from the width on.
  mlir::Value shuffle(mlir::Value x, mlir::Value y, llvm::ArrayRef<int64_t> order) {
    return mlir::vector::ShuffleOp::create(b, loc, x, y, order);
  }
  mlir::Value load(mlir::Value buffer, mlir::ValueRange indices);
  void store(mlir::Value vector, mlir::Value buffer, mlir::ValueRange indices) {
    mlir::vector::StoreOp::create(b, loc, vector, buffer, indices);
  }
  /// A vector of f32, f16 or bf16 elements as f32.
  mlir::Value loadF32(mlir::Value buffer, mlir::ValueRange indices);
  mlir::Value scalar(mlir::Value buffer, mlir::ValueRange indices) {
    return mlir::memref::LoadOp::create(b, loc, buffer, indices);
  }
  mlir::Value add(mlir::Value x, mlir::Value y) { return mlir::arith::AddFOp::create(b, loc, x, y); }
  mlir::Value sub(mlir::Value x, mlir::Value y) { return mlir::arith::SubFOp::create(b, loc, x, y); }
  mlir::Value mul(mlir::Value x, mlir::Value y) { return mlir::arith::MulFOp::create(b, loc, x, y); }
  mlir::Value div(mlir::Value x, mlir::Value y) { return mlir::arith::DivFOp::create(b, loc, x, y); }
  mlir::Value fma(mlir::Value x, mlir::Value y, mlir::Value z) { return mlir::math::FmaOp::create(b, loc, x, y, z); }
  /// x > y ? x : y: one instruction; y where either is NaN.
  mlir::Value maxOr(mlir::Value x, mlir::Value y);
  mlir::Value select(mlir::Value c, mlir::Value x, mlir::Value y) {
    return mlir::arith::SelectOp::create(b, loc, c, x, y);
  }
  mlir::Value compare(mlir::arith::CmpFPredicate p, mlir::Value x, mlir::Value y) {
    return mlir::arith::CmpFOp::create(b, loc, p, x, y);
  }
  /// Which lanes hold NaN or an infinity: x - x is 0 for all other numbers.
  mlir::Value isNotFinite(mlir::Value x) {
    mlir::Value zeroOrNaN = sub(x, x);
    return compare(mlir::arith::CmpFPredicate::UNO, zeroOrNaN, zeroOrNaN);
  }
  /// i + c, folded.
  mlir::Value offset(mlir::Value i, int64_t c);
  /// x == -∞ ? 0 : x, so that -∞ - (-∞) never arises.
  mlir::Value finiteMaximum(mlir::Value x);

  /// cpu.exp2: 2^x for x ≤ 127, 0 from -127 down.
  mlir::Value exp2(mlir::Value x);
  /// log2(x) for normal x > 0, within 2 ulp and 2^-23 absolute near 1 (VectorBuilder.cpp).
  mlir::Value log2(mlir::Value x);

  /// scf.for from `from` to `to` by `step` carrying `inits`; `body` returns what to carry on.
  mlir::ValueRange loop(mlir::Value from, mlir::Value to, int64_t step, mlir::ValueRange inits,
                        llvm::function_ref<llvm::SmallVector<mlir::Value>(mlir::Value, mlir::ValueRange)> body);
};

/// The first `count` rows, to the end of the unit that holds the last of them.
mlir::Value roundUp(VectorBuilder &v, mlir::Value count, int64_t unit);
/// A row number kept as i32, as an index.
mlir::Value loadIndex(VectorBuilder &v, mlir::Value buffer, mlir::Value r);

/// Row `r` of the queries, times the scale.
class QueryRow {
public:
  QueryRow(PackQueriesOp op, VectorBuilder &v, mlir::Value r);
  /// A vector from column `d` on.
  mlir::Value load(VectorBuilder &v, mlir::Value d);

private:
  PackQueriesOp op;
  mlir::Value head, query;
};

} // namespace camber::cpu

#endif
