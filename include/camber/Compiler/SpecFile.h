// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Files that say what goes into a bundle, in YAML or JSON (which is YAML).
#ifndef CAMBER_COMPILER_SPECFILE_H
#define CAMBER_COMPILER_SPECFILE_H

#include "camber/Bundle/Family.h"
#include "camber/Compiler/KernelSpec.h"

namespace camber {

/// What a file asks for:
///
///     name: bloom                       # of the bundle; default: the file's, without its extension
///     targets: [x86-64-v3, x86-64-v4]   # default: those of --target
///     families:
///       - name: bloom_attention         # C symbol prefix of the functions that choose a kernel
///         kernel:                       # flags of camber-compile without dashes, also `model`, a preset
///           model: bloom-560m
///         dtypes: [f32, bf16]           # default: the kernel's dtype
///         lengths:                      # default: the kernel's q-len and kv-len
///           - {q-len: 1, kv-len: "?"}
///           - {q-len: "<=512", kv-len: "<=512"}
///           - {q-len: "?", kv-len: "?"}
///
/// A family has a kernel for each storage type and each pair of lengths, named bloom_attention_f32_q1_kany,
/// …_qle512_kle512; what there is only one of is left out of the names. A family of one kernel is that kernel, under
/// the family's name. Kernels are considered by how much they are specialised: exact lengths before bounds, small
/// bounds before large ones, and any length last; the query length decides before the key length.
///
/// A file with one family may have `kernel`, `dtypes` and `lengths` at the top in place of `families`; so has a model
/// preset, whose `summary` and `sources` are for people.
struct SpecFile {
  std::string name;
  std::vector<std::string> targets;   ///< may be empty
  std::vector<KernelSpec> kernels;    ///< valid, with names that all differ
  std::vector<KernelFamily> families; ///< of two kernels and more
};

/// `path` is for messages, its stem the default of names. Error: "path:line:column: error: " and what is wrong with
/// the text, a key, a value or a kernel, with the line it is in.
llvm::Expected<SpecFile> parseSpecFile(llvm::StringRef path, llvm::StringRef text);

} // namespace camber

#endif
