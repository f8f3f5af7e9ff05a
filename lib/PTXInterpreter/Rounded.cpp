// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Floating-point arithmetic rounded towards zero (.rz), down (.rm) or up (.rp). Compiled with -frounding-math: the
// processor's rounding mode is changed around each row of operations.
#include "Decode.h"
#include <cfenv>

namespace camber::ptx {

namespace {

/// Inst::flags
enum : uint8_t { kModeBits = 3, kFtz = 4, kSat = 8 };

class WithRounding {
public:
  explicit WithRounding(int which) : before(std::fegetround()) {
    static const int modes[] = {FE_TONEAREST, FE_TOWARDZERO, FE_DOWNWARD, FE_UPWARD};
    std::fesetround(modes[which]);
  }
  ~WithRounding() { std::fesetround(before); }

private:
  int before;
};

struct Sum {
  template <typename T> static T of(T a, T b, T) { return a + b; }
};
struct Difference {
  template <typename T> static T of(T a, T b, T) { return a - b; }
};
struct Product {
  template <typename T> static T of(T a, T b, T) { return a * b; }
};
struct Quotient {
  template <typename T> static T of(T a, T b, T) { return a / b; }
};
struct Reciprocal {
  template <typename T> static T of(T a, T, T) { return T(1) / a; }
};
struct Root {
  template <typename T> static T of(T a, T, T) { return std::sqrt(a); }
};
struct Fused {
  static float of(float a, float b, float c) { return std::fma(a, b, c); }
  static double of(double a, double b, double c) { return std::fma(a, b, c); }
};

template <typename T> T operand(const T *row, int lane, bool ftz) {
  if constexpr (sizeof(T) == 4)
    return ftz ? flush(row[lane]) : row[lane];
  return row[lane];
}

template <typename T, typename Operation, int count> void rounded(Warp &warp, const Inst &inst, uint32_t mask) {
  const T *rows[3] = {warp.row<T>(inst.s[0]), warp.row<T>(inst.s[count > 1 ? 1 : 0]),
                      warp.row<T>(inst.s[count > 2 ? 2 : 0])};
  const bool ftz = inst.flags & kFtz;
  volatile T results[32];
  {
    const WithRounding mode(inst.flags & kModeBits);
    for (int lane = 0; lane < 32; ++lane)
      results[lane] =
          Operation::of(operand(rows[0], lane, ftz), operand(rows[1], lane, ftz), operand(rows[2], lane, ftz));
  }
  T *d = warp.row<T>(inst.d);
  uint32_t undefined = 0;
  for (int i = 0; i < count; ++i)
    undefined |= warp.undefined[inst.s[i]];
  forEachLane(mask, [&](int lane) {
    T value = results[lane];
    if constexpr (sizeof(T) == 4) {
      value = canonical(ftz ? flush(value) : value);
      if (inst.flags & kSat)
        value = value > 0 ? (value < 1 ? value : 1.0f) : 0.0f;
    } else if (value != value) {
      value = bitCast<double>(uint64_t(0x7ff8000000000000));
    }
    d[lane] = value;
  });
  warp.setUndefined(inst.d, mask, undefined);
}

template <typename T, typename Operation, int count> void roundedForm(Decode &form) {
  form.expectOperands(count + 1, count + 1);
  form.inst.d = form.destination(form.operand(0), sizeof(T) * 8);
  for (int i = 0; i < count; ++i)
    form.inst.s[i] = form.source(form.operand(static_cast<size_t>(i) + 1), sizeof(T) * 8);
  form.inst.flags = form.has("rz") ? 1 : form.has("rm") ? 2 : 3;
  if (form.has("ftz"))
    form.inst.flags |= kFtz;
  if (form.has("sat"))
    form.inst.flags |= kSat;
  form.inst.handler = rounded<T, Operation, count>;
}

} // namespace

void addRoundedForms(Forms &forms) {
  forms.insert(forms.end(), {
                                {"add.{rz,rm,rp}.ftz?.sat?.f32", roundedForm<float, Sum, 2>},
                                {"add.{rz,rm,rp}.f64", roundedForm<double, Sum, 2>},
                                {"sub.{rz,rm,rp}.ftz?.sat?.f32", roundedForm<float, Difference, 2>},
                                {"sub.{rz,rm,rp}.f64", roundedForm<double, Difference, 2>},
                                {"mul.{rz,rm,rp}.ftz?.sat?.f32", roundedForm<float, Product, 2>},
                                {"mul.{rz,rm,rp}.f64", roundedForm<double, Product, 2>},
                                {"div.{rz,rm,rp}.ftz?.f32", roundedForm<float, Quotient, 2>},
                                {"div.{rz,rm,rp}.f64", roundedForm<double, Quotient, 2>},
                                {"{fma,mad}.{rz,rm,rp}.ftz?.sat?.f32", roundedForm<float, Fused, 3>},
                                {"{fma,mad}.{rz,rm,rp}.f64", roundedForm<double, Fused, 3>},
                                {"rcp.{rz,rm,rp}.ftz?.f32", roundedForm<float, Reciprocal, 1>},
                                {"rcp.{rz,rm,rp}.f64", roundedForm<double, Reciprocal, 1>},
                                {"sqrt.{rz,rm,rp}.ftz?.f32", roundedForm<float, Root, 1>},
                                {"sqrt.{rz,rm,rp}.f64", roundedForm<double, Root, 1>},
                            });
}

} // namespace camber::ptx
