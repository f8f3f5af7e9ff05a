// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Whether this machine is what code was compiled for: the same questions that Dispatch.cpp asks in a bundle.
#include "camber/Bundle/TargetDesc.h"
#include "llvm/ADT/StringExtras.h"
#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace camber {

std::string TargetDesc::symbolName() const {
  std::string symbol = name;
  for (char &c : symbol)
    if (!llvm::isAlnum(c))
      c = '_';
  return symbol;
}

TargetDesc TargetDesc::baseline() const {
  TargetDesc baseline;
  baseline.name = "baseline";
  baseline.arch = arch;
  baseline.triple = triple;
  baseline.cpu = "generic";
  return baseline;
}

bool hostCanRun(const TargetDesc &target) {
#if defined(__x86_64__)
  if (target.arch != "x86_64")
    return false;
  for (const CpuidBit &need : target.required) {
    unsigned regs[4] = {0, 0, 0, 0};
    // Answers 0 for a leaf that the processor does not have. Leaf 7 reports in eax how many subleaves it has.
    if (need.subleaf &&
        (!__get_cpuid_count(need.leaf, 0, &regs[0], &regs[1], &regs[2], &regs[3]) || regs[0] < need.subleaf))
      return false;
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
