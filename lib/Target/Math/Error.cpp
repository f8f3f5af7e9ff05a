// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// erf and erfc, in float64: a power series near 0, and e^(-x²) times a polynomial of (x - 3)/(x + 3) away from it.
#include "MathBuilder.h"

using namespace camber::expansion;

/// erf(x) for |x| ≤ 1.
static Num erfNear(Num x) {
  // erf(x)/x of x² on [0, 1], error 1.8e-14.
  constexpr double form[] = {1.1283791670954946,     -0.37612638902820846,   0.11283791658873862,
                             -0.026866169083893008,  0.0052239673643921093,  -0.00085479386629692035,
                             0.00012046344737264886, -1.4795855767566064e-5, 1.5310764499971662e-6,
                             -1.0478858511964396e-7};
  return x * polynomial(x * x, form);
}

/// erfc(x) for x ≥ 1; 0 in float32 above 10.5.
static Num erfcFar(Num x) {
  // e^(x²)·erfc(x) of t = (x - 3)/(x + 3) on [-1/2, 5/9], relative error 9.2e-13.
  constexpr double form[] = {0.17900115118154712,   -0.3262335600421988,    0.24560380166344451,
                             -0.15011593652783603,  0.071665839625888133,   -0.024392500177331454,
                             0.0042690923483779235, 0.00070777784236264643, -0.00059669774986028747,
                             4.493359656473483e-5,  6.2610617467488915e-5,  -1.150349835427834e-5,
                             -5.4788346112841612e-6};
  Num limited = clamp(x, 1, 10.5);
  return expDouble(-(limited * limited)) * polynomial((limited - 3) / (limited + 3), form);
}

namespace camber::expansion {
void addError(ExpansionTable &table) {
  addUnary(table, "math.erf", [](Num x) {
    Num result = inDouble(x, [](Num x) {
      Num magnitude = abs(x);
      return select(less(1, magnitude), 1 - erfcFar(magnitude), erfNear(magnitude));
    });
    return copySign(result, x);
  });
  addUnary(table, "math.erfc", [](Num x) {
    return inDouble(x, [](Num x) {
      Num magnitude = abs(x), far = erfcFar(magnitude);
      return select(less(1, magnitude), select(less(x, 0), 2 - far, far), 1 - erfNear(x));
    });
  });
}
} // namespace camber::expansion
