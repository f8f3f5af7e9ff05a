// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// cvt, from the section "Data Movement and Conversion Instructions: cvt".
#include "Instruction.h"
#include <algorithm>

using namespace camber::test;

namespace {

/// Float to integer: NaN is 0, or the highest bit where 64 bits are involved; out of range the nearest limit.
uint64_t integral(double rounded, int width, bool isSigned, bool wide = false) {
  if (std::isnan(rounded))
    return wide || width == 64 ? uint64_t(1) << (width - 1) : 0;
  const long double low = isSigned ? -std::ldexp(1.0L, width - 1) : 0,
                    high = std::ldexp(1.0L, isSigned ? width - 1 : width) - 1;
  const long double limited = std::min(std::max<long double>(rounded, low), high);
  return limited < 0 ? static_cast<uint64_t>(static_cast<int64_t>(limited)) : static_cast<uint64_t>(limited);
}
uint64_t clampTo(int64_t value, int64_t low, int64_t high) {
  return static_cast<uint64_t>(std::min(std::max(value, low), high));
}
uint64_t tf32(float a, int mode) { // 0 nearest even, 1 towards zero, 2 nearest away
  const uint64_t raw = bits(a);
  if (std::isnan(a))
    return 0x7fffffff;
  if (std::isinf(a))
    return raw;
  const uint64_t kept = raw & ~uint64_t(0x1fff), rest = raw & 0x1fff;
  const bool up = mode == 0 ? rest > 0x1000 || (rest == 0x1000 && kept & 0x2000) : mode == 2 && rest >= 0x1000;
  return up ? kept + 0x2000 : kept;
}
uint64_t two(uint64_t high, uint64_t low) { return high << 16 | low; }

TEST(Convert, MatchesModel) {
  const InstructionCase cases[] = {
      {"cvt.u32.u16", "u32 u16", MODEL(a)},
      {"cvt.s32.s16", "s32 s16", MODEL(uint64_t(s16(a)))},
      {"cvt.u64.u32", "u64 u32", MODEL(a)},
      {"cvt.s64.s32", "s64 s32", MODEL(uint64_t(int64_t(s32(a))))},
      {"cvt.u32.u64", "u32 u64", MODEL(a)},
      {"cvt.u16.u32", "u16 u32", MODEL(a)},
      {"cvt.s32.s8", "s32 s32", MODEL(uint64_t(int64_t(int8_t(a))))},
      {"cvt.u32.u8", "u32 u32", MODEL(a & 0xff)},
      {"cvt.sat.s8.s32", "s32 s32", MODEL(clampTo(s32(a), -128, 127))},
      {"cvt.sat.u8.s32", "u32 s32", MODEL(clampTo(s32(a), 0, 255))},
      {"cvt.sat.u16.s32", "u16 s32", MODEL(clampTo(s32(a), 0, 65535))},
      {"cvt.sat.s32.u32", "s32 u32", MODEL(clampTo(int64_t(a), 0, INT32_MAX))},
      {"cvt.rzi.s32.f32", "s32 f32", MODEL(integral(std::trunc(f32(a)), 32, true))},
      {"cvt.rni.s32.f32", "s32 f32", MODEL(integral(std::nearbyint(f32(a)), 32, true))},
      {"cvt.rmi.s32.f32", "s32 f32", MODEL(integral(std::floor(f32(a)), 32, true))},
      {"cvt.rpi.s32.f32", "s32 f32", MODEL(integral(std::ceil(f32(a)), 32, true))},
      {"cvt.rpi.ftz.s32.f32", "s32 f32", MODEL(integral(std::ceil(flushed(f32(a))), 32, true))},
      {"cvt.rzi.u32.f32", "u32 f32", MODEL(integral(std::trunc(f32(a)), 32, false))},
      {"cvt.rzi.s64.f32", "s64 f32", MODEL(integral(std::trunc(f32(a)), 64, true))},
      {"cvt.rzi.u64.f64", "u64 f64", MODEL(integral(std::trunc(f64(a)), 64, false, true))},
      {"cvt.rzi.s32.f64", "s32 f64", MODEL(integral(std::trunc(f64(a)), 32, true, true))},
      {"cvt.rni.s32.f16", "s32 f16", MODEL(integral(std::nearbyint(halfValue(a)), 32, true))},
      {"cvt.rzi.u16.f32", "u16 f32", MODEL(integral(std::trunc(f32(a)), 16, false))},
      {"cvt.rn.f32.s32", "f32 s32", MODEL(bits(float(s32(a))))},
      {"cvt.rn.f32.u32", "f32 u32", MODEL(bits(float(uint32_t(a))))},
      {"cvt.rn.f32.s64", "f32 s64", MODEL(bits(float(s64(a))))},
      {"cvt.rn.f32.u64", "f32 u64", MODEL(bits(float(a)))},
      {"cvt.rn.f64.s32", "f64 s32", MODEL(bits(double(s32(a))))},
      {"cvt.rn.f64.u64", "f64 u64", MODEL(bits(double(a)))},
      {"cvt.rn.f16.s32", "f16 s32", MODEL(nearestHalf(s32(a)))},
      {"cvt.rn.f16.u16", "f16 u16", MODEL(nearestHalf(double(a)))},
      {"cvt.rn.bf16.s32", "bf16 s32", MODEL(nearestBfloat(s32(a)))},
      {"cvt.rz.f16.s32", "f16 s32",
       MODEL(s32(a) >= 65504    ? 0x7bff
             : s32(a) <= -65504 ? 0xfbff
                                : nearestHalf(s32(a), 1))},
      {"cvt.f32.f16", "f32 f16", MODEL(bits(float(halfValue(a))))},
      {"cvt.f32.bf16", "f32 bf16", MODEL(a << 16)},
      {"cvt.ftz.f32.bf16", "f32 bf16", MODEL(a & 0x7f80 ? a << 16 : (a & 0x8000) << 16)},
      {"cvt.f64.f32", "f64 f32", MODEL(bits(double(f32(a))))},
      {"cvt.f64.f16", "f64 f16", MODEL(bits(halfValue(a)))},
      {"cvt.rn.f16.f32", "f16 f32", MODEL(nearestHalf(f32(a)))},
      {"cvt.rz.f16.f32", "f16 f32",
       MODEL(std::fabs(f32(a)) > 65504 && std::isfinite(f32(a)) ? (a >> 31 ? 0xfbff : 0x7bff)
                                                                : nearestHalf(f32(a), 1))},
      {"cvt.rn.bf16.f32", "bf16 f32", MODEL(nearestBfloat(f32(a)))},
      {"cvt.rn.f32.f64", "f32 f64", MODEL(bits(float(f64(a))))},
      {"cvt.rn.f16.f64", "f16 f64", MODEL(nearestHalf(f64(a)))},
      {"cvt.rni.f32.f32", "f32 f32", MODEL(bits(std::nearbyint(f32(a))))},
      {"cvt.rmi.f32.f32", "f32 f32", MODEL(bits(std::floor(f32(a))))},
      {"cvt.rpi.f32.f32", "f32 f32", MODEL(bits(std::ceil(f32(a))))},
      {"cvt.rzi.f32.f32", "f32 f32", MODEL(bits(std::trunc(f32(a))))},
      {"cvt.rmi.ftz.f32.f32", "f32 f32", MODEL(bits(std::floor(flushed(f32(a)))))},
      {"cvt.sat.f32.f32", "f32 f32", MODEL(bits(f32(a) > 0 ? std::min(f32(a), 1.0f) : 0.0f))},
      {"cvt.ftz.f32.f32", "f32 f32", MODEL(bits(flushed(f32(a))))},
      {"cvt.rni.f16.f16", "f16 f16", MODEL(nearestHalf(std::nearbyint(halfValue(a))))},
      {"cvt.rzi.f64.f64", "f64 f64", MODEL(bits(std::trunc(f64(a))))},
      {"cvt.rn.f16x2.f32", "f16x2 f32 f32", MODEL(two(nearestHalf(f32(a)), nearestHalf(f32(b))))},
      {"cvt.rn.bf16x2.f32", "bf16x2 f32 f32", MODEL(two(nearestBfloat(f32(a)), nearestBfloat(f32(b))))},
      {"cvt.rn.relu.bf16x2.f32", "bf16x2 f32 f32",
       MODEL(two(nearestBfloat(f32(a) < 0 || a == 0x80000000 ? 0 : f32(a)),
                 nearestBfloat(f32(b) < 0 || b == 0x80000000 ? 0 : f32(b))))},
      {"cvt.rz.bf16x2.f32", "bf16x2 f32~ f32~", MODEL(two(nearestBfloat(f32(a), 1), nearestBfloat(f32(b), 1)))},
      {"cvt.rna.tf32.f32", "b32 f32", MODEL(tf32(f32(a), 2))},
      {"cvt.rn.tf32.f32", "b32 f32", MODEL(tf32(f32(a), 0))},
      {"cvt.rz.tf32.f32", "b32 f32", MODEL(tf32(f32(a), 1))},
  };
  for (const InstructionCase &test : cases)
    checkInstruction(test);
}

} // namespace
