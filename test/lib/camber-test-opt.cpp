// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// camber-opt with the dialects and the target of test/lib: what works here works without any pass knowing a name.
#include "TestBias.h"
#include "TestStructure.h"
#include "camber/Compiler/Compiler.h"
#include "camber/Dialect/Attn/Passes.h"
#include "camber/Dialect/Tile/Passes.h"
#include "camber/Target/Passes.h"
#include "mlir/Conversion/Passes.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "mlir/Transforms/Passes.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  camber::test::registerToyTarget();
  camber::registerCompilerDialects(registry);
  registry.insert<camber::test::TestBiasDialect, camber::test::TestStructureDialect>();
  camber::attn::registerAttnPasses();
  camber::tile::registerTilePasses();
  camber::registerPassesAndPipelines();
  mlir::registerConversionPasses();
  mlir::registerTransformsPasses();
  return mlir::asMainReturnCode(
      mlir::MlirOptMain(argc, argv, "Camber optimizer driver with test extensions\n", registry));
}
