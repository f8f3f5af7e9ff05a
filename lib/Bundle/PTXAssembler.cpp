// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "camber/Bundle/PTXAssembler.h"
#include "camber/Bundle/TemporaryDirectory.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/raw_ostream.h"
#include <optional>

using namespace llvm;

namespace camber::bundle {

static Expected<std::string> readFile(const std::string &path) {
  ErrorOr<std::unique_ptr<MemoryBuffer>> buffer = MemoryBuffer::getFile(path);
  if (!buffer)
    return createStringError(buffer.getError(), path + ": cannot be read");
  return (*buffer)->getBuffer().str();
}

std::string describeAssembler() {
  ErrorOr<std::string> program = sys::findProgramByName("ptxas");
  sys::fs::file_status status;
  if (!program || sys::fs::status(*program, status))
    return "";
  return *program + " " + utostr(status.getSize()) + " " +
         utostr(uint64_t(status.getLastModificationTime().time_since_epoch().count()));
}

/// "… 24 bytes stack frame, 20 bytes spill stores, 28 bytes spill loads": of each function, with -v.
static int64_t countSpilledBytes(StringRef log) {
  int64_t all = 0;
  for (StringRef rest = log; !rest.empty();) {
    auto [before, after] = rest.split(" bytes spill stores");
    int64_t bytes = 0;
    if (before.size() != rest.size() && !before.rsplit(' ').second.getAsInteger(10, bytes))
      all += bytes;
    rest = after;
  }
  return all;
}

Expected<AssembledPTX> assemblePTX(StringRef ptx, StringRef chip) {
  ErrorOr<std::string> program = sys::findProgramByName("ptxas");
  if (!program)
    return AssembledPTX();
  Expected<TemporaryDirectory> directory = TemporaryDirectory::createForTemporaryFiles("camber-ptxas");
  if (!directory)
    return directory.takeError();
  const std::string in = directory->file("kernel.ptx"), out = directory->file("kernel.cubin"),
                    log = directory->file("log");
  {
    std::error_code code;
    raw_fd_ostream stream(in, code);
    stream << ptx;
    stream.close();
    if (code || stream.has_error()) {
      stream.clear_error();
      return createStringError(inconvertibleErrorCode(), in + ": cannot be written");
    }
  }
  std::string architecture = ("-arch=" + chip).str(), message;
  std::optional<StringRef> redirects[] = {std::nullopt, StringRef(log), StringRef(log)};
  int status =
      sys::ExecuteAndWait(*program, {*program, "-v", architecture, "-o", out, in}, /*Env=*/std::nullopt, redirects,
                          /*SecondsToWait=*/0, /*MemoryLimit=*/0, &message);
  Expected<std::string> said = readFile(log);
  if (status == 0) {
    Expected<std::string> cubin = readFile(out);
    if (!cubin || !said)
      return joinErrors(cubin.takeError(), said.takeError());
    return AssembledPTX{std::move(*cubin), countSpilledBytes(*said)};
  }
  if (!said)
    consumeError(said.takeError());
  std::string text = said ? StringRef(*said).rtrim().str() : message;
  for (StringRef old : {"Unsupported .version", "is not defined for option 'gpu-name'"})
    if (StringRef(text).contains(old))
      return AssembledPTX();
  return createStringError(inconvertibleErrorCode(), *program + ": " + text);
}

} // namespace camber::bundle
