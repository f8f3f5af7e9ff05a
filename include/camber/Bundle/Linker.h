// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Objects to libraries without a compiler or linker on the machine: archives by LLVM, shared libraries by LLD.
#ifndef CAMBER_BUNDLE_LINKER_H
#define CAMBER_BUNDLE_LINKER_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <string>
#include <vector>

namespace camber::bundle {

/// A named object file in memory.
struct ObjectFile {
  std::string name; ///< member name in the archive: "decode.x86-64-v3.o"
  std::string bytes;
};

/// Names of the symbols an ELF object uses but does not define, sorted. Error: not an object file.
llvm::Expected<std::vector<std::string>> undefinedSymbols(llvm::StringRef object);

/// Names of the functions and data that other files can refer to, sorted. Error: not an object file.
llvm::Expected<std::vector<std::string>> definedSymbols(llvm::StringRef object);

/// A kernel may need memcpy and memset from outside, and nothing else: an engine must be able to load it
/// without libm or any other library. `alsoAllowed` names symbols other objects of the bundle define. Error: names the
/// object and each symbol that is not allowed.
llvm::Error checkUndefinedSymbols(const ObjectFile &object, llvm::ArrayRef<std::string> alsoAllowed = {});

/// A static library with a symbol table, in GNU format and byte for byte reproducible. Error: a malformed object.
llvm::Expected<std::string> makeStaticLibrary(llvm::ArrayRef<ObjectFile> objects);

/// A shared library with the given soname, linked in a private directory under the system's temporary directory that is
/// gone on return. Its symbols are those with default visibility. Calls are serialised, because LLD's state is global;
/// LLD also resets llvm::cl options to their defaults, so a tool must have read its own options before. Error: LLD's
/// messages, no temporary directory, or an earlier link that left LLD unusable.
llvm::Expected<std::string> makeSharedLibrary(llvm::ArrayRef<ObjectFile> objects, llvm::StringRef soname);

} // namespace camber::bundle

#endif
