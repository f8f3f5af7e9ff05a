// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Files that say what goes into a bundle, in YAML or JSON (which is YAML).
#ifndef CAMBER_COMPILER_SPECFILE_H
#define CAMBER_COMPILER_SPECFILE_H

#include "camber/Bundle/Family.h"
#include "camber/Compiler/KernelSpec.h"

namespace camber {

/// What a file asks for; tools/camber-compile/README.md describes its format.
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
