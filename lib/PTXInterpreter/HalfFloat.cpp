// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Arithmetic in f16 and bf16, single and packed in pairs. Each operation is rounded once.
#include "Decode.h"

namespace camber::ptx {

namespace {

struct HalfTraits {
  using Single = Half;
  static constexpr uint16_t kNan = kHalfNan, kOne = 0x3c00;
  static double widen(uint16_t a) { return double(halfToFloat(a)); }
  static uint16_t round(double a) { return roundToHalf(a); }
  static bool isNan(uint16_t a) { return (a & 0x7fff) > 0x7c00; }
  static uint16_t flushed(uint16_t a) { return (a & 0x7c00) == 0 ? a & 0x8000 : a; }
};
struct BfloatTraits {
  using Single = Bfloat;
  static constexpr uint16_t kNan = kBfloatNan, kOne = 0x3f80;
  static double widen(uint16_t a) { return double(bfloatToFloat(a)); }
  static uint16_t round(double a) { return roundToBfloat(a); }
  static bool isNan(uint16_t a) { return (a & 0x7fff) > 0x7f80; }
  static uint16_t flushed(uint16_t a) { return a; } // bf16 has no .ftz
};

/// Inst::flags
enum : uint8_t { kFtz = 1, kSat = 2, kRelu = 4, kNan = 8, kXorSign = 16, kOutOfRange = 32 };

struct Sum {
  template <typename T> static uint16_t of(uint16_t a, uint16_t b, uint16_t, uint8_t) {
    return T::round(T::widen(a) + T::widen(b));
  }
};
struct Difference {
  template <typename T> static uint16_t of(uint16_t a, uint16_t b, uint16_t, uint8_t) {
    return T::round(T::widen(a) - T::widen(b));
  }
};
struct Product {
  template <typename T> static uint16_t of(uint16_t a, uint16_t b, uint16_t, uint8_t) {
    return T::round(T::widen(a) * T::widen(b));
  }
};
struct Fused {
  template <typename T> static uint16_t of(uint16_t a, uint16_t b, uint16_t c, uint8_t flags) {
    if (flags & kOutOfRange && (T::isNan(a) || T::isNan(b)))
      return 0;
    return T::round(T::widen(a) * T::widen(b) + T::widen(c));
  }
};
struct Negation {
  template <typename T> static uint16_t of(uint16_t a, uint16_t, uint16_t, uint8_t) { return a ^ 0x8000; }
};
struct Magnitude {
  template <typename T> static uint16_t of(uint16_t a, uint16_t, uint16_t, uint8_t) { return a & 0x7fff; }
};
template <bool least> struct Extreme {
  template <typename T> static uint16_t of(uint16_t a, uint16_t b, uint16_t, uint8_t flags) {
    const uint16_t sign = (a ^ b) & 0x8000;
    if (T::isNan(a) || T::isNan(b))
      return flags & kNan || (T::isNan(a) && T::isNan(b)) ? T::kNan : T::isNan(a) ? b : a;
    if (flags & kXorSign)
      a &= 0x7fff, b &= 0x7fff;
    const double x = T::widen(a), y = T::widen(b);
    const bool first = x == y ? bool(a & 0x8000) == least : (x < y) == least;
    return (first ? a : b) | (flags & kXorSign ? sign : 0);
  }
};

template <typename T, typename Operation> uint16_t apply(uint16_t a, uint16_t b, uint16_t c, uint8_t flags) {
  if (flags & kFtz)
    a = T::flushed(a), b = T::flushed(b), c = T::flushed(c);
  uint16_t result = Operation::template of<T>(a, b, c, flags);
  if (flags & kFtz)
    result = T::flushed(result);
  if (flags & kRelu && result & 0x8000 && !T::isNan(result))
    result = 0;
  if (flags & kSat)
    result = T::isNan(result) || result & 0x8000 ? 0 : T::widen(result) > 1 ? T::kOne : result;
  return result;
}

/// Rows are of 32-bit cells, with one value in each or two.
template <typename T, typename Operation, int count, bool packed>
void compute(Warp &warp, const Inst &inst, uint32_t mask) {
  const uint32_t *a = warp.row<uint32_t>(inst.s[0]), *b = warp.row<uint32_t>(inst.s[count > 1 ? 1 : 0]),
                 *c = warp.row<uint32_t>(inst.s[count > 2 ? 2 : 0]);
  uint32_t *d = warp.row<uint32_t>(inst.d);
  uint32_t undefined = 0;
  for (int i = 0; i < count; ++i)
    undefined |= warp.undefined[inst.s[i]];
  const auto half = [&](int lane, int shift) {
    return uint32_t(apply<T, Operation>(static_cast<uint16_t>(a[lane] >> shift),
                                        static_cast<uint16_t>(b[lane] >> shift),
                                        static_cast<uint16_t>(c[lane] >> shift), inst.flags))
           << shift;
  };
  forEachLane(mask, [&](int lane) {
    uint32_t result = half(lane, 0);
    if (packed)
      result |= half(lane, 16);
    d[lane] = result;
  });
  warp.setUndefined(inst.d, mask, undefined);
}

template <typename T, typename Operation, int count, bool packed> void computeForm(Decode &form) {
  form.expectOperands(count + 1, count + 1);
  form.inst.d = form.destination(form.operand(0), packed ? 32 : 16);
  for (int i = 0; i < count; ++i)
    form.inst.s[i] = form.source(form.operand(static_cast<size_t>(i) + 1), packed ? 32 : 16);
  static const std::pair<const char *, uint8_t> suffixes[] = {
      {"ftz", kFtz}, {"sat", kSat}, {"relu", kRelu}, {"NaN", kNan}, {"xorsign", kXorSign}, {"oob", kOutOfRange}};
  for (const auto &[name, flag] : suffixes)
    if (form.has(name))
      form.inst.flags |= flag;
  form.inst.handler = compute<T, Operation, count, packed>;
}

/// A line for each of f16, f16x2, bf16 and bf16x2.
#define BOTH_FORMATS(HALF, BFLOAT, OPERATION, COUNT)                                                                   \
  {HALF ".f16", computeForm<HalfTraits, OPERATION, COUNT, false>},                                                     \
      {HALF ".f16x2", computeForm<HalfTraits, OPERATION, COUNT, true>},                                                \
      {BFLOAT ".bf16", computeForm<BfloatTraits, OPERATION, COUNT, false>}, {                                          \
    BFLOAT ".bf16x2", computeForm<BfloatTraits, OPERATION, COUNT, true>                                                \
  }

} // namespace

void addHalfForms(Forms &forms) {
  forms.insert(forms.end(),
               {
                   BOTH_FORMATS("add.rn?.ftz?.sat?", "add.rn?", Sum, 2),
                   BOTH_FORMATS("sub.rn?.ftz?.sat?", "sub.rn?", Difference, 2),
                   BOTH_FORMATS("mul.rn?.ftz?.sat?", "mul.rn?", Product, 2),
                   BOTH_FORMATS("fma.rn.ftz?.{sat,relu}?.oob?", "fma.rn.relu?.oob?", Fused, 3),
                   BOTH_FORMATS("neg.ftz?", "neg", Negation, 1),
                   BOTH_FORMATS("abs.ftz?", "abs", Magnitude, 1),
                   BOTH_FORMATS("min.ftz?.NaN?.xorsign?.abs?", "min.NaN?.xorsign?.abs?", Extreme<true>, 2),
                   BOTH_FORMATS("max.ftz?.NaN?.xorsign?.abs?", "max.NaN?.xorsign?.abs?", Extreme<false>, 2),
               });
}

} // namespace camber::ptx
