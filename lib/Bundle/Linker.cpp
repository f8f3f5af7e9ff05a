// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Archives, shared libraries, and the check that a kernel needs nothing of a C library but memcpy and memset.
#include "camber/Bundle/Linker.h"
#include "camber/Bundle/TemporaryDirectory.h"
#include "lld/Common/Driver.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Object/ArchiveWriter.h"
#include "llvm/Object/ObjectFile.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"
#include <mutex>

LLD_HAS_DRIVER(elf)

using namespace llvm;

namespace camber::bundle {
namespace {

constexpr StringLiteral kAllowed[] = {"memcpy", "memset"};

Error failure(const Twine &message) { return createStringError(inconvertibleErrorCode(), message); }

Error writeFile(StringRef path, StringRef bytes) {
  std::error_code code;
  raw_fd_ostream out(path, code);
  if (!code) {
    out << bytes;
    out.close();
    code = out.error();
    out.clear_error();
  }
  if (code)
    return failure("cannot write '" + path + "': " + code.message());
  return Error::success();
}

/// Names of the symbols whose flags `wanted` accepts, sorted.
Expected<std::vector<std::string>> symbolsOf(StringRef object, function_ref<bool(uint32_t)> wanted) {
  auto file = object::ObjectFile::createObjectFile(MemoryBufferRef(object, "object"));
  if (!file)
    return file.takeError();
  std::vector<std::string> names;
  for (const object::SymbolRef &symbol : (*file)->symbols()) {
    Expected<uint32_t> flags = symbol.getFlags();
    if (!flags)
      return flags.takeError();
    if ((*flags & object::SymbolRef::SF_FormatSpecific) || !wanted(*flags))
      continue;
    Expected<StringRef> name = symbol.getName();
    if (!name)
      return name.takeError();
    if (!name->empty())
      names.push_back(name->str());
  }
  llvm::sort(names);
  return names;
}

Error runLLD(ArrayRef<std::string> arguments) {
  // After a crash inside LLD its state cannot be trusted; lldMain says so, and no link is tried again.
  static std::mutex mutex;
  static bool usable = true;
  std::lock_guard<std::mutex> lock(mutex);
  if (!usable)
    return failure("an earlier link failed in a way that leaves the linker unusable; start again");
  std::vector<const char *> argv;
  for (const std::string &argument : arguments)
    argv.push_back(argument.c_str());
  std::string output;
  raw_string_ostream stream(output);
  lld::Result result = lld::lldMain(argv, stream, stream, {{lld::Gnu, &lld::elf::link}});
  usable = result.canRunAgain;
  if (result.retCode != 0)
    return failure("linking failed: " + StringRef(output).rtrim());
  return Error::success();
}

} // namespace

Expected<std::vector<std::string>> undefinedSymbols(StringRef object) {
  return symbolsOf(object, [](uint32_t flags) { return (flags & object::SymbolRef::SF_Undefined) != 0; });
}

Expected<std::vector<std::string>> definedSymbols(StringRef object) {
  return symbolsOf(object, [](uint32_t flags) {
    return (flags & object::SymbolRef::SF_Global) && !(flags & object::SymbolRef::SF_Undefined);
  });
}

Error checkUndefinedSymbols(const ObjectFile &object, ArrayRef<std::string> alsoAllowed) {
  Expected<std::vector<std::string>> names = undefinedSymbols(object.bytes);
  if (!names)
    return joinErrors(failure("'" + object.name + "' is not an object file"), names.takeError());
  std::vector<std::string> refused;
  for (const std::string &name : *names)
    if (!is_contained(kAllowed, name) && !is_contained(alsoAllowed, name))
      refused.push_back(name);
  if (refused.empty())
    return Error::success();
  return failure("'" + object.name + "' calls functions that no kernel may depend on: " + join(refused, ", ") +
                 " (only memcpy and memset are allowed)");
}

Expected<std::string> makeStaticLibrary(ArrayRef<ObjectFile> objects) {
  std::vector<NewArchiveMember> members;
  for (const ObjectFile &object : objects) {
    members.emplace_back(MemoryBufferRef(object.bytes, object.name));
    members.back().MemberName = object.name;
  }
  Expected<std::unique_ptr<MemoryBuffer>> archive = writeArchiveToBuffer(
      members, SymtabWritingMode::NormalSymtab, object::Archive::K_GNU, /*Deterministic=*/true, /*Thin=*/false);
  if (!archive)
    return archive.takeError();
  return (*archive)->getBuffer().str();
}

Expected<std::string> makeSharedLibrary(ArrayRef<ObjectFile> objects, StringRef soname) {
  Expected<TemporaryDirectory> directory = TemporaryDirectory::createForTemporaryFiles("camber-link");
  if (!directory)
    return directory.takeError();
  std::string output = directory->file("out.so");
  std::vector<std::string> arguments = {
      "ld.lld", "-shared", "-soname", soname.str(), "-o", output, "-z", "now", "-z", "relro", "-z", "noexecstack",
      "--hash-style=gnu", "--build-id=none", "--gc-sections", "--threads=1",
      // memcpy and friends come from the program that loads the library; checkUndefinedSymbols has seen to the rest.
      "--unresolved-symbols=ignore-all"};
  for (const auto &[index, object] : enumerate(objects)) {
    std::string path = directory->file(Twine(index) + ".o");
    if (Error error = writeFile(path, object.bytes))
      return error;
    arguments.push_back(path);
  }
  if (Error error = runLLD(arguments))
    return error;
  ErrorOr<std::unique_ptr<MemoryBuffer>> linked = MemoryBuffer::getFile(output, /*IsText=*/false,
                                                                        /*RequiresNullTerminator=*/false);
  if (!linked)
    return failure("cannot read the linked library: " + linked.getError().message());
  return (*linked)->getBuffer().str();
}

} // namespace camber::bundle
