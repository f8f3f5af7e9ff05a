// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Folders that are gone when the process ends, however it ends short of a crash or SIGKILL.
#ifndef CAMBER_BUNDLE_TEMPORARYFOLDER_H
#define CAMBER_BUNDLE_TEMPORARYFOLDER_H

#include "llvm/ADT/Twine.h"
#include "llvm/Support/Error.h"
#include <mutex>
#include <string>

namespace camber::bundle {

/// A new folder, removed with everything in it by the destructor, or by abandonTemporaryFolders where the process ends
/// without running destructors.
class TemporaryFolder {
public:
  /// Makes the folder `prefix` + six random letters. Error: the system's reason.
  static llvm::Expected<TemporaryFolder> create(const llvm::Twine &prefix);
  /// The same in the system's folder for temporary files (TMPDIR).
  static llvm::Expected<TemporaryFolder> createForTemporaryFiles(llvm::StringRef prefix);

  TemporaryFolder(TemporaryFolder &&other);
  TemporaryFolder &operator=(TemporaryFolder &&) = delete;
  ~TemporaryFolder();

  const std::string &path() const { return folder; }
  std::string file(const llvm::Twine &name) const { return (folder + "/" + name).str(); }

  /// The folder has become what it was made for, and stays.
  void keep();

private:
  explicit TemporaryFolder(std::string folder);
  std::string folder; ///< empty: nothing to remove
};

/// While a thread holds this lock, abandonTemporaryFolders waits: for work on folders that must be done wholly or not
/// at all. A thread may take it repeatedly.
std::unique_lock<std::recursive_mutex> lockTemporaryFolders();

/// Removes all temporary folders because the process is about to end. From then on any other thread that makes or locks
/// a folder waits for ever, so that nothing appears again.
void abandonTemporaryFolders();

} // namespace camber::bundle

#endif
