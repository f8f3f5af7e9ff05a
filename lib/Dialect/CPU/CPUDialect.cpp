// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Ops and attributes of the cpu dialect.
#include "camber/Dialect/CPU/CPUDialect.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace camber::cpu;

#include "camber/Dialect/CPU/CPUDialect.cpp.inc"
#define GET_ATTRDEF_CLASSES
#include "camber/Dialect/CPU/CPUAttributes.cpp.inc"
#define GET_OP_CLASSES
#include "camber/Dialect/CPU/CPUOps.cpp.inc"

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

LogicalResult ScheduleAttr::verify(function_ref<InFlightDiagnostic()> emitError, int64_t width, int64_t scoreKeys,
                                   int64_t rowVectors, int64_t valueRows, int64_t valueVectors) {
  if (width < 1 || !llvm::isPowerOf2_64(width) || scoreKeys < 1 || rowVectors < 1 || valueRows < 1 || valueVectors < 1) // C1
    return emitError() << "schedule sizes must be at least 1 and width a power of two";
  return success();
}
