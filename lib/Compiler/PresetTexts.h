// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The texts of lib/Compiler/Presets, which CMake copies into the compiler.
#ifndef CAMBER_LIB_COMPILER_PRESETTEXTS_H
#define CAMBER_LIB_COMPILER_PRESETTEXTS_H

namespace camber {
struct PresetText {
  const char *name, *json;
};
/// Ends with an entry of nulls.
extern const PresetText presetTexts[];
} // namespace camber

#endif
