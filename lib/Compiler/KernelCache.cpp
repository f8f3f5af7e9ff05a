// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The directory, its atomic writes and what is removed from it are LLVM's (Caching.h, CachePruning.h). A file is
//
//   2f9c…          XXH3-64 of what follows the line, 16 digits
//   {"code": …}    sizes of code and cubin, schedule and launch config, in a line of JSON
//   code, cubin
#include "camber/Compiler/KernelCache.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/BLAKE3.h"
#include "llvm/Support/CachePruning.h"
#include "llvm/Support/Caching.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/xxhash.h"
#include <elf.h>
#include <link.h>

using namespace llvm;

namespace camber {
namespace {

/// Appends the build id of a loaded object; where it has none, size and time of its file.
int appendIdentity(dl_phdr_info *object, size_t, void *text) {
  auto &identity = *static_cast<std::string *>(text);
  const bool isProgram = !*object->dlpi_name;
  if (!isProgram && !StringRef(object->dlpi_name).contains('/'))
    return 0; // the system's page of code, which has no part in compiling
  for (const auto &header : ArrayRef(object->dlpi_phdr, object->dlpi_phnum)) {
    if (header.p_type != PT_NOTE)
      continue;
    StringRef notes(reinterpret_cast<const char *>(object->dlpi_addr + header.p_vaddr), header.p_memsz);
    while (notes.size() >= sizeof(ElfW(Nhdr))) {
      ElfW(Nhdr) note;
      memcpy(&note, notes.data(), sizeof(note));
      const size_t nameEnd = sizeof(note) + alignTo(note.n_namesz, 4), end = nameEnd + alignTo(note.n_descsz, 4);
      if (end > notes.size())
        break;
      if (note.n_type == NT_GNU_BUILD_ID) {
        identity += toHex(notes.slice(nameEnd, nameEnd + note.n_descsz)) + ";";
        return 0;
      }
      notes = notes.drop_front(end);
    }
  }
  const std::string path = isProgram ? sys::fs::getMainExecutable(nullptr, nullptr) : object->dlpi_name;
  sys::fs::file_status status;
  if (!sys::fs::status(path, status))
    identity += path + " " + utostr(status.getSize()) + " " +
                utostr(uint64_t(status.getLastModificationTime().time_since_epoch().count())) + ";";
  return 0;
}

const std::string &compilerIdentity() {
  static const std::string identity = [] {
    std::string text = CAMBER_VERSION;
    dl_iterate_phdr(appendIdentity, &text);
    return text;
  }();
  return identity;
}

std::string checksumOf(StringRef text) { return utohexstr(xxh3_64bits(text), /*LowerCase=*/true, /*Width=*/16); }

std::string write(const TargetCode &code) {
  json::Object facts{
      {"code", int64_t(code.code.size())}, {"cubin", int64_t(code.cubin.size())}, {"schedule", code.schedule}};
  if (const auto &launch = code.launch)
    facts["launch"] = json::Object{{"rows", launch->rows},
                                   {"packed", launch->packed},
                                   {"threads", launch->threads},
                                   {"shared_bytes", launch->sharedBytes},
                                   {"prepare_q_len_min", launch->prepareQLenMin}};
  std::string text;
  raw_string_ostream(text) << json::Value(std::move(facts)) << "\n" << code.code << code.cubin;
  return checksumOf(text) + "\n" + text;
}

std::optional<TargetCode> read(StringRef text) {
  auto [checksum, contents] = text.split('\n');
  if (checksum != checksumOf(contents))
    return std::nullopt;
  auto [line, bytes] = contents.split('\n');
  Expected<json::Value> value = json::parse(line);
  if (!value) {
    consumeError(value.takeError());
    return std::nullopt;
  }
  // The checksum fits: the members are those that were written.
  const json::Object &facts = *value->getAsObject();
  TargetCode code;
  const size_t codeBytes = *facts.getInteger("code");
  code.code = bytes.take_front(codeBytes).str();
  code.cubin = bytes.drop_front(codeBytes).str();
  code.schedule = facts.getString("schedule")->str();
  if (const json::Object *launch = facts.getObject("launch"))
    code.launch =
        LaunchConfig{*launch->getInteger("rows"), *launch->getBoolean("packed"), *launch->getInteger("threads"),
                     *launch->getInteger("shared_bytes"), launch->getInteger("prepare_q_len_min")};
  return code;
}

/// LLVM's cache of this directory; `buffer` receives what is in it. Temporary files begin with "Thin", as LLVM removes
/// those that were left behind.
Expected<FileCache> openCache(const std::string &directory, std::unique_ptr<MemoryBuffer> &buffer) {
  return localCache(
      "kernel cache", "Thin", directory,
      [&buffer](unsigned, const Twine &, std::unique_ptr<MemoryBuffer> found) { buffer = std::move(found); });
}

std::string fileOf(StringRef directory, StringRef key) {
  SmallString<128> file(directory);
  sys::path::append(file, "llvmcache-" + key);
  return file.str().str();
}

} // namespace

std::string KernelCache::keyOf(ArrayRef<StringRef> parts) {
  BLAKE3 hash;
  auto add = [&](StringRef part) {
    hash.update(utostr(part.size()) + ":");
    hash.update(part);
  };
  add(compilerIdentity());
  for (StringRef part : parts)
    add(part);
  return toHex(hash.final<20>(), /*LowerCase=*/true);
}

std::optional<TargetCode> KernelCache::find(StringRef key) const {
  std::unique_ptr<MemoryBuffer> buffer;
  Expected<FileCache> cache = openCache(directory, buffer);
  Expected<AddStreamFn> missing = cache ? (*cache)(0, key, "") : cache.takeError();
  if (!missing) {
    consumeError(missing.takeError()); // told when something is stored
    return std::nullopt;
  }
  if (!buffer)
    return std::nullopt;
  std::optional<TargetCode> code = read(buffer->getBuffer());
  if (!code)
    sys::fs::remove(fileOf(directory, key)); // LLVM's cache keeps what it has
  return code;
}

Error KernelCache::store(StringRef key, const TargetCode &code) const {
  std::unique_ptr<MemoryBuffer> buffer;
  Expected<FileCache> cache = openCache(directory, buffer);
  if (!cache)
    return cache.takeError();
  Expected<AddStreamFn> addStream = (*cache)(0, key, "");
  if (!addStream)
    return addStream.takeError();
  if (!*addStream)
    return Error::success(); // another process was faster
  Expected<std::unique_ptr<CachedFileStream>> stream = (*addStream)(0, "");
  if (!stream)
    return stream.takeError();
  // An error that the stream still has when it is destroyed ends the process.
  auto &file = static_cast<raw_fd_ostream &>(*(*stream)->OS);
  file << write(code);
  file.flush();
  const std::error_code failed = file.error();
  file.clear_error();
  if (Error error = (*stream)->commit())
    return error;
  if (!failed)
    return Error::success();
  sys::fs::remove(fileOf(directory, key));
  return createStringError(failed, failed.message());
}

void KernelCache::prune() const {
  CachePruningPolicy policy;
  policy.Expiration = std::chrono::hours(24 * 30);
  policy.MaxSizeBytes = uint64_t(1) << 30;
  pruneCache(directory, policy);
}

} // namespace camber
