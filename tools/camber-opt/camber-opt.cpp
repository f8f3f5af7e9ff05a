// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// camber-opt: parses, verifies and transforms Camber IR; where people experiment.
#include "camber/Compiler/Compiler.h"
#include "camber/Dialect/Attn/Passes.h"
#include "camber/Dialect/Tile/Passes.h"
#include "camber/Support/RenamedFlags.h"
#include "camber/Target/Passes.h"
#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/Bufferization/Transforms/Passes.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "mlir/Transforms/Passes.h"

int main(int argc, char **argv) {
  if (const std::string renamed = camber::findRenamedFlag(argc, argv); !renamed.empty()) {
    llvm::errs() << "error: " << renamed << "\n";
    return 1;
  }
  mlir::DialectRegistry registry;
  camber::registerCompilerDialects(registry);
  camber::attn::registerAttnPasses();
  camber::tile::registerTilePasses();
  camber::registerPassesAndPipelines();
  mlir::bufferization::registerBufferizationPasses();
  mlir::registerConversionPasses();
  mlir::registerTransformsPasses();
  return mlir::asMainReturnCode(mlir::MlirOptMain(argc, argv, "Camber optimizer driver\n", registry));
}
