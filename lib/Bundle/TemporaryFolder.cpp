// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A registry of the folders that exist; llvm::sys::RemoveFileOnSignal knows files only.
#include "camber/Bundle/TemporaryFolder.h"
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
  std::set<std::string> folders;
};

/// Never destroyed: threads that wait for the lock may outlive static objects.
Registry &registry() {
  static auto *registry = new Registry;
  return *registry;
}

} // namespace

std::unique_lock<std::recursive_mutex> lockTemporaryFolders() {
  return std::unique_lock<std::recursive_mutex>(registry().mutex);
}

void abandonTemporaryFolders() {
  lockTemporaryFolders().release(); // never unlocked
  for (const std::string &folder : registry().folders) {
    // Renamed, so that other threads, as the linker's, find no folder any more to create files in while it is emptied.
    // Several attempts, for a thread that was just creating one.
    std::string name = folder + ".removed";
    if (::rename(folder.c_str(), name.c_str()) != 0)
      name = folder;
    for (int attempt = 0; attempt < 100 && sys::fs::exists(name); ++attempt)
      (void)sys::fs::remove_directories(name);
  }
}

TemporaryFolder::TemporaryFolder(std::string folder) : folder(std::move(folder)) {}

TemporaryFolder::TemporaryFolder(TemporaryFolder &&other) : folder(std::move(other.folder)) { other.folder.clear(); }

Expected<TemporaryFolder> TemporaryFolder::create(const Twine &prefix) {
  auto lock = lockTemporaryFolders();
  std::string folder = (prefix + "XXXXXX").str();
  if (!::mkdtemp(folder.data()))
    return createStringError(inconvertibleErrorCode(), std::strerror(errno));
  registry().folders.insert(folder);
  return TemporaryFolder(std::move(folder));
}

Expected<TemporaryFolder> TemporaryFolder::createForTemporaryFiles(StringRef prefix) {
  SmallString<128> path;
  sys::path::system_temp_directory(/*ErasedOnReboot=*/true, path);
  sys::path::append(path, prefix);
  Expected<TemporaryFolder> folder = create(path + "-");
  if (folder)
    return folder;
  return createStringError(inconvertibleErrorCode(),
                           "cannot create a folder like '" + path + "-…': " + toString(folder.takeError()));
}

void TemporaryFolder::keep() {
  auto lock = lockTemporaryFolders();
  registry().folders.erase(folder);
  folder.clear();
}

TemporaryFolder::~TemporaryFolder() {
  if (folder.empty())
    return;
  auto lock = lockTemporaryFolders();
  (void)sys::fs::remove_directories(folder);
  registry().folders.erase(folder);
}

} // namespace camber::bundle
