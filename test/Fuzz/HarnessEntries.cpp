// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Entries of the tools that link nothing of LLVM.
#include "Entries.h"
#include "Npy.h"
#include "Operands.h"
#include "camber/Harness/Tensor.h"
#include "camber/PTXInterpreter/Interpreter.h"
#include "camber/Runtime/Manifest.h"
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

using namespace camber;

namespace {

/// A file in memory, under a path that any reader can open.
class MemoryFile {
public:
  explicit MemoryFile(const std::string &bytes) : descriptor(memfd_create("input", 0)) {
    for (size_t at = 0; at < bytes.size();) {
      const ssize_t written = write(descriptor, bytes.data() + at, bytes.size() - at);
      if (written <= 0)
        break;
      at += static_cast<size_t>(written);
    }
  }
  ~MemoryFile() { close(descriptor); }
  MemoryFile(const MemoryFile &) = delete;
  std::string path() const { return fmt::format("/proc/self/fd/{}", descriptor); }

private:
  int descriptor;
};

/// The text with the checksum that it should have; unchanged where it has none.
std::string withChecksum(std::string text) {
  static constexpr char kMember[] = "\"checksum\"";
  const std::optional<uint64_t> right = manifestChecksum(text);
  const size_t member = text.find(kMember);
  if (!right || member == std::string::npos)
    return text;
  const size_t open = text.find('"', member + sizeof(kMember) - 1);
  const std::string digits = fmt::format("{:016x}", *right);
  if (open == std::string::npos || open + 1 + digits.size() > text.size())
    return text;
  return text.replace(open + 1, digits.size(), digits);
}

} // namespace

bool fuzz::readManifestText(const Input &input) {
  return static_cast<bool>(parseManifest(withChecksum(input.text), "manifest.json"));
}

bool fuzz::readNpyBytes(const Input &input) {
  const MemoryFile file(input.text);
  bool accepted = false;
  for (Element element : {Element::F32, Element::F16, Element::BF16, Element::I32})
    accepted |= static_cast<bool>(harness::readNpy(file.path(), element));
  accepted |= static_cast<bool>(harness::readNpyShape(file.path()));
  accepted |= static_cast<bool>(harness::readNpyDoubles(file.path()));
  accepted |= static_cast<bool>(readNpyFile(file.path()));
  return accepted;
}

bool fuzz::runPtx(const Input &input) {
  Result<ptx::Module> module = ptx::Module::parse(input.text);
  if (!module)
    return false;
  bool accepted = false;
  for (const std::string &name : module->kernels()) {
    module->unknownInstructions(name);
    Result<ptx::Kernel> kernel = module->kernel(name);
    if (!kernel)
      continue;
    ptx::Memory memory;
    ptx::Arguments arguments(*kernel);
    for (size_t i = 0; i < kernel->parameters().size(); ++i) {
      const ptx::Parameter &parameter = kernel->parameters()[i];
      if (parameter.bytes == 8) {
        const std::vector<uint8_t> contents(1 << 14, 0x3c);
        arguments.set(i, memory.allocate(parameter.name, contents.size(), ptx::Access::ReadWrite, contents.data()));
      } else {
        arguments.set(i, uint32_t(16));
      }
    }
    ptx::LaunchShape shape;
    shape.block = kernel->requiredBlock()[0] ? kernel->requiredBlock() : std::array<uint32_t, 3>{64, 1, 1};
    shape.dynamicSharedBytes = 24656;
    ptx::LaunchOptions options;
    options.maxInstructions = 1 << 12;
    options.stopAfterFindings = 100;
    const Result<ptx::Report> report = ptx::launch(*kernel, shape, arguments.bytes(), memory, options);
    if (report) {
      report->text();
      accepted = true;
    }
  }
  return accepted;
}

bool fuzz::crashOnPurpose(const Input &input) {
  if (input.text == "crash")
    std::abort();
  return true;
}

bool fuzz::parseOperand(const Input &input) {
  Result<::Operand> operand = ::Operand::parse(input.text);
  if (!operand)
    return false;
  const Result<ptx::Module> module = ptx::Module::parse(
      ".version 8.0\n.target sm_80\n.address_size 64\n.visible .entry k(.param .u64 p)\n{\n  ret;\n}\n");
  const Result<ptx::Kernel> kernel = module->kernel("k");
  ptx::Memory memory;
  ptx::Arguments arguments(*kernel);
  const bool bound = static_cast<bool>(operand->bind(memory, arguments, 0, kernel->parameters()[0]));
  if (bound && operand->isOutput())
    operand->result(memory);
  return bound | static_cast<bool>(parseSizes(input.text));
}
