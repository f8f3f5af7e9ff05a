// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Floating-point arithmetic in f32 and f64, rounded to nearest. Rounded.cpp has the other rounding modes.
#include "Decode.h"
#include "camber/Support/Clones.h"
#include <algorithm>

namespace camber::ptx {

namespace {

/// What a suffix does to operands and results.
struct Plain {
  static float in(float a) { return a; }
  static float out(float a) { return canonical(a); }
};
struct Ftz {
  static float in(float a) { return flush(a); }
  static float out(float a) { return canonical(flush(a)); }
};
/// .sat: to [0, 1], NaN to 0.
template <typename Base> struct Sat {
  static float in(float a) { return Base::in(a); }
  static float out(float a) {
    const float kept = Base::out(a);
    return kept > 0 ? (kept < 1 ? kept : 1.0f) : 0.0f;
  }
};
double canonical64(double a) { return a != a ? bitCast<double>(uint64_t(0x7ff8000000000000)) : a; }

// min and max: of a NaN and a number the number, unless .NaN; -0 is less than +0.
template <typename T> T lesser(T a, T b) {
  if (a != a || b != b)
    return a != a ? b : a;
  return a == b ? (std::signbit(a) ? a : b) : a < b ? a : b;
}
template <typename T> T greater(T a, T b) {
  if (a != a || b != b)
    return a != a ? b : a;
  return a == b ? (std::signbit(a) ? b : a) : a > b ? a : b;
}
float lesserOrNan(float a, float b) { return a != a || b != b ? bitCast<float>(kFloatNan) : lesser(a, b); }
float greaterOrNan(float a, float b) { return a != a || b != b ? bitCast<float>(kFloatNan) : greater(a, b); }
/// .xorsign.abs: of the magnitudes, with the product's sign.
float withXorSign(float value, float a, float b) {
  const uint32_t sign = (bitCast<uint32_t>(a) ^ bitCast<uint32_t>(b)) & 0x80000000;
  return bitCast<float>((bitCast<uint32_t>(value) & 0x7fffffff) | sign);
}

CAMBER_CLONES("arch=x86-64-v3", "default") void fuseRow(float *d, const float *a, const float *b, const float *c) {
  for (int lane = 0; lane < 32; ++lane)
    d[lane] = __builtin_fmaf(a[lane], b[lane], c[lane]);
}

template <typename Mode> void fuse(Warp &warp, const Inst &inst, uint32_t mask) {
  const float *sources[3];
  float flushed[3][32], results[32];
  for (int i = 0; i < 3; ++i) {
    sources[i] = warp.row<float>(inst.s[i]);
    if (!std::is_same_v<Mode, Plain> && !std::is_same_v<Mode, Sat<Plain>>) {
      for (int lane = 0; lane < 32; ++lane)
        flushed[i][lane] = Mode::in(sources[i][lane]);
      sources[i] = flushed[i];
    }
  }
  fuseRow(results, sources[0], sources[1], sources[2]);
  float *d = warp.row<float>(inst.d);
  for (int lane = 0; lane < 32; ++lane)
    d[lane] = mask >> lane & 1 ? Mode::out(results[lane]) : d[lane];
  warp.setUndefined(inst.d, mask, warp.undefined[inst.s[0]] | warp.undefined[inst.s[1]] | warp.undefined[inst.s[2]]);
}

template <typename Mode> void fuseForm(Decode &form) { form.lanewise<float, float, float, float>(fuse<Mode>); }

/// An operation on f32 without and with .ftz and .sat. `name` is the opcode, its rounding suffix included.
#define ARITHMETIC(NAME, EXPRESSION)                                                                                   \
  {NAME ".f32", LANES2(float, float, float, Plain::out(EXPRESSION(a, b)))},                                            \
      {NAME ".ftz.f32", LANES2(float, float, float, Ftz::out(EXPRESSION(Ftz::in(a), Ftz::in(b))))},                    \
      {NAME ".sat.f32", LANES2(float, float, float, Sat<Plain>::out(EXPRESSION(a, b)))}, {                             \
    NAME ".ftz.sat.f32", LANES2(float, float, float, Sat<Ftz>::out(EXPRESSION(Ftz::in(a), Ftz::in(b))))                \
  }

#define SUM(a, b) ((a) + (b))
#define DIFFERENCE(a, b) ((a) - (b))
#define PRODUCT(a, b) ((a) * (b))

/// testp: flags 0 finite, 1 infinite, 2 number, 3 notanumber, 4 normal, 5 subnormal.
template <typename T> void testProperty(Warp &warp, const Inst &inst, uint32_t mask) {
  const T *a = warp.row<T>(inst.s[0]);
  uint32_t result = 0;
  forEachLane(mask, [&](int lane) {
    const int kind = std::fpclassify(a[lane]);
    const bool is[] = {kind != FP_NAN && kind != FP_INFINITE,
                       kind == FP_INFINITE,
                       kind != FP_NAN,
                       kind == FP_NAN,
                       kind == FP_NORMAL,
                       kind == FP_SUBNORMAL};
    result |= uint32_t(is[inst.flags]) << lane;
  });
  warp.setPredicate(inst.d, mask, result);
  warp.setUndefined(inst.d, mask, warp.undefined[inst.s[0]]);
}

void testForm(Decode &form) {
  form.expectOperands(2, 2);
  static const char *const names[] = {"finite", "infinite", "number", "notanumber", "normal", "subnormal"};
  form.inst.flags = static_cast<uint8_t>(
      std::find_if(std::begin(names), std::end(names), [&](const char *name) { return form.has(name); }) - names);
  const bool wide = form.type() == "f64";
  form.inst.d = form.destination(form.operand(0), 1);
  form.inst.s[0] = form.source(form.operand(1), wide ? 64 : 32);
  form.inst.handler = wide ? testProperty<double> : testProperty<float>;
}

} // namespace

void addFloatForms(Forms &forms) {
  forms.insert(
      forms.end(),
      {
          ARITHMETIC("add.rn?", SUM),
          ARITHMETIC("sub.rn?", DIFFERENCE),
          ARITHMETIC("mul.rn?", PRODUCT),
          {"add.rn?.f64", LANES2(double, double, double, canonical64(a + b))},
          {"sub.rn?.f64", LANES2(double, double, double, canonical64(a - b))},
          {"mul.rn?.f64", LANES2(double, double, double, canonical64(a * b))},
          {"{fma,mad}.rn.f32", fuseForm<Plain>},
          {"{fma,mad}.rn.ftz.f32", fuseForm<Ftz>},
          {"{fma,mad}.rn.sat.f32", fuseForm<Sat<Plain>>},
          {"{fma,mad}.rn.ftz.sat.f32", fuseForm<Sat<Ftz>>},
          {"{fma,mad}.rn.f64", LANES3(double, double, double, double, canonical64(__builtin_fma(a, b, c)))},
          {"div.rn.f32", LANES2(float, float, float, canonical(a / b))},
          {"div.rn.ftz.f32", LANES2(float, float, float, Ftz::out(Ftz::in(a) / Ftz::in(b)))},
          {"div.rn.f64", LANES2(double, double, double, canonical64(a / b))},
          {"rcp.rn.f32", LANES1(float, float, canonical(1.0f / a))},
          {"rcp.rn.ftz.f32", LANES1(float, float, Ftz::out(1.0f / Ftz::in(a)))},
          {"rcp.rn.f64", LANES1(double, double, canonical64(1.0 / a))},
          {"sqrt.rn.f32", LANES1(float, float, canonical(std::sqrt(a)))},
          {"sqrt.rn.ftz.f32", LANES1(float, float, Ftz::out(std::sqrt(Ftz::in(a))))},
          {"sqrt.rn.f64", LANES1(double, double, canonical64(std::sqrt(a)))},
          {"min.f32", LANES2(float, float, float, canonical(lesser(a, b)))},
          {"min.ftz.f32", LANES2(float, float, float, canonical(lesser(flush(a), flush(b))))},
          {"min.NaN.f32", LANES2(float, float, float, lesserOrNan(a, b))},
          {"min.ftz.NaN.f32", LANES2(float, float, float, lesserOrNan(flush(a), flush(b)))},
          {"min.xorsign.abs.f32", LANES2(float, float, float, withXorSign(lesser(std::fabs(a), std::fabs(b)), a, b))},
          {"min.f64", LANES2(double, double, double, canonical64(lesser(a, b)))},
          {"max.f32", LANES2(float, float, float, canonical(greater(a, b)))},
          {"max.ftz.f32", LANES2(float, float, float, canonical(greater(flush(a), flush(b))))},
          {"max.NaN.f32", LANES2(float, float, float, greaterOrNan(a, b))},
          {"max.ftz.NaN.f32", LANES2(float, float, float, greaterOrNan(flush(a), flush(b)))},
          {"max.xorsign.abs.f32", LANES2(float, float, float, withXorSign(greater(std::fabs(a), std::fabs(b)), a, b))},
          {"max.f64", LANES2(double, double, double, canonical64(greater(a, b)))},
          {"abs.f32", LANES1(uint32_t, uint32_t, a & 0x7fffffff)},
          {"abs.ftz.f32", LANES1(float, float, std::fabs(flush(a)))},
          {"abs.f64", LANES1(uint64_t, uint64_t, a & ~(uint64_t(1) << 63))},
          {"neg.f32", LANES1(uint32_t, uint32_t, a ^ 0x80000000)},
          {"neg.ftz.f32", LANES1(float, float, -flush(a))},
          {"neg.f64", LANES1(uint64_t, uint64_t, a ^ uint64_t(1) << 63)},
          {"copysign.f32", LANES2(uint32_t, uint32_t, uint32_t, (a & 0x80000000) | (b & 0x7fffffff))},
          {"copysign.f64", LANES2(uint64_t, uint64_t, uint64_t, (a & uint64_t(1) << 63) | (b & ~(uint64_t(1) << 63)))},
          {"testp.{finite,infinite,number,notanumber,normal,subnormal}.{f32,f64}", testForm},
      });
}

} // namespace camber::ptx
