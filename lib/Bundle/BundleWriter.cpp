// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Puts the parts together: checks, dispatch object, libraries, headers, manifest, transaction.
#include "camber/Bundle/BundleWriter.h"
#include "DeviceCode.h"
#include "camber/Bundle/Dispatch.h"
#include "camber/Bundle/Linker.h"
#include "camber/Bundle/Transaction.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"

using namespace llvm;

namespace camber::bundle {

/// The texts of include/camber/Runtime/abi.h and kernel.hpp, embedded when Camber is built (lib/Bundle/CMakeLists.txt).
extern const char abiHeaderText[], kernelHeaderText[];

namespace {

Error failure(const Twine &message) { return createStringError(inconvertibleErrorCode(), message); }

Error validate(StringRef name, ArrayRef<CompiledKernel> kernels, ArrayRef<KernelFamily> families) {
  if (Error error = validateBundleName(name))
    return error;
  if (kernels.empty())
    return failure("a bundle needs at least one kernel");
  StringSet<> names;
  for (const CompiledKernel &kernel : kernels) {
    if (Error error = validateSignature(kernel.signature))
      return error;
    if (!names.insert(kernel.signature.name).second)
      return failure("two kernels are named '" + kernel.signature.name + "'");
    if (kernel.targets.empty())
      return failure("kernel '" + kernel.signature.name + "' has no target");
    if (hasHostCode(kernel) != hasHostCode(kernels.front()))
      return failure("kernels '" + kernels.front().signature.name + "' and '" + kernel.signature.name +
                     "' differ: one has code for processors, the other for devices only");
  }
  return validateFamilies(families, kernels);
}

} // namespace

Error validateBundleName(StringRef name) {
  bool valid = !name.empty() && isAlnum(name.front()) &&
               all_of(name, [](char c) { return isAlnum(c) || c == '_' || c == '-' || c == '.'; });
  if (valid)
    return Error::success();
  return failure("'" + name +
                 "' cannot name a bundle: letters, digits, '_', '-' and '.' only, a letter or digit first");
}

namespace {

/// The libraries: the objects of all targets that are processors, what picks one of them, and the code for devices.
Error addLibraries(StringRef name, ArrayRef<CompiledKernel> kernels, ArrayRef<KernelFamily> families,
                   std::vector<BundleFile> deviceFiles, std::vector<BundleFile> &files) {
  std::vector<DispatchKernel> dispatched;
  std::vector<ObjectFile> objects;
  std::vector<std::string> entries; // what the dispatch object may leave undefined
  for (const CompiledKernel &kernel : kernels) {
    dispatched.push_back({&kernel.signature, {}});
    for (const TargetCode &code : kernel.targets) {
      if (code.target.device)
        continue;
      dispatched.back().targets.push_back(code.target);
      objects.push_back({kernel.signature.name + "." + code.target.name + ".o", code.code});
      if (Error error = checkUndefinedSymbols(objects.back()))
        return error;
      Expected<std::vector<std::string>> defined = definedSymbols(code.code);
      if (!defined)
        return defined.takeError();
      for (StringRef function : {"plan", "run"}) {
        entries.push_back(targetSymbol(kernel.signature.name, code.target, function));
        if (!is_contained(*defined, entries.back()))
          return failure("'" + objects.back().name + "' does not define '" + entries.back() + "'");
      }
    }
  }
  Expected<ObjectFile> dispatch = emitDispatch(dispatched, families);
  if (!dispatch)
    return dispatch.takeError();
  if (Error error = checkUndefinedSymbols(*dispatch, entries))
    return error;
  objects.insert(objects.begin(), std::move(*dispatch));
  if (!deviceFiles.empty()) {
    // With a manifest of its own: that of the bundle lists the libraries.
    deviceFiles.insert(deviceFiles.begin(),
                       {"manifest.json", "manifest", writeManifest(name, kernels, families, deviceFiles)});
    Expected<ObjectFile> carried = emitDeviceCode(name, dispatched.front().targets.front(), deviceFiles);
    if (!carried)
      return carried.takeError();
    objects.push_back(std::move(*carried));
  }

  std::string library = ("lib" + name).str();
  Expected<std::string> archive = makeStaticLibrary(objects);
  if (!archive)
    return archive.takeError();
  Expected<std::string> shared = makeSharedLibrary(objects, library + ".so");
  if (!shared)
    return shared.takeError();
  files.push_back({"lib/" + library + ".a", "static_library", std::move(*archive)});
  files.push_back({"lib/" + library + ".so", "shared_library", std::move(*shared)});
  return Error::success();
}

} // namespace

std::string deviceFile(const KernelSignature &signature, const TargetCode &code, StringRef extension) {
  return "device/" + signature.name + "." + code.target.name + "." + extension.str();
}

Expected<std::vector<BundleFile>> makeBundleFiles(StringRef name, ArrayRef<CompiledKernel> kernels,
                                                  ArrayRef<KernelFamily> families) {
  if (Error error = validate(name, kernels, families))
    return error;
  std::vector<BundleFile> deviceFiles;
  for (const CompiledKernel &kernel : kernels)
    for (const TargetCode &code : kernel.targets) {
      if (!code.target.device)
        continue;
      deviceFiles.push_back({deviceFile(kernel.signature, code, "ptx"), "ptx", code.code});
      if (!code.cubin.empty())
        deviceFiles.push_back({deviceFile(kernel.signature, code, "cubin"), "cubin", code.cubin});
    }
  std::vector<BundleFile> files;
  files.push_back({("include/" + name + ".h").str(), "header", writeHeader(name, kernels, families)});
  files.push_back({"include/camber/Runtime/abi.h", "abi_header", abiHeaderText});
  const bool hasLibraries = hasHostCode(kernels.front());
  if (hasLibraries) {
    files.push_back({("include/" + name + ".hpp").str(), "cpp_header", writeCppHeader(name, kernels, families)});
    files.push_back({"include/camber/Runtime/kernel.hpp", "kernel_header", kernelHeaderText});
    if (Error error = addLibraries(name, kernels, families, deviceFiles, files))
      return error;
  }
  files.push_back({("lib/cmake/" + name + "/" + name + "Config.cmake").str(), "cmake_package",
                   writeCMakePackage(name, hasLibraries)});
  files.push_back({("lib/pkgconfig/" + name + ".pc").str(), "pkg_config", writePkgConfig(name, hasLibraries)});
  files.push_back({"LICENSE.txt", "license", writeLicenseNote()});
  llvm::append_range(files, std::move(deviceFiles));
  return files;
}

Error writeBundle(const BundleOptions &options, ArrayRef<CompiledKernel> kernels, ArrayRef<KernelFamily> families) {
  // Before the linking: a refused directory should not cost that time.
  if (Error error = Transaction::check(options.directory, options.overwrite))
    return error;
  Expected<std::vector<BundleFile>> files = makeBundleFiles(options.name, kernels, families);
  if (!files)
    return files.takeError();
  Expected<Transaction> transaction = Transaction::begin(options.directory, options.overwrite);
  if (!transaction)
    return transaction.takeError();
  for (const BundleFile &file : *files)
    if (Error error = transaction->addFile(file.path, file.bytes))
      return error;
  if (Error error = transaction->addFile("manifest.json", writeManifest(options.name, kernels, families, *files)))
    return error;
  return transaction->commit();
}

} // namespace camber::bundle
