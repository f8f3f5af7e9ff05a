// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the expansions of math are written with: numbers with operators, on vectors of any width or scalars.
#ifndef CAMBER_LIB_TARGET_MATH_MATHBUILDER_H
#define CAMBER_LIB_TARGET_MATH_MATHBUILDER_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/StringMap.h"

namespace camber::expansion {

/// `element`, or the vector of it that is shaped like `type`.
mlir::Type withElement(mlir::Type type, mlir::Type element);

/// A value of f32, f64 or an integer type, or a 1-D vector of it, and the builder that computes with it. No operation
/// carries fast-math flags: the expansions depend on the order of their roundings.
struct Num {
  mlir::ImplicitLocOpBuilder *b;
  mlir::Value v;

  /// A constant of this number's type.
  Num same(double constant) const;
  Num sameInt(int64_t constant) const;
};

Num operator+(Num x, Num y);
Num operator-(Num x, Num y);
Num operator*(Num x, Num y);
Num operator/(Num x, Num y);
inline Num operator+(Num x, double y) { return x + x.same(y); }
inline Num operator-(Num x, double y) { return x - x.same(y); }
inline Num operator*(Num x, double y) { return x * x.same(y); }
inline Num operator+(double x, Num y) { return y.same(x) + y; }
inline Num operator-(double x, Num y) { return y.same(x) - y; }
inline Num operator*(double x, Num y) { return y.same(x) * y; }
inline Num operator/(double x, Num y) { return y.same(x) / y; }
Num operator-(Num x);

/// x / y, off by up to 2 ulp where a target has something faster for y in [2^-126, 2^126].
Num divideAbout(double x, Num y);

/// x · y + z, rounded once.
Num fma(Num x, Num y, Num z);
Num abs(Num x);
Num sqrt(Num x);
Num floor(Num x);
Num roundEven(Num x);
Num trunc(Num x);
/// The magnitude of x with the sign of y.
Num copySign(Num x, Num y);
/// Ordered comparisons (false where an operand is NaN), except `notEqual`, which is true there.
Num less(Num x, Num y);
Num equal(Num x, Num y);
Num notEqual(Num x, Num y);
inline Num less(Num x, double y) { return less(x, x.same(y)); }
inline Num less(double x, Num y) { return less(y.same(x), y); }
inline Num equal(Num x, double y) { return equal(x, x.same(y)); }
Num atLeast(Num x, double y);
Num both(Num p, Num q);
Num select(Num condition, Num x, Num y);
inline Num select(Num condition, Num x, double y) { return select(condition, x, x.same(y)); }
inline Num select(Num condition, double x, Num y) { return select(condition, y.same(x), y); }
/// What `rare` computes where the condition holds in any lane, else `common`: a branch, for what is seldom needed.
llvm::SmallVector<Num> ifAny(Num condition, llvm::ArrayRef<Num> common,
                             llvm::function_ref<llvm::SmallVector<Num>()> rare);
/// x limited to [low, high]; NaN stays NaN.
Num clamp(Num x, double low, double high);
/// Σ coefficients[k] · x^k by Horner's rule.
Num polynomial(Num x, llvm::ArrayRef<double> coefficients);

/// The bits of a floating-point number as an integer of its width, and back.
Num bits(Num x);
Num fromBits(Num i);
Num shiftLeft(Num i, int64_t count);
Num shiftRight(Num i, int64_t count); ///< keeps the sign
Num shiftRightZeros(Num i, int64_t count);
Num bitAnd(Num i, int64_t mask);

/// 1.5 · 2^23 or 1.5 · 2^52: x + this has round(x) in its low bits, without a conversion that is undefined for NaN.
double roundingShift(Num x);

/// Evaluates in float64 and rounds once to float32. A vector is computed in two halves, which have the register's
/// width. i32 operands are converted too (exactly).
llvm::SmallVector<Num> inDouble(llvm::ArrayRef<Num> operands, unsigned results,
                                llvm::function_ref<llvm::SmallVector<Num>(llvm::ArrayRef<Num>)> compute);
Num inDouble(Num x, llvm::function_ref<Num(Num)> compute);
Num inDouble(Num x, Num y, llvm::function_ref<Num(Num, Num)> compute);

/// Functions of float64 numbers that several expansions share; within 1e-12 of the true value, relatively.
Num expDouble(Num x);   ///< x is limited to [-200, 200]: e^200 is ∞ in float32, e^-200 is 0
Num expm1Double(Num x); ///< likewise
Num logDouble(Num x);   ///< x normal in float64, 0, ∞, negative or NaN
Num log1pDouble(Num x);

using Expansion = std::function<llvm::SmallVector<Num>(llvm::ArrayRef<Num>)>;
/// From an operation's name ("math.exp") to what computes it on float32 (and i32) operands.
using ExpansionTable = llvm::StringMap<Expansion>;

void addUnary(ExpansionTable &table, llvm::StringRef name, Num (*function)(Num));
void addExponential(ExpansionTable &table);
/// cpu.exp2. `scaleInstructions`: see expand-math.
void addSoftmaxExponential(ExpansionTable &table, bool scaleInstructions);
void addLogarithm(ExpansionTable &table);
void addTrigonometric(ExpansionTable &table);
void addHyperbolic(ExpansionTable &table);
void addPower(ExpansionTable &table);
void addError(ExpansionTable &table);
void addRounding(ExpansionTable &table);

} // namespace camber::expansion

#endif
