// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Registers the attn dialect's ops, biases and masks.
#include "camber/Dialect/Attn/AttnBiases.h"
#include "camber/Dialect/Attn/AttnMasks.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace camber;
using namespace camber::attn;

#include "camber/Dialect/Attn/AttnAttrInterfaces.cpp.inc"
#include "camber/Dialect/Attn/AttnDialect.cpp.inc"
#include "camber/Dialect/Attn/AttnOpInterfaces.cpp.inc"
#define GET_ATTRDEF_CLASSES
#include "camber/Dialect/Attn/AttnMasks.cpp.inc"
#define GET_OP_CLASSES
#include "camber/Dialect/Attn/AttnBiases.cpp.inc"

void AttnDialect::initialize() {
  addOperations<
#define GET_OP_LIST
#include "camber/Dialect/Attn/AttnOps.cpp.inc"
      >();
  registerBiasOps();
  registerMaskAttributes();
}

LogicalResult AttnDialect::verifyOperationAttribute(Operation *op, NamedAttribute attribute) {
  return op->emitOpError()
         << "'" << attribute.getName().getValue()
         << "' has no meaning on an operation; arguments of a kernel function take attn.role, attn.name "
            "and attn.dims";
}

LogicalResult AttnDialect::verifyRegionArgAttribute(Operation *op, unsigned, unsigned argument,
                                                    NamedAttribute attribute) {
  return verifyKnownAttribute(op, attribute.getName(), {"attn.role", "attn.name", "attn.dims"},
                              "argument " + Twine(argument));
}

LogicalResult AttnDialect::verifyRegionResultAttribute(Operation *op, unsigned, unsigned result,
                                                       NamedAttribute attribute) {
  return verifyKnownAttribute(op, attribute.getName(), {}, "result " + Twine(result));
}

void AttnDialect::registerBiasOps() {
  addOperations<
#define GET_OP_LIST
#include "camber/Dialect/Attn/AttnBiases.cpp.inc"
      >();
}

void AttnDialect::registerMaskAttributes() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "camber/Dialect/Attn/AttnMasks.cpp.inc"
      >();
}
