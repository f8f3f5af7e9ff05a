// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// camber-opt: parses, verifies and transforms Camber IR; where people experiment.
#include "camber/Dialect/Attn/AttnDialect.h"
#include "camber/Dialect/Attn/Passes.h"
#include "camber/Dialect/CPU/CPUDialect.h"
#include "camber/Dialect/CPU/Passes.h"
#include "camber/Dialect/Tile/Passes.h"
#include "camber/Dialect/Tile/TileDialect.h"
#include "camber/Target/Passes.h"
#include "mlir/Dialect/Bufferization/Transforms/Passes.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/Transforms/Passes.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  registry.insert<camber::attn::AttnDialect, camber::tile::TileDialect, camber::cpu::CPUDialect>();
  mlir::registerAllDialects(registry);
  mlir::registerAllExtensions(registry);
  camber::attn::registerBufferizableOpInterfaceModels(registry);
  camber::attn::registerAttnPasses();
  camber::tile::registerTilePasses();
  camber::cpu::registerCPUPasses();
  camber::registerCPUTargets();
  camber::registerTargetPasses();
  mlir::bufferization::registerBufferizationPasses();
  mlir::registerTransformsPasses();
  return mlir::asMainReturnCode(mlir::MlirOptMain(argc, argv, "Camber optimizer driver\n", registry));
}
