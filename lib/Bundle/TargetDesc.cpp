// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The table of CPU targets: LLVM's names for them and the CPUID bits that Dispatch.cpp turns into checks.
#include "camber/Bundle/TargetDesc.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#if defined(__x86_64__)
#include <cpuid.h>
#endif

using namespace llvm;

namespace camber {
namespace {

constexpr StringLiteral kLinuxX86 = "x86_64-unknown-linux-gnu";
constexpr StringLiteral kLinuxArm = "aarch64-unknown-linux-gnu";

// XCR0: bit 1 xmm, bit 2 ymm, bits 5 to 7 opmask and zmm.
constexpr uint64_t kYmmState = 0x06, kZmmState = 0xe6;

using R = CpuidBit;

/// The psABI's x86-64-v3, including what v2 adds to the baseline, and OSXSAVE, without which XCR0 cannot be read.
std::vector<CpuidBit> bitsOfV3() {
  std::vector<CpuidBit> bits;
  for (uint8_t bit : {0, 9, 12, 13, 19, 20, 22, 23, 27, 28, 29}) // SSE3 SSSE3 FMA CX16 SSE4.1 SSE4.2 MOVBE POPCNT
    bits.push_back({1, 0, R::ECX, bit});                         // OSXSAVE AVX F16C
  for (uint8_t bit : {3, 5, 8})                                  // BMI1 AVX2 BMI2
    bits.push_back({7, 0, R::EBX, bit});
  for (uint8_t bit : {0, 5}) // LAHF LZCNT
    bits.push_back({0x80000001u, 0, R::ECX, bit});
  return bits;
}

std::vector<CpuidBit> bitsOfV4() {
  std::vector<CpuidBit> bits = bitsOfV3();
  for (uint8_t bit : {16, 17, 28, 30, 31}) // AVX512 F DQ CD BW VL
    bits.push_back({7, 0, R::EBX, bit});
  return bits;
}

/// Features beyond a level that dispatch can detect.
struct ExtraFeature {
  StringLiteral name;
  StringLiteral base; ///< the target it may be added to
  CpuidBit bit;
};
constexpr ExtraFeature kExtraFeatures[] = {
    {"avx512bf16", "x86-64-v4", {7, 1, R::EAX, 5}},
    {"avx512fp16", "x86-64-v4", {7, 0, R::EDX, 23}},
    {"avx512vnni", "x86-64-v4", {7, 0, R::ECX, 11}},
};

std::vector<TargetDesc> makeTargets() {
  std::vector<TargetDesc> targets;
  targets.push_back({"x86-64-v3", "x86-64-v3", "x86_64", kLinuxX86.str(), "x86-64-v3", "", 256, bitsOfV3(), kYmmState});
  // LLVM tunes x86-64-v4 for 256-bit vectors; the kernels choose their own width and mean it.
  targets.push_back({"x86-64-v4", "x86-64-v4", "x86_64", kLinuxX86.str(), "x86-64-v4", "-prefer-256-bit", 512,
                     bitsOfV4(), kZmmState});
  targets.push_back({"aarch64", "aarch64", "aarch64", kLinuxArm.str(), "generic", "+neon", 128, {}, 0});
  return targets;
}

ArrayRef<TargetDesc> baseTargets() {
  static const std::vector<TargetDesc> targets = makeTargets();
  return targets;
}

Error unknown(StringRef what, StringRef name, const Twine &exists) {
  return createStringError(inconvertibleErrorCode(), Twine("unknown ") + what + " '" + name + "'; " + exists);
}

Error addFeature(TargetDesc &target, StringRef base, StringRef feature) {
  SmallVector<StringRef> known;
  for (const ExtraFeature &extra : kExtraFeatures) {
    if (extra.base != base)
      continue;
    known.push_back(extra.name);
    if (extra.name != feature)
      continue;
    target.name += ("+" + feature).str();
    target.features += ((target.features.empty() ? "+" : ",+") + feature).str();
    target.required.push_back(extra.bit);
    target.width += 1; // the more a target asks for, the earlier it is tried
    return Error::success();
  }
  return unknown("CPU feature", feature,
                 known.empty() ? Twine(base) + " takes no additional features"
                               : Twine("known for ") + base + ": " + join(known, ", "));
}

} // namespace

std::string TargetDesc::symbolName() const {
  std::string symbol = name;
  for (char &c : symbol)
    if (!isAlnum(c))
      c = '_';
  return symbol;
}

int TargetDesc::vectorBits() const { return width >= 512 ? 512 : width >= 256 ? 256 : 128; }

ArrayRef<StringRef> knownTargets() {
  static const StringRef names[] = {"x86-64-v3", "x86-64-v4", "aarch64", "native"};
  return names;
}

Expected<TargetDesc> lookupTarget(StringRef name) {
  auto [base, rest] = name.split('+');
  std::string exists = "known targets: " + join(knownTargets(), ", ");
  if (base == "native") {
    const TargetDesc *best = nullptr;
    for (const TargetDesc &target : baseTargets())
      if (hostCanRun(target) && (!best || target.width > best->width))
        best = &target;
    if (!best)
      return createStringError(inconvertibleErrorCode(), "this machine is none of the targets; " + exists);
    base = best->name;
  }
  const auto *found = llvm::find_if(baseTargets(), [&](const TargetDesc &target) { return target.name == base; });
  if (found == baseTargets().end())
    return unknown("target", base, exists);
  TargetDesc target = *found;
  // The name is rebuilt, so that `native` and a trailing '+' leave no trace in it.
  while (!rest.empty()) {
    StringRef feature;
    std::tie(feature, rest) = rest.split('+');
    if (Error error = addFeature(target, found->name, feature))
      return error;
  }
  return target;
}

Expected<std::vector<TargetDesc>> lookupTargets(StringRef commaSeparated) {
  SmallVector<StringRef> names;
  commaSeparated.split(names, ',', -1, /*KeepEmpty=*/false);
  if (names.empty())
    return createStringError(inconvertibleErrorCode(), "no target given; known targets: " + join(knownTargets(), ", "));
  std::vector<TargetDesc> targets;
  for (StringRef name : names) {
    Expected<TargetDesc> target = lookupTarget(name.trim());
    if (!target)
      return target.takeError();
    for (const TargetDesc &other : targets) {
      if (other.name == target->name)
        return createStringError(inconvertibleErrorCode(), "target '" + target->name + "' is given twice");
      if (other.arch != target->arch)
        return createStringError(inconvertibleErrorCode(), "targets '" + other.name + "' and '" + target->name +
                                                               "' are of different architectures; a bundle has one");
    }
    targets.push_back(std::move(*target));
  }
  return targets;
}

bool hostCanRun(const TargetDesc &target) {
#if defined(__x86_64__)
  if (target.arch != "x86_64")
    return false;
  for (const CpuidBit &need : target.required) {
    unsigned regs[4] = {0, 0, 0, 0};
    // Answers 0 for a leaf the processor does not have.
    if (!__get_cpuid_count(need.leaf, need.subleaf, &regs[0], &regs[1], &regs[2], &regs[3]))
      return false;
    if (!((regs[need.reg] >> need.bit) & 1))
      return false;
  }
  if (target.requiredXcr0) {
    unsigned low, high; // OSXSAVE is among the required bits, so xgetbv exists here.
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    if ((low & target.requiredXcr0) != target.requiredXcr0)
      return false;
  }
  return true;
#elif defined(__aarch64__)
  return target.arch == "aarch64";
#else
  return false;
#endif
}

} // namespace camber
