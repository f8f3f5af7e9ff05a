// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Registers the ops and attributes of the cpu dialect.
#include "camber/Dialect/CPU/CPUDialect.h"
#include "camber/Dialect/KnownAttributes.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace camber::cpu;

#include "camber/Dialect/CPU/CPUAttrInterfaces.cpp.inc"
#include "camber/Dialect/CPU/CPUDialect.cpp.inc"
#define GET_ATTRDEF_CLASSES
#include "camber/Dialect/CPU/CPUAttributes.cpp.inc"
#define GET_OP_CLASSES
#include "camber/Dialect/CPU/CPUOps.cpp.inc"

LogicalResult CPUDialect::verifyOperationAttribute(Operation *op, NamedAttribute attribute) {
  return camber::verifyKnownAttribute(op, attribute.getName(), {}, "an operation");
}

void CPUDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "camber/Dialect/CPU/CPUAttributes.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "camber/Dialect/CPU/CPUOps.cpp.inc"
      >();
}
