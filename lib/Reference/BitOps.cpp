// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Operations on how a number is represented: its bits, and whether it is NaN, infinite or normal.
#include "ScoreProgram.h"
#include <algorithm>
#include <cmath>
#include <cstring>

namespace camber {
namespace {

/// What a number is after rounding to its type: the reference's own values of f32 are exact, but whether one is
/// infinite or normal, and what its bits are, is a question about the f32.
double narrow(ScalarType type, double value) { return type == ScalarType::F32 ? static_cast<float>(value) : value; }

double smallestNormal(ScalarType type) {
  return type == ScalarType::F64 ? 0x1p-1022 : type == ScalarType::F16 ? 0x1p-14 : 0x1p-126;
}

template <typename To, typename From> To copyBits(From from) {
  static_assert(sizeof(To) == sizeof(From));
  To to;
  std::memcpy(&to, &from, sizeof(to));
  return to;
}
uint64_t bitsOfReal(ScalarType type, double value) {
  return type == ScalarType::F32   ? copyBits<uint32_t>(static_cast<float>(value))
         : type == ScalarType::F64 ? copyBits<uint64_t>(value)
         : type == ScalarType::F16 ? doubleToHalf(value)
                                   : doubleToBfloat(value);
}
double realOfBits(ScalarType type, uint64_t bits) {
  return type == ScalarType::F32   ? copyBits<float>(static_cast<uint32_t>(bits))
         : type == ScalarType::F64 ? copyBits<double>(bits)
         : type == ScalarType::F16 ? halfToDouble(static_cast<uint16_t>(bits))
                                   : bfloatToDouble(static_cast<uint16_t>(bits));
}

} // namespace

template <typename Real> Result<Step<Real>> bindBits(const NodeContext &context) {
  const std::string &op = context.node.op;
  const ScalarType type = context.node.type;
  const bool one = context.args.size() == 1, toReal = isReal(type);
  const int64_t a = one ? context.args[0] : 0;
  const ScalarType from = one ? context.argTypes[0] : ScalarType::F32;
  const Failure wrongKinds{"has operands or a result of the wrong kind"};
  if (op == "math.isnan" || op == "math.isinf" || op == "math.isfinite" || op == "math.isnormal") {
    if (!one || !isReal(from) || type != ScalarType::I1)
      return wrongKinds;
    return eachInteger<Real>(type, [=](Frame<Real> &f, size_t j) {
      const double x = narrow(from, f.columns[a].real[j]);
      return int64_t(op == "math.isnan"      ? std::isnan(x)
                     : op == "math.isinf"    ? std::isinf(x)
                     : op == "math.isfinite" ? std::isfinite(x)
                                             : std::isfinite(x) && std::abs(x) >= smallestNormal(from));
    });
  }
  if (op == "math.ctpop" || op == "math.ctlz" || op == "math.cttz") {
    if (!one || isReal(from) || from != type)
      return wrongKinds;
    return eachInteger<Real>(type, [=](Frame<Real> &f, size_t j) {
      const uint64_t bits = unsignedOf(type, f.columns[a].integer[j]);
      int64_t ones = 0, leading = bitsOf(type), trailing = bitsOf(type);
      for (int64_t bit = bitsOf(type) - 1; bit >= 0; --bit)
        if (bits >> bit & 1)
          ++ones, leading = std::min(leading, bitsOf(type) - 1 - bit), trailing = bit;
      return op == "math.ctpop" ? ones : op == "math.ctlz" ? leading : trailing;
    });
  }
  if (op == "arith.bitcast") {
    if (!one || bitsOf(from) != bitsOf(type))
      return wrongKinds;
    auto bits = [=](Frame<Real> &f, size_t j) {
      return isReal(from) ? bitsOfReal(from, f.columns[a].real[j]) : unsignedOf(from, f.columns[a].integer[j]);
    };
    if (toReal)
      return eachReal<Real>([=](Frame<Real> &f, size_t j) { return Real(realOfBits(type, bits(f, j))); });
    return eachInteger<Real>(type, [=](Frame<Real> &f, size_t j) { return int64_t(bits(f, j)); });
  }
  return Step<Real>();
}

template Result<Step<double>> bindBits<double>(const NodeContext &);
template Result<Step<float>> bindBits<float>(const NodeContext &);

} // namespace camber
