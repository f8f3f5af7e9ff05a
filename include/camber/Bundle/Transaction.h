// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A directory that appears complete or not at all.
#ifndef CAMBER_BUNDLE_TRANSACTION_H
#define CAMBER_BUNDLE_TRANSACTION_H

#include "camber/Bundle/TemporaryDirectory.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <string>

namespace camber::bundle {

/// Writes files into a temporary sibling of the output directory and renames it into place:
///
///   begin    out/ may not exist, or overwriting was asked for and it is a bundle or holds no file
///                                                                                  → .out.camber-1a2b3c/
///   addFile  data reaches the disk (fsync)                                         → .out.camber-1a2b3c/lib/…
///   commit   the two directories change places in one step (renameat2), or, where the file system cannot do that, the
///   old
///            one is renamed aside, the new one into place, and back again if that fails; then the old one is deleted
///
/// Until commit has succeeded the old directory is whole and in place. The destructor removes what was not committed,
/// and so does abandonTemporaryDirectories, which waits while a file is added or the directory is put in place.
class Transaction {
public:
  /// Fails early, before anything is compiled, where `begin` would: the output exists and is not a Camber bundle, nor
  /// without files, or `overwrite` is false, its parent does not exist, is not a directory or cannot be written.
  static llvm::Error check(llvm::StringRef outputDirectory, bool overwrite);

  static llvm::Expected<Transaction> begin(llvm::StringRef outputDirectory, bool overwrite);

  /// Writes a file below the directory; intermediate directories are made. Error: names the file and the system's
  /// reason (no space left, file too large, …).
  llvm::Error addFile(llvm::StringRef relativePath, llvm::StringRef bytes);

  /// Puts the directory in place. Error: the old directory, if any, is in place again. Nothing may be added afterwards.
  llvm::Error commit();

private:
  Transaction(std::string output, TemporaryDirectory temporary, bool overwrite);
  llvm::Error replaceExisting();

  std::string output;
  TemporaryDirectory temporary;
  bool overwrite;
};

/// Whether the directory holds a manifest.json that Camber wrote (of any version).
bool isBundle(llvm::StringRef directory);

} // namespace camber::bundle

#endif
