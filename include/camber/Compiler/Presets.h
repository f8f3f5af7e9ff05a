// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Model presets: kernel specifications as data files.
#ifndef CAMBER_COMPILER_PRESETS_H
#define CAMBER_COMPILER_PRESETS_H

#include "camber/Compiler/KernelSpec.h"
#include <map>

namespace camber {

/// A preset, read from lib/Compiler/Presets/NAME.json:
///
///     { "summary": "BLOOM 7.1B, decoder",
///       "sources": { "heads": "arXiv:2211.05100, table 3: 32 heads", "scale": "modeling_bloom.py: …", … },
///       "kernel": { "bias": "…", "heads": 32, "q-len": "2048", "causal": true, … } }
///
/// The keys of "kernel" are the flags of camber-compile and take what these take. "sources" says for each of them where
/// it is from, and for heads, kv-heads, head-dim, bias and scale where a default is taken, too. Adding a model is
/// adding a file.
struct Preset {
  std::string name, summary;
  std::map<std::string, std::string> sources; ///< by field
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
