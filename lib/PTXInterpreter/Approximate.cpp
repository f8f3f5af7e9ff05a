// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Instructions whose results are specified up to an error: ex2, lg2, tanh, sin, cos, and .approx of rcp, sqrt, rsqrt,
// div.
//
// With Approx::Exact the result is the nearest float32 or close to it. Otherwise it is off by the bound that the PTX
// ISA gives (Worst: all of it, to the side that a hash of the operand picks, so that errors do not cancel by symmetry;
// Random: up to it). Where the exact result is 0, 1 of ex2(0), infinite or NaN it stays: those cases are tabulated in
// the ISA.
#include "Decode.h"
#include "Machine.h"

namespace camber::ptx {

namespace {

/// A bound: relative, and absolute.
struct Bound {
  double relative, absolute;
};
constexpr double kUlp = 0x1p-23;

/// In [-1, 1]: where in its bound a result lies.
double deviation(Machine &machine, uint32_t bits) {
  if (machine.options.approx == Approx::Random)
    return static_cast<double>(static_cast<int32_t>(machine.random())) * 0x1p-31;
  return (bits * 0x9e3779b1u) >> 31 ? 1 : -1;
}

float perturb(Machine &machine, double exact, uint32_t operand, const Bound &bound) {
  if (exact == 0 || !std::isfinite(exact))
    return static_cast<float>(exact);
  const double error = deviation(machine, operand) * (bound.relative * std::fabs(exact) + bound.absolute);
  return static_cast<float>(exact + error);
}

// The functions: exact value, in double precision where it is to be perturbed, and bound for an operand.
struct Ex2 {
  template <typename T> static T exact(T a) { return std::exp2(a); }
  static Bound bound(float a) { return {a == 0 ? 0 : 0x1p-22, 0}; } // exp2(0) is 1
};
struct Lg2 {
  template <typename T> static T exact(T a) { return std::log2(a); }
  static Bound bound(float a) { return a > 0.5f && a < 2 ? Bound{0, 0x1p-22} : Bound{0x1p-22, 0}; }
};
struct Tanh {
  template <typename T> static T exact(T a) { return std::tanh(a); }
  static Bound bound(float a) { return {0x1p-11, 0}; }
};
struct Sin {
  template <typename T> static T exact(T a) { return std::sin(a); }
  static Bound bound(float a) { return {0, 0x1p-20}; } // 2^-20.5 within two periods
};
struct Cos {
  template <typename T> static T exact(T a) { return std::cos(a); }
  static Bound bound(float a) { return {0, a == 0 ? 0 : 0x1p-20}; }
};
struct Rcp {
  template <typename T> static T exact(T a) { return 1 / a; }
  static Bound bound(float) { return {kUlp, 0}; } // 1 ulp
};
struct Sqrt {
  template <typename T> static T exact(T a) { return std::sqrt(a); }
  static Bound bound(float) { return {kUlp, 0}; }
};
struct Rsqrt {
  template <typename T> static T exact(T a) { return 1 / std::sqrt(a); }
  static Bound bound(float) { return {0x1.12p-23, 0}; } // 2^-22.9
};

template <typename F, bool ftz> void approximate(Warp &warp, const Inst &inst, uint32_t mask) {
  Machine &machine = *warp.machine;
  const float *a = warp.row<float>(inst.s[0]);
  float *d = warp.row<float>(inst.d);
  const bool exact = machine.options.approx == Approx::Exact;
  float results[32];
  for (int lane = 0; lane < 32; ++lane)
    results[lane] = mask >> lane & 1 ? F::exact(ftz ? flush(a[lane]) : a[lane]) : 0;
  if (!exact)
    forEachLane(mask, [&](int lane) {
      const float operand = ftz ? flush(a[lane]) : a[lane];
      results[lane] = perturb(machine, F::exact(double(operand)), bitCast<uint32_t>(operand), F::bound(operand));
    });
  for (int lane = 0; lane < 32; ++lane)
    d[lane] = mask >> lane & 1 ? canonical(ftz ? flush(results[lane]) : results[lane]) : d[lane];
  warp.setUndefined(inst.d, mask, warp.undefined[inst.s[0]]);
}

template <typename F> void approximateForm(Decode &form) {
  form.lanewise<float, float>(form.has("ftz") ? approximate<F, true> : approximate<F, false>);
}

/// div.approx and div.full: 2 ulp. Beyond 2^126 .approx returns 0 (or NaN, for an infinite dividend).
template <bool full> void divide(Warp &warp, const Inst &inst, uint32_t mask) {
  Machine &machine = *warp.machine;
  const float *a = warp.row<float>(inst.s[0]), *b = warp.row<float>(inst.s[1]);
  float *d = warp.row<float>(inst.d);
  const bool ftz = inst.flags;
  forEachLane(mask, [&](int lane) {
    const float x = ftz ? flush(a[lane]) : a[lane], y = ftz ? flush(b[lane]) : b[lane];
    float value = x / y;
    if (!full && std::fabs(y) > 0x1p126f && std::isfinite(y))
      value = std::isinf(x) ? bitCast<float>(kFloatNan) : std::copysign(0.0f, value);
    if (machine.options.approx != Approx::Exact)
      value =
          perturb(machine, value == 0 ? 0 : double(x) / y, bitCast<uint32_t>(x) ^ bitCast<uint32_t>(y), {2 * kUlp, 0});
    d[lane] = canonical(ftz ? flush(value) : value);
  });
  warp.setUndefined(inst.d, mask, warp.undefined[inst.s[0]] | warp.undefined[inst.s[1]]);
}

template <bool full> void divideForm(Decode &form) {
  form.lanewise<float, float, float>(divide<full>);
  form.inst.flags = form.has("ftz");
}

/// 16-bit ones: of one value or two. flags: 1 bf16, 2 packed, 4 tanh (otherwise ex2), 8 ftz.
void approximateHalf(Warp &warp, const Inst &inst, uint32_t mask) {
  Machine &machine = *warp.machine;
  const uint32_t *a = warp.row<uint32_t>(inst.s[0]);
  uint32_t *d = warp.row<uint32_t>(inst.d);
  const bool brain = inst.flags & 1, tanh = inst.flags & 4;
  const Bound bound = tanh ? (brain ? Bound{0x1p-8, 0} : Bound{0, 0x1p-10}) : Bound{brain ? 0x1p-7 : 0x1.12p-10, 0};
  const auto one = [&](uint32_t bits) -> uint32_t {
    const uint16_t half = static_cast<uint16_t>(bits);
    const float x = brain ? bfloatToFloat(half) : halfToFloat(half);
    float value = tanh ? std::tanh(x) : std::exp2(x);
    if (machine.options.approx != Approx::Exact && x != 0)
      value = perturb(machine, tanh ? std::tanh(double(x)) : std::exp2(double(x)), half, bound);
    return brain ? floatToBfloat(value) : floatToHalf(value);
  };
  forEachLane(mask, [&](int lane) { d[lane] = one(a[lane]) | (inst.flags & 2 ? one(a[lane] >> 16) << 16 : 0); });
  warp.setUndefined(inst.d, mask, warp.undefined[inst.s[0]]);
}

void approximateHalfForm(Decode &form) {
  const std::string &type = form.type();
  const bool packed = type.back() == '2';
  form.expectOperands(2, 2);
  form.inst.d = form.destination(form.operand(0), packed ? 32 : 16);
  form.inst.s[0] = form.source(form.operand(1), packed ? 32 : 16);
  form.inst.flags = static_cast<uint8_t>((type[0] == 'b') | packed << 1 | (form.statement.opcode[0] == "tanh") << 2);
  form.inst.handler = approximateHalf;
}

} // namespace

void addApproximateForms(Forms &forms) {
  forms.insert(forms.end(), {
                                {"ex2.approx.ftz?.f32", approximateForm<Ex2>},
                                {"lg2.approx.ftz?.f32", approximateForm<Lg2>},
                                {"tanh.approx.f32", approximateForm<Tanh>},
                                {"sin.approx.ftz?.f32", approximateForm<Sin>},
                                {"cos.approx.ftz?.f32", approximateForm<Cos>},
                                {"rcp.approx.ftz?.f32", approximateForm<Rcp>},
                                {"sqrt.approx.ftz?.f32", approximateForm<Sqrt>},
                                {"rsqrt.approx.ftz?.f32", approximateForm<Rsqrt>},
                                {"rsqrt.approx.f64", LANES1(double, double, 1 / std::sqrt(a))},
                                {"rcp.approx.ftz.f64", LANES1(double, double, 1 / a)},
                                {"div.approx.ftz?.f32", divideForm<false>},
                                {"div.full.ftz?.f32", divideForm<true>},
                                {"ex2.approx.{f16,f16x2}", approximateHalfForm},
                                {"ex2.approx.ftz.{bf16,bf16x2}", approximateHalfForm},
                                {"tanh.approx.{f16,f16x2,bf16,bf16x2}", approximateHalfForm},
                            });
}

} // namespace camber::ptx
