// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Directories that are gone when the process ends, however it ends short of a crash or SIGKILL.
#ifndef CAMBER_BUNDLE_TEMPORARYDIRECTORY_H
#define CAMBER_BUNDLE_TEMPORARYDIRECTORY_H

#include "llvm/ADT/Twine.h"
#include "llvm/Support/Error.h"
#include <mutex>
#include <string>

namespace camber::bundle {

/// A new directory, removed with everything in it by the destructor, or by abandonTemporaryDirectories where the
/// process ends without running destructors.
class TemporaryDirectory {
public:
  /// Makes the directory `prefix` + six random letters. Error: the system's reason.
  static llvm::Expected<TemporaryDirectory> create(const llvm::Twine &prefix);
  /// The same in the system's directory for temporary files (TMPDIR).
  static llvm::Expected<TemporaryDirectory> createForTemporaryFiles(llvm::StringRef prefix);

  TemporaryDirectory(TemporaryDirectory &&other);
  TemporaryDirectory &operator=(TemporaryDirectory &&) = delete;
  ~TemporaryDirectory();

  const std::string &path() const { return directory; }
  std::string file(const llvm::Twine &name) const { return (directory + "/" + name).str(); }

  /// The directory has become what it was made for, and stays.
  void keep();

private:
  explicit TemporaryDirectory(std::string directory);
  std::string directory; ///< empty: nothing to remove
};

/// While a thread holds this lock, abandonTemporaryDirectories waits: for work on directories that must be done wholly
/// or not at all. A thread may take it repeatedly.
std::unique_lock<std::recursive_mutex> lockTemporaryDirectories();

/// Removes all temporary directories because the process is about to end. From then on any other thread that makes or
/// locks a directory waits for ever, so that nothing appears again.
void abandonTemporaryDirectories();

} // namespace camber::bundle

#endif
