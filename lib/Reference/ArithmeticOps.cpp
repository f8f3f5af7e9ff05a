// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// User arithmetic: one entry per operation of arith and math, and the clamping lookup.
#include "ScoreProgram.h"
#include <algorithm>
#include <cmath>
#include <limits>

namespace camber {
namespace {

/// i1 is kept as 0 or 1, but its signed value is 0 or −1.
int64_t signedOf(ScalarType type, int64_t value) { return type == ScalarType::I1 ? -value : value; }

/// Wraps like a product of y factors. Negative y: the reciprocal rounded towards 0; that of 0 is undefined in MLIR.
int64_t integerPower(int64_t x, int64_t y) {
  if (y < 0)
    return x == 1 ? 1 : x == -1 ? (y % 2 ? -1 : 1) : 0;
  uint64_t result = 1, square = uint64_t(x);
  for (; y; y /= 2, square *= square)
    if (y % 2)
      result *= square;
  return int64_t(result);
}

template <typename Real> using Unary = Real (*)(Real);
template <typename Real> using Binary = Real (*)(Real, Real);

template <typename Real> const std::map<std::string, Unary<Real>> &unaries() {
  static const std::map<std::string, Unary<Real>> table = {
      {"arith.negf", [](Real x) { return -x; }},
      {"arith.extf", [](Real x) { return x; }},
      {"arith.truncf", [](Real x) { return x; }}, // f64 to f32: the reference does not round in between
      {"math.absf", [](Real x) { return std::abs(x); }},
      {"math.exp", [](Real x) { return std::exp(x); }},
      {"math.exp2", [](Real x) { return std::exp2(x); }},
      {"math.expm1", [](Real x) { return std::expm1(x); }},
      {"math.log", [](Real x) { return std::log(x); }},
      {"math.log2", [](Real x) { return std::log2(x); }},
      {"math.log1p", [](Real x) { return std::log1p(x); }},
      {"math.log10", [](Real x) { return std::log10(x); }},
      {"math.sqrt", [](Real x) { return std::sqrt(x); }},
      {"math.rsqrt", [](Real x) { return 1 / std::sqrt(x); }},
      {"math.cbrt", [](Real x) { return std::cbrt(x); }},
      {"math.tanh", [](Real x) { return std::tanh(x); }},
      {"math.sin", [](Real x) { return std::sin(x); }},
      {"math.cos", [](Real x) { return std::cos(x); }},
      {"math.tan", [](Real x) { return std::tan(x); }},
      {"math.asin", [](Real x) { return std::asin(x); }},
      {"math.acos", [](Real x) { return std::acos(x); }},
      {"math.atan", [](Real x) { return std::atan(x); }},
      {"math.sinh", [](Real x) { return std::sinh(x); }},
      {"math.cosh", [](Real x) { return std::cosh(x); }},
      {"math.asinh", [](Real x) { return std::asinh(x); }},
      {"math.acosh", [](Real x) { return std::acosh(x); }},
      {"math.atanh", [](Real x) { return std::atanh(x); }},
      {"math.erf", [](Real x) { return std::erf(x); }},
      {"math.erfc", [](Real x) { return std::erfc(x); }},
      {"math.floor", [](Real x) { return std::floor(x); }},
      {"math.ceil", [](Real x) { return std::ceil(x); }},
      {"math.trunc", [](Real x) { return std::trunc(x); }},
      {"math.round", [](Real x) { return std::round(x); }},
      {"math.roundeven", [](Real x) { return std::nearbyint(x); }}};
  return table;
}

template <typename Real> const std::map<std::string, Binary<Real>> &binaries() {
  static const std::map<std::string, Binary<Real>> table = {
      {"arith.addf", [](Real x, Real y) { return x + y; }},
      {"arith.subf", [](Real x, Real y) { return x - y; }},
      {"arith.mulf", [](Real x, Real y) { return x * y; }},
      {"arith.divf", [](Real x, Real y) { return x / y; }},
      {"arith.remf", [](Real x, Real y) { return std::fmod(x, y); }},
      // maximumf and minimumf return a NaN operand, maxnumf and minnumf the other one.
      {"arith.maximumf",
       [](Real x, Real y) { return x != x || y != y ? x + y
                                   : x == y         ? (std::signbit(x) ? y : x)
                                                    : std::max(x, y); }},
      {"arith.minimumf",
       [](Real x, Real y) { return x != x || y != y ? x + y
                                   : x == y         ? (std::signbit(x) ? x : y)
                                                    : std::min(x, y); }},
      {"arith.maxnumf", [](Real x, Real y) { return std::fmax(x, y); }},
      {"arith.minnumf", [](Real x, Real y) { return std::fmin(x, y); }},
      {"math.powf", [](Real x, Real y) { return std::pow(x, y); }},
      {"math.atan2", [](Real x, Real y) { return std::atan2(x, y); }},
      {"math.copysign", [](Real x, Real y) { return std::copysign(x, y); }}};
  return table;
}

// Division by zero divides by 1, as `attn.attention` says of its body. Shifts by the width or more are undefined in
// MLIR, but may happen at hidden pairs, whose result is discarded: they give 0 here. Sums and products go through
// uint64_t, where overflow wraps.
using IntegerBinary = int64_t (*)(ScalarType, int64_t, int64_t);
const std::map<std::string, IntegerBinary> &integerBinaries() {
  using T = ScalarType;
  static const std::map<std::string, IntegerBinary> table = {
      {"arith.addi", [](T, int64_t x, int64_t y) { return int64_t(uint64_t(x) + uint64_t(y)); }},
      {"arith.subi", [](T, int64_t x, int64_t y) { return int64_t(uint64_t(x) - uint64_t(y)); }},
      {"arith.muli", [](T, int64_t x, int64_t y) { return int64_t(uint64_t(x) * uint64_t(y)); }},
      {"arith.divsi", [](T, int64_t x, int64_t y) { return y == 0    ? x
                                                           : y == -1 ? int64_t(-uint64_t(x))
                                                                     : x / y; }},
      {"arith.remsi", [](T, int64_t x, int64_t y) { return y == 0 || y == -1 ? 0 : x % y; }},
      {"arith.floordivsi",
       [](T, int64_t x, int64_t y) {
         return y == 0 ? x : y == -1 ? int64_t(-uint64_t(x)) : x / y - (x % y != 0 && (x < 0) != (y < 0));
       }},
      {"arith.ceildivsi",
       [](T, int64_t x, int64_t y) {
         return y == 0 ? x : y == -1 ? int64_t(-uint64_t(x)) : x / y + (x % y != 0 && (x < 0) == (y < 0));
       }},
      {"arith.ceildivui",
       [](T t, int64_t x, int64_t y) {
         const uint64_t a = unsignedOf(t, x), b = unsignedOf(t, y);
         return b == 0 ? x : int64_t(a / b + (a % b != 0));
       }},
      {"math.ipowi", [](T t, int64_t x, int64_t y) { return integerPower(signedOf(t, x), signedOf(t, y)); }},
      {"arith.divui",
       [](T t, int64_t x, int64_t y) { return y == 0 ? x : int64_t(unsignedOf(t, x) / unsignedOf(t, y)); }},
      {"arith.remui",
       [](T t, int64_t x, int64_t y) { return y == 0 ? 0 : int64_t(unsignedOf(t, x) % unsignedOf(t, y)); }},
      {"arith.maxsi", [](T t, int64_t x, int64_t y) { return signedOf(t, x) > signedOf(t, y) ? x : y; }},
      {"arith.minsi", [](T t, int64_t x, int64_t y) { return signedOf(t, x) < signedOf(t, y) ? x : y; }},
      {"arith.maxui", [](T t, int64_t x, int64_t y) { return unsignedOf(t, x) > unsignedOf(t, y) ? x : y; }},
      {"arith.minui", [](T t, int64_t x, int64_t y) { return unsignedOf(t, x) < unsignedOf(t, y) ? x : y; }},
      {"arith.andi", [](T, int64_t x, int64_t y) { return x & y; }},
      {"arith.ori", [](T, int64_t x, int64_t y) { return x | y; }},
      {"arith.xori", [](T, int64_t x, int64_t y) { return x ^ y; }},
      {"arith.shli", [](T t, int64_t x, int64_t y) { return y < 0 || y >= bitsOf(t) ? 0 : int64_t(uint64_t(x) << y); }},
      {"arith.shrsi", [](T t, int64_t x, int64_t y) { return y < 0 || y >= bitsOf(t) ? 0 : x >> y; }},
      {"arith.shrui",
       [](T t, int64_t x, int64_t y) { return y < 0 || y >= bitsOf(t) ? 0 : int64_t(unsignedOf(t, x) >> y); }}};
  return table;
}

/// The truth of an arith.cmpf predicate for two numbers: its first letter says what a NaN gives, the rest compares.
template <typename Real> bool compareReal(const std::string &predicate, Real x, Real y) {
  if (predicate == "true" || predicate == "false")
    return predicate == "true";
  const bool unordered = x != x || y != y;
  if (predicate == "ord" || predicate == "uno")
    return unordered == (predicate == "uno");
  if (unordered)
    return predicate[0] == 'u';
  const std::string relation = predicate.substr(1);
  return relation == "eq"   ? x == y
         : relation == "ne" ? x != y
         : relation == "lt" ? x < y
         : relation == "le" ? x <= y
         : relation == "gt" ? x > y
                            : x >= y;
}

template <typename Number> bool compareIntegers(const std::string &relation, Number x, Number y) {
  return relation == "lt" ? x < y : relation == "le" ? x <= y : relation == "gt" ? x > y : x >= y;
}

bool isPredicate(const std::string &predicate, bool real) {
  if (real && (predicate == "true" || predicate == "false" || predicate == "ord" || predicate == "uno"))
    return true;
  if (!real && (predicate == "eq" || predicate == "ne"))
    return true;
  if (predicate.size() != 3 || std::string(real ? "ou" : "su").find(predicate[0]) == std::string::npos)
    return false;
  const std::string relation = predicate.substr(1);
  return relation == "lt" || relation == "le" || relation == "gt" || relation == "ge" ||
         (real && (relation == "eq" || relation == "ne"));
}

template <typename Real> Result<Step<Real>> bindLookup(const NodeContext &context) {
  const View *table = context.node.params.empty() ? nullptr : context.parameter(context.node.params[0]);
  if (!table || table->sizes.size() != context.args.size())
    return Failure{"needs a table parameter and one index per dimension of it"};
  if (isReal(context.node.type) != (table->element != Element::I32))
    return Failure{"the result type is not that of the table's elements"};
  const std::vector<int64_t> indices = context.args;
  auto at = [table, indices](Frame<Real> &frame, size_t j) {
    int64_t offset = 0;
    for (size_t i = 0; i < indices.size(); ++i)
      offset += std::clamp<int64_t>(frame.columns[indices[i]].integer[j], 0, table->sizes[i] - 1) * table->strides[i];
    return table->at(offset);
  };
  if (isReal(context.node.type))
    return eachReal<Real>([at](Frame<Real> &frame, size_t j) { return static_cast<Real>(at(frame, j)); });
  return eachInteger<Real>(context.node.type,
                           [at](Frame<Real> &frame, size_t j) { return static_cast<int64_t>(at(frame, j)); });
}

template <typename Real> Result<Step<Real>> bindConstant(const NodeContext &context) {
  const ScalarType type = context.node.type;
  if (isReal(type)) {
    if (std::optional<double> value = realAttribute(context.node.attrs, "value"))
      return eachReal<Real>([v = static_cast<Real>(*value)](Frame<Real> &, size_t) { return v; });
  } else if (std::optional<int64_t> value = integerAttribute(context.node.attrs, "value")) {
    return eachInteger<Real>(type, [v = *value](Frame<Real> &, size_t) { return v; });
  }
  return Failure{"has no \"value\" of its type"};
}

/// Operations whose operand and result kinds differ, or that take three operands.
template <typename Real> Result<Step<Real>> bindMixed(const NodeContext &context) {
  const std::string &op = context.node.op;
  const ScalarType type = context.node.type;
  const std::vector<int64_t> &args = context.args;
  auto kinds = [&](std::initializer_list<bool> real, bool result) {
    bool same = real.size() == args.size() && isReal(type) == result;
    for (size_t i = 0; same && i < args.size(); ++i)
      same = isReal(context.argTypes[i]) == real.begin()[i];
    return same;
  };
  const Failure wrongKinds{"has operands or a result of the wrong kind"};
  const int64_t a = args.empty() ? 0 : args[0], b = args.size() > 1 ? args[1] : 0, c = args.size() > 2 ? args[2] : 0;
  const ScalarType from = args.empty() ? ScalarType::F32 : context.argTypes[0];

  if (op == "arith.cmpf" || op == "arith.cmpi") {
    const bool real = op == "arith.cmpf";
    const std::string predicate = stringAttribute(context.node.attrs, "predicate").value_or("");
    if (!kinds({real, real}, false))
      return wrongKinds;
    if (!isPredicate(predicate, real))
      return Failure{"unknown predicate '" + predicate + "'"};
    if (real)
      return eachInteger<Real>(type, [=](Frame<Real> &f, size_t j) {
        return int64_t(compareReal(predicate, f.columns[a].real[j], f.columns[b].real[j]));
      });
    return eachInteger<Real>(type, [=](Frame<Real> &f, size_t j) {
      const int64_t x = f.columns[a].integer[j], y = f.columns[b].integer[j];
      if (predicate == "eq" || predicate == "ne")
        return int64_t((x == y) == (predicate == "eq"));
      const std::string relation = predicate.substr(1);
      return int64_t(predicate[0] == 's' ? compareIntegers(relation, signedOf(from, x), signedOf(from, y))
                                         : compareIntegers(relation, unsignedOf(from, x), unsignedOf(from, y)));
    });
  }
  if (op == "arith.select") {
    if (!kinds({false, isReal(type), isReal(type)}, isReal(type)))
      return wrongKinds;
    if (isReal(type))
      return eachReal<Real>(
          [=](Frame<Real> &f, size_t j) { return f.columns[f.columns[a].integer[j] ? b : c].real[j]; });
    return eachInteger<Real>(
        type, [=](Frame<Real> &f, size_t j) { return f.columns[f.columns[a].integer[j] ? b : c].integer[j]; });
  }
  if (op == "math.fma") {
    if (!kinds({true, true, true}, true))
      return wrongKinds;
    return eachReal<Real>([=](Frame<Real> &f, size_t j) {
      return std::fma(f.columns[a].real[j], f.columns[b].real[j], f.columns[c].real[j]);
    });
  }
  if (op == "math.clampf") {
    if (!kinds({true, true, true}, true))
      return wrongKinds;
    return eachReal<Real>([=](Frame<Real> &f, size_t j) {
      const Real x = f.columns[a].real[j], low = f.columns[b].real[j], high = f.columns[c].real[j];
      const Real above = x < low ? low : x; // NaN stays NaN
      return above > high ? high : above;
    });
  }
  if (op == "math.fpowi") {
    if (!kinds({true, false}, true))
      return wrongKinds;
    return eachReal<Real>(
        [=](Frame<Real> &f, size_t j) { return Real(std::pow(f.columns[a].real[j], Real(f.columns[b].integer[j]))); });
  }
  if (op == "arith.sitofp" || op == "arith.uitofp") {
    if (!kinds({false}, true))
      return wrongKinds;
    const bool isSigned = op == "arith.sitofp";
    return eachReal<Real>([=](Frame<Real> &f, size_t j) {
      const int64_t x = f.columns[a].integer[j];
      return isSigned ? Real(signedOf(from, x)) : Real(unsignedOf(from, x));
    });
  }
  if (op == "arith.fptosi" || op == "arith.fptoui") {
    if (!kinds({true}, false))
      return wrongKinds;
    return eachInteger<Real>(type, [=](Frame<Real> &f, size_t j) {
      const Real x = f.columns[a].real[j];
      return std::abs(x) < Real(0x1p62) ? static_cast<int64_t>(x) : 0; // elsewhere undefined in MLIR
    });
  }
  if (op == "arith.extui" || op == "arith.index_castui") {
    if (!kinds({false}, false))
      return wrongKinds;
    return eachInteger<Real>(
        type, [=](Frame<Real> &f, size_t j) { return int64_t(unsignedOf(from, f.columns[a].integer[j])); });
  }
  if (op == "arith.extsi" || op == "arith.trunci" || op == "arith.index_cast" || op == "math.absi") {
    if (!kinds({false}, false))
      return wrongKinds;
    const bool absolute = op == "math.absi";
    return eachInteger<Real>(type, [=](Frame<Real> &f, size_t j) {
      const int64_t x = signedOf(from, f.columns[a].integer[j]);
      return absolute && x < 0 ? int64_t(-uint64_t(x)) : x;
    });
  }
  return Step<Real>();
}

} // namespace

template <typename Real> Result<Step<Real>> bindArithmetic(const NodeContext &context) {
  const std::string &op = context.node.op;
  const std::vector<int64_t> &args = context.args;
  auto all = [&](size_t count, bool real) {
    return args.size() == count && isReal(context.node.type) == real &&
           std::all_of(context.argTypes.begin(), context.argTypes.end(),
                       [&](ScalarType t) { return isReal(t) == real; });
  };
  const Failure wrongKinds{"has operands or a result of the wrong kind"};
  if (op == "arith.constant")
    return bindConstant<Real>(context);
  if (op == "attn.lookup")
    return bindLookup<Real>(context);
  if (op == "attn.query_index" || op == "attn.key_index") {
    if (!args.empty() || context.node.type != ScalarType::I32)
      return wrongKinds;
    if (op == "attn.query_index")
      return eachInteger<Real>(ScalarType::I32, [](Frame<Real> &frame, size_t) { return frame.query; });
    return eachInteger<Real>(ScalarType::I32, [](Frame<Real> &frame, size_t j) { return frame.keyIndices[j]; });
  }
  if (auto it = unaries<Real>().find(op); it != unaries<Real>().end()) {
    if (!all(1, true))
      return wrongKinds;
    return eachReal<Real>(
        [f = it->second, a = args[0]](Frame<Real> &frame, size_t j) { return f(frame.columns[a].real[j]); });
  }
  if (auto it = binaries<Real>().find(op); it != binaries<Real>().end()) {
    if (!all(2, true))
      return wrongKinds;
    return eachReal<Real>([f = it->second, a = args[0], b = args[1]](Frame<Real> &frame, size_t j) {
      return f(frame.columns[a].real[j], frame.columns[b].real[j]);
    });
  }
  if (auto it = integerBinaries().find(op); it != integerBinaries().end()) {
    if (!all(2, false))
      return wrongKinds;
    const ScalarType type = context.node.type;
    return eachInteger<Real>(type, [f = it->second, type, a = args[0], b = args[1]](Frame<Real> &frame, size_t j) {
      return f(type, frame.columns[a].integer[j], frame.columns[b].integer[j]);
    });
  }
  return bindMixed<Real>(context);
}

template Result<Step<double>> bindArithmetic<double>(const NodeContext &);
template Result<Step<float>> bindArithmetic<float>(const NodeContext &);

} // namespace camber
