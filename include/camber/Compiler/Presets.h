// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Model presets: kernel specifications as data files.
#ifndef CAMBER_COMPILER_PRESETS_H
#define CAMBER_COMPILER_PRESETS_H

#include "camber/Compiler/KernelSpec.h"

namespace camber {

/// A preset, read from lib/Compiler/Presets/NAME.json:
///
///     { "summary": "BLOOM 7.1B, decoder",
///       "sources": ["where heads, head dim, bias and scale are from", …],
///       "kernel": { "bias": "alibi", "heads": 32, "q-len": "2048", "causal": true, … } }
///
/// The keys of "kernel" are the flags of camber-compile and take what these take. Adding a model is adding a file.
struct Preset {
  std::string name, summary;
  std::vector<std::string> sources;
  KernelSpec spec;
};

/// Reads one preset. Error: no JSON, an unknown or missing key, a value of the wrong type or out of range; names file
/// and key.
llvm::Expected<Preset> parsePreset(llvm::StringRef name, llvm::StringRef json);

/// The presets that are built in, by name.
const std::vector<Preset> &getPresets();

/// Sets `spec` to that of the preset. Error: there is none of that name; lists those there are.
llvm::Error applyPreset(llvm::StringRef name, KernelSpec &spec);

} // namespace camber

#endif
