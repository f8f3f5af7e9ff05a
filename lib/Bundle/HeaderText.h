// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the C and the C++ header of a bundle, and its families, ask of operands and names.
#ifndef CAMBER_LIB_BUNDLE_HEADERTEXT_H
#define CAMBER_LIB_BUNDLE_HEADERTEXT_H

#include "camber/Bundle/KernelSignature.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

namespace camber::bundle {

inline bool isWritten(const KernelOperand &operand) { return operand.role == "output" || operand.role == "lse"; }

/// Whether operands of this role have the storage type of the kernel.
inline bool isStored(llvm::StringRef role) { return llvm::is_contained({"query", "key", "value", "output"}, role); }

/// The function that returns the code for devices which the libraries of a bundle carry.
inline std::string deviceCodeSymbol(llvm::StringRef bundle) {
  std::string symbol = "camber_bundle_"; // no kernel's name begins so
  for (char c : bundle)
    symbol += llvm::isAlnum(c) ? c : '_';
  return symbol + "_device_code";
}

/// The macro that guards `include/<bundle>.<extension>`.
inline std::string guardOf(llvm::StringRef bundle, llvm::StringRef extension) {
  std::string guard = "CAMBER_BUNDLE_";
  for (char c : bundle)
    guard += llvm::isAlnum(c) ? llvm::toUpper(c) : '_';
  return guard + "_" + extension.upper();
}

} // namespace camber::bundle

#endif
