// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Registers the machines of NVIDIA.
#include "NVPTXDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace camber::nvptx;

#include "camber/Dialect/NVPTX/NVPTXDialect.cpp.inc"
#define GET_ATTRDEF_CLASSES
#include "camber/Dialect/NVPTX/NVPTXAttributes.cpp.inc"

void NVPTXDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "camber/Dialect/NVPTX/NVPTXAttributes.cpp.inc"
      >();
}
