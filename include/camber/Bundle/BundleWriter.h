// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Compiled kernels in, a bundle directory out (lib/Bundle/README.md).
#ifndef CAMBER_BUNDLE_BUNDLEWRITER_H
#define CAMBER_BUNDLE_BUNDLEWRITER_H

#include "camber/Bundle/CompiledKernel.h"
#include "camber/Bundle/Writers.h"

namespace camber::bundle {

struct BundleOptions {
  std::string name;       ///< letters, digits, '_', '-' and '.'; names the header and the libraries
  std::string directory;  ///< where the bundle goes
  bool overwrite = false; ///< replace a bundle that is there
};

/// Error: the name cannot be part of a file name.
llvm::Error validateBundleName(llvm::StringRef name);

/// All files of a bundle except the manifest, in memory: C header, ABI header, static and shared library where there is
/// a target that is a processor, and a file for each kernel and device. Error: an invalid signature or name, two
/// kernels of one name, targets of different architectures, an object that needs a symbol no kernel may need or lacks
/// the functions of its target, or a failing linker.
llvm::Expected<std::vector<BundleFile>> makeBundleFiles(llvm::StringRef name, llvm::ArrayRef<CompiledKernel> kernels,
                                                        llvm::ArrayRef<KernelFamily> families = {});

/// Makes the files and writes them with the manifest in one transaction. Error: as above and those of Transaction.
llvm::Error writeBundle(const BundleOptions &options, llvm::ArrayRef<CompiledKernel> kernels,
                        llvm::ArrayRef<KernelFamily> families = {});

} // namespace camber::bundle

#endif
