// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The values of a kernel specification as text, as flags and presets give them.
#ifndef CAMBER_COMPILER_VALUEPARSERS_H
#define CAMBER_COMPILER_VALUEPARSERS_H

#include "camber/Compiler/KernelSpec.h"
#include "camber/Support/ParseValue.h"

namespace camber {

/// Sets the field of `spec` that the flag `--name` stands for ("head-dim"). Switches take `true` and `false`. Every
/// error names the flag and its text, and says what it takes.
llvm::Error setField(KernelSpec &spec, llvm::StringRef name, llvm::StringRef text);
/// Whether there is such a field, of a kernel or of some bias.
bool isField(llvm::StringRef name);
/// Whether the bias has such a field.
bool hasField(const attn::BiasSpec &bias, llvm::StringRef name);
/// What the field "bias" takes: "none" and the registered biases.
std::vector<llvm::StringRef> biasNames();

/// `N`, `<=N` or `?`.
llvm::Expected<LengthSpec> parseLength(llvm::StringRef flag, llvm::StringRef text);
/// `L,R`; a side that is `inf` is unbounded.
llvm::Expected<WindowSpec> parseWindow(llvm::StringRef flag, llvm::StringRef text);
/// A comma-separated order of scale, softcap and bias.
llvm::Expected<std::vector<KernelSpec::Modifier>> parseOrder(llvm::StringRef flag, llvm::StringRef text);

} // namespace camber

#endif
