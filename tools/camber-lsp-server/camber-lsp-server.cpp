// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// camber-lsp-server: editor support for .mlir files with Camber's dialects.
#include "camber/Compiler/Compiler.h"
#include "mlir/Tools/mlir-lsp-server/MlirLspServerMain.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  camber::registerCompilerDialects(registry);
  return mlir::failed(mlir::MlirLspServerMain(argc, argv, registry));
}
