// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The test dialect as a shared library for --load-dialect-plugin. The interfaces it implements are those of the tool.
#include "TestBias.h"
#include "mlir/Tools/Plugins/DialectPlugin.h"

extern "C" LLVM_ATTRIBUTE_WEAK mlir::DialectPluginLibraryInfo mlirGetDialectPluginInfo() {
  return {MLIR_PLUGIN_API_VERSION, "CamberTestBias", "1",
          [](mlir::DialectRegistry *registry) { registry->insert<camber::test::TestBiasDialect>(); }};
}
