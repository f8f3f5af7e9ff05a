// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The operations and masks that the reference evaluates: names and no code, so that the compiler can tell what can be
// checked and still shares nothing with the reference.
#ifndef CAMBER_REFERENCE_KNOWNOPERATIONS_H
#define CAMBER_REFERENCE_KNOWNOPERATIONS_H

#include <string>
#include <string_view>
#include <vector>

namespace camber {

/// Operations of a score body. The compiler refuses others without --unchecked; lib/Reference refuses what is not
/// listed, even where it could evaluate it, so that the list cannot fall behind. Named.inc, which CMake writes, has the
/// files of lib/Reference/Biases and lib/Reference/Masks.
inline constexpr std::string_view kKnownOperations[] = {
#define CAMBER_BIAS(name) "attn." #name,
#include "camber/Reference/Named.inc"
    "attn.scale",       "attn.softcap",   "attn.lookup",    "arith.constant",     "arith.select",     "arith.cmpf",
    "arith.cmpi",       "arith.negf",     "arith.addf",     "arith.subf",         "arith.mulf",       "arith.divf",
    "arith.remf",       "arith.maximumf", "arith.minimumf", "arith.maxnumf",      "arith.minnumf",    "arith.addi",
    "arith.subi",       "arith.muli",     "arith.divsi",    "arith.divui",        "arith.ceildivsi",  "arith.ceildivui",
    "arith.floordivsi", "arith.remsi",    "arith.remui",    "arith.maxsi",        "arith.maxui",      "arith.minsi",
    "arith.minui",      "arith.andi",     "arith.ori",      "arith.xori",         "arith.shli",       "arith.shrsi",
    "arith.shrui",      "arith.extf",     "arith.truncf",   "arith.extsi",        "arith.extui",      "arith.trunci",
    "arith.sitofp",     "arith.uitofp",   "arith.fptosi",   "arith.fptoui",       "arith.index_cast", "arith.bitcast",
    "math.absf",        "math.absi",      "math.exp",       "math.exp2",          "math.expm1",       "math.log",
    "math.log2",        "math.log1p",     "math.log10",     "math.sqrt",          "math.rsqrt",       "math.cbrt",
    "math.tanh",        "math.sin",       "math.cos",       "math.tan",           "math.asin",        "math.acos",
    "math.atan",        "math.atan2",     "math.sinh",      "math.cosh",          "math.asinh",       "math.acosh",
    "math.atanh",       "math.erf",       "math.erfc",      "math.floor",         "math.ceil",        "math.trunc",
    "math.round",       "math.roundeven", "math.copysign",  "math.fma",           "math.powf",        "math.fpowi",
    "math.ipowi",       "math.clampf",    "math.isnan",     "math.isinf",         "math.isfinite",    "math.isnormal",
    "math.ctpop",       "math.ctlz",      "math.cttz",      "arith.index_castui", "attn.query_index", "attn.key_index"};

/// Operations that a program has added to them (`registerBias` of lib/Reference).
inline std::vector<std::string> &registeredOperations() {
  static std::vector<std::string> names;
  return names;
}

inline constexpr std::string_view kKnownMasks[] = {
#define CAMBER_MASK(name) "attn." #name,
#include "camber/Reference/Named.inc"
};

/// Whether `names`, one of the lists above, has `name`.
template <typename Names> constexpr bool isListed(const Names &names, std::string_view name) {
  for (std::string_view listed : names)
    if (listed == name)
      return true;
  return false;
}

inline bool isKnownOperation(std::string_view name) {
  return isListed(kKnownOperations, name) || isListed(registeredOperations(), name);
}

} // namespace camber

#endif
