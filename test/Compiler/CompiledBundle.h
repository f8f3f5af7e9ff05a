// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Kernels that a test compiles and opens.
#ifndef CAMBER_TEST_COMPILER_COMPILEDBUNDLE_H
#define CAMBER_TEST_COMPILER_COMPILEDBUNDLE_H

#include "camber/Bundle/TemporaryDirectory.h"
#include "camber/Compiler/Compiler.h"
#include "camber/Runtime/Bundle.h"
#include <optional>

namespace camber::test {

/// A bundle that disappears with the object. Without one, `error` says why.
struct CompiledBundle {
  CompiledBundle(const KernelSource &source, const CompileOptions &options)
      : directory(llvm::cantFail(bundle::TemporaryDirectory::createForTemporaryFiles("camber-test"))) {
    if (llvm::Error failed = compileBundle(source, options, {"kernels", directory.file("bundle"), false})) {
      error = llvm::toString(std::move(failed));
      return;
    }
    Result<Bundle> opened = Bundle::open(directory.file("bundle"));
    if (opened)
      bundle = std::move(*opened);
    else
      error = opened.error();
  }

  bundle::TemporaryDirectory directory;
  std::string error;
  std::optional<Bundle> bundle;
};

} // namespace camber::test

#endif
