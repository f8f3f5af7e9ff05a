// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A registry of the directories that exist; llvm::sys::RemoveFileOnSignal knows files only.
#include "camber/Bundle/TemporaryDirectory.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <set>
#include <unistd.h>

using namespace llvm;

namespace camber::bundle {
namespace {

struct Registry {
  std::recursive_mutex mutex;
  std::set<std::string> directories;
};

/// Never destroyed: threads that wait for the lock may outlive static objects.
Registry &registry() {
  static auto *registry = new Registry;
  return *registry;
}

} // namespace

std::unique_lock<std::recursive_mutex> lockTemporaryDirectories() {
  return std::unique_lock<std::recursive_mutex>(registry().mutex);
}

void abandonTemporaryDirectories() {
  lockTemporaryDirectories().release(); // never unlocked
  for (const std::string &directory : registry().directories) {
    // Renamed, so that other threads, as the linker's, find no directory any more to create files in while it is
    // emptied. Several attempts, for a thread that was just creating one.
    std::string name = directory + ".removed";
    if (::rename(directory.c_str(), name.c_str()) != 0)
      name = directory;
    for (int attempt = 0; attempt < 100 && sys::fs::exists(name); ++attempt)
      (void)sys::fs::remove_directories(name);
  }
}

TemporaryDirectory::TemporaryDirectory(std::string directory) : directory(std::move(directory)) {}

TemporaryDirectory::TemporaryDirectory(TemporaryDirectory &&other) : directory(std::move(other.directory)) {
  other.directory.clear();
}

Expected<TemporaryDirectory> TemporaryDirectory::create(const Twine &prefix) {
  auto lock = lockTemporaryDirectories();
  std::string directory = (prefix + "XXXXXX").str();
  if (!::mkdtemp(directory.data()))
    return createStringError(inconvertibleErrorCode(), std::strerror(errno));
  registry().directories.insert(directory);
  return TemporaryDirectory(std::move(directory));
}

Expected<TemporaryDirectory> TemporaryDirectory::createForTemporaryFiles(StringRef prefix) {
  SmallString<128> path;
  sys::path::system_temp_directory(/*ErasedOnReboot=*/true, path);
  sys::path::append(path, prefix);
  Expected<TemporaryDirectory> directory = create(path + "-");
  if (directory)
    return directory;
  return createStringError(inconvertibleErrorCode(),
                           "cannot create a directory like '" + path + "-…': " + toString(directory.takeError()));
}

void TemporaryDirectory::keep() {
  auto lock = lockTemporaryDirectories();
  registry().directories.erase(directory);
  directory.clear();
}

TemporaryDirectory::~TemporaryDirectory() {
  if (directory.empty())
    return;
  auto lock = lockTemporaryDirectories();
  (void)sys::fs::remove_directories(directory);
  registry().directories.erase(directory);
}

} // namespace camber::bundle
