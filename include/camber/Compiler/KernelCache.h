// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Code that was compiled before, found by a hash of everything it is made of.
#ifndef CAMBER_COMPILER_KERNELCACHE_H
#define CAMBER_COMPILER_KERNELCACHE_H

#include "camber/Bundle/CompiledKernel.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"
#include <optional>
#include <string>

namespace camber {

/// A directory with one file per kernel and target, shared by any number of processes of one user. A file appears whole
/// or not at all and carries a checksum; a damaged one is as good as none.
class KernelCache {
public:
  /// The directory is made when something is first stored.
  explicit KernelCache(std::string directory) : directory(std::move(directory)) {}

  /// A hash of these parts, of Camber's version and of the code of this program and the libraries it has loaded: what
  /// one compiler has made, another does not take.
  static std::string keyOf(llvm::ArrayRef<llvm::StringRef> parts);

  /// The code stored under the key; its `target` is for the caller to set.
  std::optional<TargetCode> find(llvm::StringRef key) const;

  /// Error: the directory cannot be written.
  llvm::Error store(llvm::StringRef key, const TargetCode &code) const;

  /// Removes what was not used for 30 days, and what is more than 1 GiB or three quarters of the free disk; every 20
  /// minutes at most.
  void prune() const;

  const std::string &path() const { return directory; }

private:
  std::string directory;
};

} // namespace camber

#endif
