// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The text files of a bundle.
#ifndef CAMBER_BUNDLE_WRITERS_H
#define CAMBER_BUNDLE_WRITERS_H

#include "camber/Bundle/Family.h"

namespace camber::bundle {

/// A file of the bundle, relative to its directory with '/' between parts.
struct BundleFile {
  std::string path;
  std::string kind; ///< header, abi_header, cpp_header, kernel_header, static_library, shared_library, cmake_package,
                    ///< pkg_config, license, ptx, cubin
  std::string bytes;
};

/// The C header `include/<bundle>.h`: for each kernel K the struct K_args, K_ARGS_INIT, K_args_init and the prototypes.
/// Valid C11 and C++17 without warnings. The signatures have passed validateSignature.
std::string writeHeader(llvm::StringRef bundle, llvm::ArrayRef<CompiledKernel> kernels,
                        llvm::ArrayRef<KernelFamily> families);

/// `lib/cmake/<bundle>/<bundle>Config.cmake`: imported targets <bundle>::<bundle> (the static library, or the headers
/// alone where there are no libraries) and <bundle>::shared.
std::string writeCMakePackage(llvm::StringRef bundle, bool hasLibraries);

/// `lib/pkgconfig/<bundle>.pc`.
std::string writePkgConfig(llvm::StringRef bundle, bool hasLibraries);

/// `LICENSE.txt`: whose the output is, and the license of the header that comes with it.
std::string writeLicenseNote();

/// The C++ header `include/<bundle>.hpp`: for each kernel and family a namespace of its name with `operands`, `call`
/// and `try_call`, on camber/Runtime/kernel.hpp. Valid C++17 without warnings.
std::string writeCppHeader(llvm::StringRef bundle, llvm::ArrayRef<CompiledKernel> kernels,
                           llvm::ArrayRef<KernelFamily> families);

/// Whether a target is a processor. All kernels of a bundle have the same targets, so the first tells whether there are
/// libraries.
bool hasHostCode(const CompiledKernel &kernel);

/// Whether any target is a device.
bool hasDeviceCode(llvm::ArrayRef<CompiledKernel> kernels);

/// Where the code for a device lies in the bundle: "device/k.sm_80.ptx".
std::string deviceFile(const KernelSignature &signature, const TargetCode &code, llvm::StringRef extension);

/// The text of manifest.json with its checksum. `files` are all other files. All kernels have a target, and those
/// targets that are processors one architecture.
std::string writeManifest(llvm::StringRef bundle, llvm::ArrayRef<CompiledKernel> kernels,
                          llvm::ArrayRef<KernelFamily> families, llvm::ArrayRef<BundleFile> files);

/// XXH3-64 as 16 lower-case hexadecimal digits.
std::string hexDigest(llvm::StringRef bytes);

} // namespace camber::bundle

#endif
