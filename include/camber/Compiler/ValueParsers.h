// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The values of a kernel specification as text, as flags and presets give them.
#ifndef CAMBER_COMPILER_VALUEPARSERS_H
#define CAMBER_COMPILER_VALUEPARSERS_H

#include "camber/Compiler/KernelSpec.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

namespace camber {

/// Sets the field of `spec` that the flag `--name` stands for ("head-dim"). Switches take `true` and `false`. Every
/// error names the flag and its text, and says what it takes.
llvm::Error setField(KernelSpec &spec, llvm::StringRef name, llvm::StringRef text);
/// Whether there is such a field.
bool isField(llvm::StringRef name);

/// A decimal integer, a decimal or scientific real number.
llvm::Expected<int64_t> parseInteger(llvm::StringRef flag, llvm::StringRef text);
llvm::Expected<double> parseReal(llvm::StringRef flag, llvm::StringRef text);
/// `N`, `<=N` or `?`.
llvm::Expected<LengthSpec> parseLength(llvm::StringRef flag, llvm::StringRef text);
/// `L,R`; a side that is `inf` is unbounded.
llvm::Expected<WindowSpec> parseWindow(llvm::StringRef flag, llvm::StringRef text);
/// A comma-separated order of scale, softcap and bias.
llvm::Expected<std::vector<KernelSpec::Modifier>> parseOrder(llvm::StringRef flag, llvm::StringRef text);
/// `F`, `run-time` or `dynamic:TRAIN_LEN`.
llvm::Error parseInterpolation(llvm::StringRef flag, llvm::StringRef text, AlibiSpec &alibi);
/// The index of `text` in `known`.
llvm::Expected<size_t> parseChoice(llvm::StringRef flag, llvm::StringRef text, llvm::ArrayRef<llvm::StringRef> known);

} // namespace camber

#endif
