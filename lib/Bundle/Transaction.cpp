// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// POSIX calls are used directly: llvm::sys::fs has neither fsync nor an atomic exchange of directories.
#include "camber/Bundle/Transaction.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

using namespace llvm;

namespace camber::bundle {
namespace {

constexpr unsigned kExchange = 2; // RENAME_EXCHANGE, which older C libraries do not declare

// Whoever links a bundle need not be who wrote it: all may read, as far as the umask lets them. (LLVM's default for
// directories, 0770, lets nobody.)
constexpr mode_t kDirectoryMode = 0755, kFileMode = 0644;

Error failure(const Twine &message) { return createStringError(inconvertibleErrorCode(), message); }
Error systemFailure(const Twine &message, int code) { return failure(message + ": " + std::strerror(code)); }

/// The output directory as an absolute path without trailing separators or dots.
std::string normalise(StringRef directory) {
  SmallString<256> path = directory;
  (void)sys::fs::make_absolute(path);
  sys::path::remove_dots(path, /*remove_dot_dot=*/false);
  while (path.size() > 1 && path.back() == '/')
    path.pop_back();
  return path.str().str();
}

bool exchangeDirectories(const std::string &a, const std::string &b) {
#ifdef SYS_renameat2
  return ::syscall(SYS_renameat2, AT_FDCWD, a.c_str(), AT_FDCWD, b.c_str(), kExchange) == 0;
#else
  return false;
#endif
}

/// Makes a rename or a new entry durable. Some file systems cannot sync directories; that is no reason to fail.
void syncDirectory(const std::string &path) {
  int descriptor = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0)
    return;
  (void)::fsync(descriptor);
  ::close(descriptor);
}

/// Gives the directory, which was made private, the mode that one made with kDirectoryMode has here. The umask can only
/// be read by setting it, which other threads would see; so a directory is made in it, looked at and removed.
Error openToOthers(const std::string &path) {
  auto lock = lockTemporaryDirectories();
  std::string probe = path + "/mode";
  struct stat status;
  bool known = ::mkdir(probe.c_str(), kDirectoryMode) == 0 && ::stat(probe.c_str(), &status) == 0;
  int code = errno;
  (void)::rmdir(probe.c_str());
  if (known && ::chmod(path.c_str(), status.st_mode & 07777) == 0)
    return Error::success();
  return systemFailure("cannot make '" + path + "' readable", known ? errno : code);
}

Error writeAll(int descriptor, StringRef bytes, const Twine &what) {
  while (!bytes.empty()) {
    ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0) {
      if (errno == EINTR)
        continue;
      return systemFailure(what, errno);
    }
    bytes = bytes.drop_front(static_cast<size_t>(written));
  }
  // Quotas and network file systems may report a full disk only here.
  if (::fsync(descriptor) != 0 && errno != EINVAL)
    return systemFailure(what, errno);
  return Error::success();
}

// What a manifest stays far below. A directory that is not ours may hold anything, and LLVM's parser goes as deep as
// the text and takes some twenty times its bytes.
constexpr uint64_t kMaxManifestBytes = 64 << 20;
constexpr int kMaxManifestDepth = 64;

/// Whether JSON's brackets are nested at most this deep.
bool isShallow(StringRef text, int maxDepth) {
  int depth = 0;
  bool isString = false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (isString && text[i] == '\\')
      ++i;
    else if (text[i] == '"')
      isString = !isString;
    else if (!isString && (text[i] == '[' || text[i] == '{') && ++depth > maxDepth)
      return false;
    else if (!isString && (text[i] == ']' || text[i] == '}'))
      --depth;
  }
  return true;
}

/// Whether there is nothing below the directory but directories, as build systems make them for what is to come.
bool holdsNoFile(const std::string &directory) {
  std::error_code error;
  for (sys::fs::recursive_directory_iterator entry(directory, error, /*follow_symlinks=*/false), end;
       !error && entry != end; entry.increment(error))
    if (entry->type() != sys::fs::file_type::directory_file)
      return false;
  return !error;
}

} // namespace

bool isBundle(StringRef directory) {
  SmallString<256> path = directory;
  sys::path::append(path, "manifest.json");
  sys::fs::file_status status;
  if (sys::fs::status(path, status) || !sys::fs::is_regular_file(status) || status.getSize() > kMaxManifestBytes)
    return false;
  ErrorOr<std::unique_ptr<MemoryBuffer>> buffer = MemoryBuffer::getFile(path);
  if (!buffer || !isShallow((*buffer)->getBuffer(), kMaxManifestDepth))
    return false;
  Expected<json::Value> value = json::parse((*buffer)->getBuffer());
  if (!value) {
    consumeError(value.takeError());
    return false;
  }
  const json::Object *object = value->getAsObject();
  return object && object->get("manifest_version") && object->get("camber_version") && object->get("kernels");
}

Error Transaction::check(StringRef outputDirectory, bool overwrite) {
  if (outputDirectory.empty())
    return failure("no output directory given");
  std::string output = normalise(outputDirectory);
  std::string parent = sys::path::parent_path(output).str();
  struct stat status;
  if (::lstat(output.c_str(), &status) == 0) {
    if (!S_ISDIR(status.st_mode))
      return failure("output '" + outputDirectory + "' exists and is not a directory");
    if (!isBundle(output) && !(overwrite && holdsNoFile(output)))
      return failure("output directory '" + outputDirectory + "' exists and is not a Camber bundle; it is left alone");
    if (!overwrite)
      return failure("output directory '" + outputDirectory + "' exists; pass --force to replace the bundle in it");
  } else if (errno != ENOENT) {
    return systemFailure("output directory '" + outputDirectory + "'", errno);
  }
  if (parent.empty())
    return failure("output '" + outputDirectory + "' cannot be replaced");
  if (::stat(parent.c_str(), &status) != 0)
    return systemFailure("directory '" + parent + "', where the output should go", errno);
  if (!S_ISDIR(status.st_mode))
    return failure("'" + parent + "', where the output should go, is not a directory");
  if (::access(parent.c_str(), W_OK | X_OK) != 0)
    return systemFailure("cannot write in directory '" + parent + "'", errno);
  return Error::success();
}

Expected<Transaction> Transaction::begin(StringRef outputDirectory, bool overwrite) {
  if (Error error = check(outputDirectory, overwrite))
    return error;
  std::string output = normalise(outputDirectory);
  Expected<TemporaryDirectory> temporary =
      TemporaryDirectory::create(sys::path::parent_path(output) + "/." + sys::path::filename(output) + ".camber-");
  if (!temporary)
    return failure("cannot create a directory next to '" + outputDirectory + "': " + toString(temporary.takeError()));
  if (Error error = openToOthers(temporary->path()))
    return error;
  return Transaction(std::move(output), std::move(*temporary), overwrite);
}

Transaction::Transaction(std::string output, TemporaryDirectory temporary, bool overwrite)
    : output(std::move(output)), temporary(std::move(temporary)), overwrite(overwrite) {}

Error Transaction::addFile(StringRef relativePath, StringRef bytes) {
  auto lock = lockTemporaryDirectories();
  SmallString<256> path(temporary.path());
  sys::path::append(path, relativePath);
  if (std::error_code code = sys::fs::create_directories(sys::path::parent_path(path), /*IgnoreExisting=*/true,
                                                         static_cast<sys::fs::perms>(kDirectoryMode)))
    return failure("cannot create the directory of '" + relativePath + "' in the new bundle: " + code.message());
  std::string what = ("cannot write '" + relativePath + "' of bundle '" + output + "'").str();
  int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, kFileMode);
  if (descriptor < 0)
    return systemFailure(what, errno);
  Error error = writeAll(descriptor, bytes, what);
  if (::close(descriptor) != 0 && !error)
    error = systemFailure(what, errno);
  if (!error)
    syncDirectory(sys::path::parent_path(path).str());
  return error;
}

Error Transaction::replaceExisting() {
  // Checked again: much may have happened since begin.
  if (Error error = check(output, overwrite))
    return error;
  if (exchangeDirectories(temporary.path(), output)) {
    (void)sys::fs::remove_directories(temporary.path()); // now the old bundle
    return Error::success();
  }
  std::string aside = temporary.path() + ".old";
  if (::rename(output.c_str(), aside.c_str()) != 0)
    return systemFailure("cannot move the old bundle '" + output + "' aside", errno);
  if (::rename(temporary.path().c_str(), output.c_str()) != 0) {
    int code = errno;
    if (::rename(aside.c_str(), output.c_str()) != 0)
      return systemFailure("cannot put the new bundle in place; the old one is in '" + aside + "'", code);
    return systemFailure("cannot put the new bundle in place of '" + output + "'", code);
  }
  (void)sys::fs::remove_directories(aside);
  return Error::success();
}

Error Transaction::commit() {
  auto lock = lockTemporaryDirectories();
  syncDirectory(temporary.path());
  struct stat status;
  if (::lstat(output.c_str(), &status) == 0) {
    if (Error error = replaceExisting())
      return error;
  } else if (::rename(temporary.path().c_str(), output.c_str()) != 0) {
    return systemFailure("cannot put the new bundle in place as '" + output + "'", errno);
  }
  temporary.keep();
  syncDirectory(sys::path::parent_path(output).str());
  return Error::success();
}

} // namespace camber::bundle
