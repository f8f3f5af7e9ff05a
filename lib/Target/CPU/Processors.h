// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The processors there are kernels for.
#ifndef CAMBER_LIB_TARGET_CPU_PROCESSORS_H
#define CAMBER_LIB_TARGET_CPU_PROCESSORS_H

#include "camber/Bundle/TargetDesc.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

namespace camber::cpu {

/// A feature beyond what a processor promises, which dispatch can detect.
struct ExtraFeature {
  llvm::StringLiteral name; ///< as LLVM and users call it: "avx512bf16"
  CpuidBit bit;
};

struct Processor {
  TargetDesc desc; ///< without extra features
  int64_t lanes;   ///< f32 in a vector register
  int64_t vectorRegisters;
  bool scaleInstructions; ///< has vreduceps and vscalefps
  std::vector<ExtraFeature> extras;
};

/// By rising vector width within an architecture.
llvm::ArrayRef<Processor> getProcessors();

} // namespace camber::cpu

#endif
