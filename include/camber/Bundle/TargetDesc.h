// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A CPU a kernel is compiled for: what LLVM must be told, and what a processor must report before the code may run.
#ifndef CAMBER_BUNDLE_TARGETDESC_H
#define CAMBER_BUNDLE_TARGETDESC_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"
#include <cstdint>
#include <string>
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
  std::string arch;     ///< "x86_64" or "aarch64": the manifest's "architecture"
  std::string triple;   ///< "x86_64-unknown-linux-gnu"
  std::string cpu;      ///< LLVM's name for it: "x86-64-v3", "generic"
  std::string features; ///< LLVM's subtarget features: "+avx2,-prefer-256-bit"
  int width = 0;        ///< dispatch tries targets of greater width first
  std::vector<CpuidBit> required; ///< every one must be set
  uint64_t requiredXcr0 = 0;      ///< register state the operating system must save (bits of XCR0)

  /// The name as part of a C symbol: every character that is not a letter or digit becomes '_'.
  std::string symbolName() const;
  /// Vector register width in bits of the instructions the target promises: 128, 256 or 512.
  int vectorBits() const;
};

/// Names that `lookupTarget` knows, for messages: "x86-64-v3", "x86-64-v4", "aarch64", "native".
llvm::ArrayRef<llvm::StringRef> knownTargets();

/// Finds a target. `native` is the widest known target that this machine can run; it takes that target's name, so a
/// bundle never says "native". Features that dispatch knows how to detect may be appended: `x86-64-v4+avx512bf16`.
/// Error: an unknown target or feature (the message lists what exists), or a machine that no known target describes.
llvm::Expected<TargetDesc> lookupTarget(llvm::StringRef name);

/// Splits a comma-separated list and looks each up. Error: as above, an empty list, a target named twice, or targets of
/// different architectures (a bundle has one).
llvm::Expected<std::vector<TargetDesc>> lookupTargets(llvm::StringRef commaSeparated);

/// Whether the machine this runs on can run code for `target`.
bool hostCanRun(const TargetDesc &target);

} // namespace camber

#endif
