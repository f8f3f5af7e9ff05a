// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Writes manifest.json as lib/Bundle/README.md describes it; lib/Runtime reads it.
#include "camber/Bundle/Writers.h"
#include "camber/Runtime/abi.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Support/xxhash.h"

using namespace llvm;

namespace camber::bundle {
namespace {

constexpr int kManifestVersion = 1;
constexpr StringLiteral kNoChecksum = "0000000000000000";

std::string hex(uint64_t value) { return utohexstr(value, /*LowerCase=*/true, /*Width=*/16); }

void writeTarget(json::OStream &out, const KernelSignature &signature, const TargetCode &code) {
  out.object([&] {
    out.attribute("name", code.target.name);
    out.attribute("object_bytes", static_cast<int64_t>(code.cubin.empty() ? code.code.size() : code.cubin.size()));
    out.attribute("schedule", json::fixUTF8(code.schedule)); // invalid UTF-8 trips an assertion of the writer
    if (!code.launch)
      return;
    out.attribute("ptx", deviceFile(signature, code, "ptx"));
    if (!code.cubin.empty())
      out.attribute("cubin", deviceFile(signature, code, "cubin"));
    out.attributeObject("launch", [&] {
      out.attribute("rows", code.launch->rows);
      out.attribute("packed", code.launch->packed);
      out.attribute("threads", code.launch->threads);
      out.attribute("shared_bytes", code.launch->sharedBytes);
      if (code.launch->prepareQLenMin)
        out.attribute("prepare_q_len_min", *code.launch->prepareQLenMin);
    });
  });
}

void writeKernel(json::OStream &out, const CompiledKernel &kernel) {
  out.object([&] {
    out.attribute("name", kernel.signature.name);
    out.attribute("fingerprint", hex(kernel.signature.fingerprint()));
    writeSignatureMembers(out, kernel.signature);
    out.attributeArray("targets", [&] {
      for (const TargetCode &code : kernel.targets)
        writeTarget(out, kernel.signature, code);
    });
  });
}

/// Of the libraries; "none" where all targets are devices.
StringRef architectureOf(ArrayRef<CompiledKernel> kernels) {
  for (const TargetCode &code : kernels.front().targets)
    if (!code.target.device)
      return code.target.arch;
  return "none";
}

} // namespace

bool hasHostCode(const CompiledKernel &kernel) {
  return any_of(kernel.targets, [](const TargetCode &code) { return !code.target.device; });
}

bool hasDeviceCode(ArrayRef<CompiledKernel> kernels) {
  return any_of(kernels, [](const CompiledKernel &kernel) {
    return any_of(kernel.targets, [](const TargetCode &code) { return code.target.device; });
  });
}

std::string hexDigest(StringRef bytes) { return hex(xxh3_64bits(bytes)); }

std::string writeManifest(StringRef bundle, ArrayRef<CompiledKernel> kernels, ArrayRef<KernelFamily> families,
                          ArrayRef<BundleFile> files) {
  std::string text;
  raw_string_ostream stream(text);
  json::OStream out(stream, /*IndentSize=*/2);
  out.object([&] {
    out.attribute("manifest_version", kManifestVersion);
    out.attribute("checksum", kNoChecksum);
    out.attribute("camber_version", CAMBER_VERSION);
    out.attribute("abi_version", CAMBER_ABI_VERSION);
    out.attribute("bundle", bundle);
    out.attribute("architecture", architectureOf(kernels));
    out.attributeArray("files", [&] {
      for (const BundleFile &file : files)
        out.object([&] {
          out.attribute("path", file.path);
          out.attribute("kind", file.kind);
          out.attribute("bytes", static_cast<int64_t>(file.bytes.size()));
          out.attribute("xxh3", hexDigest(file.bytes));
        });
    });
    out.attributeArray("kernels", [&] {
      for (const CompiledKernel &kernel : kernels)
        writeKernel(out, kernel);
    });
    if (!families.empty())
      out.attributeArray("families", [&] {
        for (const KernelFamily &family : families)
          out.object([&] {
            out.attribute("name", family.name);
            out.attribute("kernels", json::Array(family.kernels));
          });
      });
  });
  stream << '\n';
  // The member is the second of the file, so its zeros come before any other text that might look like them.
  size_t position = text.find(kNoChecksum);
  text.replace(position, kNoChecksum.size(), hexDigest(text));
  return text;
}

} // namespace camber::bundle
