// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A folder that appears complete or not at all.
#ifndef CAMBER_BUNDLE_TRANSACTION_H
#define CAMBER_BUNDLE_TRANSACTION_H

#include "camber/Bundle/TemporaryFolder.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <string>

namespace camber::bundle {

/// Writes files into a temporary sibling of the output folder and renames it into place:
///
///   begin    out/ may not exist, or overwriting was asked for and it is a bundle or holds no file
///                                                                                  → .out.camber-1a2b3c/
///   addFile  data reaches the disk (fsync)                                         → .out.camber-1a2b3c/lib/…
///   commit   the two folders change places in one step (renameat2), or, where the file system cannot do that, the old
///            one is renamed aside, the new one into place, and back again if that fails; then the old one is deleted
///
/// Until commit has succeeded the old folder is whole and in place. The destructor removes what was not committed, and
/// so does abandonTemporaryFolders, which waits while a file is added or the folder is put in place.
class Transaction {
public:
  /// Fails early, before anything is compiled, where `begin` would: the output exists and is not a Camber bundle, nor
  /// without files, or `overwrite` is false, its parent does not exist, is not a folder or cannot be written.
  static llvm::Error check(llvm::StringRef outputFolder, bool overwrite);

  static llvm::Expected<Transaction> begin(llvm::StringRef outputFolder, bool overwrite);

  /// Writes a file below the folder; intermediate folders are made. Error: names the file and the system's reason
  /// (no space left, file too large, …).
  llvm::Error addFile(llvm::StringRef relativePath, llvm::StringRef bytes);

  /// Puts the folder in place. Error: the old folder, if any, is in place again. Nothing may be added afterwards.
  llvm::Error commit();

private:
  Transaction(std::string output, TemporaryFolder temporary, bool overwrite);
  llvm::Error replaceExisting();

  std::string output;
  TemporaryFolder temporary;
  bool overwrite;
};

/// Whether the folder holds a manifest.json that Camber wrote (of any version).
bool isBundle(llvm::StringRef folder);

} // namespace camber::bundle

#endif
