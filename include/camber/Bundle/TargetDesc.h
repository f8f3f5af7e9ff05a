// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a kernel is compiled for: what LLVM must be told, and what a processor must report before the code may run.
#ifndef CAMBER_BUNDLE_TARGETDESC_H
#define CAMBER_BUNDLE_TARGETDESC_H

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace camber {

/// One bit that CPUID must report (x86 only): `(cpuid(leaf, subleaf).reg >> bit) & 1`.
struct CpuidBit {
  enum Register : uint8_t { EAX, EBX, ECX, EDX };
  uint32_t leaf, subleaf;
  Register reg;
  uint8_t bit;
};

struct TargetDesc {
  std::string name;     ///< as the user writes it and the manifest records it: "x86-64-v3", "x86-64-v4+avx512bf16"
  std::string base;     ///< the name without added features: "x86-64-v4"
  std::string arch;     ///< "x86_64", "aarch64" (the manifest's "architecture") or "nvptx64"
  std::string triple;   ///< "x86_64-unknown-linux-gnu"
  std::string cpu;      ///< LLVM's name for it: "x86-64-v3", "generic"
  std::string features; ///< LLVM's subtarget features: "+avx2,-prefer-256-bit"
  int vectorBits = 0;   ///< width of a vector register: 128, 256 or 512
  std::vector<CpuidBit> required; ///< every one must be set
  uint64_t requiredXcr0 = 0;      ///< register state the operating system must save (bits of XCR0)
  /// Runs on an accelerator, not on the processor that calls it: the code is not an object but a file of its own, and
  /// the functions of kernel K are K_main, K_combine and K_prepare, instead of K_plan and K_run.
  bool device = false;

  /// What every processor of this architecture runs: for code that chooses among targets.
  TargetDesc baseline() const;

  /// The name as part of a C symbol: every character that is not a letter or digit becomes '_'.
  std::string symbolName() const;
  /// Dispatch tries wider vectors first, and of two targets of one width the one that asks for more.
  bool isPreferredTo(const TargetDesc &other) const {
    return std::pair(vectorBits, required.size()) > std::pair(other.vectorBits, other.required.size());
  }
};

/// Whether the machine this runs on can run code for `target`.
bool hostCanRun(const TargetDesc &target);

} // namespace camber

#endif
