// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// tanh in float32, because soft capping uses it; sinh, cosh and the inverse functions by expm1 and log1p in float64.
#include "MathBuilder.h"
#include <limits>

using namespace camber::expansion;
using llvm::SmallVector;

static constexpr double infinity = std::numeric_limits<double>::infinity();
static constexpr double notANumber = std::numeric_limits<double>::quiet_NaN();

/// 1 - 2/(e^(2|x|) + 1), where an error of the exponential counts at most a third from |x| = 0.7 on.
static Num tanhFar(Num magnitude) {
  // (2^f - 1)/f on [-1/2, 1/2], f times the error 1.9e-9.
  constexpr double slope[] = {0.69314720615936324,   0.24022651345015618,   0.055503279092233765,
                              0.0096180039786015605, 0.0013400235245793336, 0.00015476279165719242};
  constexpr double twoLog2e = 2.8853900817779268, twoLog2eHigh = static_cast<float>(twoLog2e);
  Num limited = select(less(10, magnitude), 10, magnitude); // tanh(9.02) is 1 in float32
  Num shift = limited.same(roundingShift(limited));
  Num shifted = fma(limited, limited.same(twoLog2eHigh), shift);
  Num f = fma(limited, limited.same(twoLog2eHigh), shift - shifted);
  f = fma(limited, limited.same(twoLog2e - twoLog2eHigh), f);
  Num p = fma(polynomial(f, slope), f, f.same(1));
  Num power = fromBits(shiftLeft(bits(shifted), 23) + bits(f.same(1))); // 2^n; a NaN is in p
  return 1 - divideAbout(2, fma(p, power, f.same(1))); // of 5 to 2^29: off by 1 ulp of the result at most
}

/// |x| < 0.7: x + x³·p(x²), and nothing else where all lanes are: soft capping keeps most scores there.
static Num tanh(Num x) {
  // (tanh(x)/x - 1)/x² of x² on [0, 0.49], x² times the error 1.4e-8.
  constexpr double tail[] = {-0.33333196615555612, 0.13329243129162915, -0.053566989854444109, 0.020111660212443289,
                             -0.0051551151536806315};
  Num magnitude = abs(x), square = magnitude * magnitude, isFar = atLeast(magnitude, 0.7);
  Num near = fma(polynomial(square, tail) * square, magnitude, magnitude);
  SmallVector<Num> result =
      ifAny(isFar, {near}, [&]() -> SmallVector<Num> { return {select(isFar, tanhFar(magnitude), near)}; });
  return copySign(result.front(), x);
}

namespace camber::expansion {
void addHyperbolic(ExpansionTable &table) {
  addUnary(table, "math.tanh", tanh);
  addUnary(table, "math.sinh", [](Num x) {
    Num result = inDouble(x, [](Num x) {
      Num t = expm1Double(abs(x));
      return (t + t / (t + 1)) * 0.5;
    });
    return copySign(result, x);
  });
  addUnary(table, "math.cosh", [](Num x) {
    return inDouble(x, [](Num x) {
      Num power = expDouble(abs(x));
      return (power + 1 / power) * 0.5;
    });
  });
  addUnary(table, "math.asinh", [](Num x) {
    Num result = inDouble(x, [](Num x) {
      Num magnitude = abs(x), square = x * x;
      return log1pDouble(magnitude + square / (sqrt(square + 1) + 1));
    });
    return select(less(abs(x), infinity), copySign(result, x), x);
  });
  addUnary(table, "math.acosh", [](Num x) {
    Num result = inDouble(x, [](Num x) {
      Num t = x - 1;
      return log1pDouble(t + sqrt(t * (t + 2)));
    });
    return select(less(x, 1), notANumber, result);
  });
  addUnary(table, "math.atanh", [](Num x) {
    Num result = inDouble(x, [](Num x) {
      Num magnitude = abs(x);
      return log1pDouble(magnitude * 2 / (1 - magnitude)) * 0.5;
    });
    return copySign(result, x);
  });
}
} // namespace camber::expansion
