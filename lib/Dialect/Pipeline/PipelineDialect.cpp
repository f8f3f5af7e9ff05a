// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Registers the ops, types and attributes of the pipeline dialect.
#include "camber/Dialect/Pipeline/PipelineDialect.h"
#include "camber/Dialect/KnownAttributes.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace camber;
using namespace camber::pipeline;

#include "camber/Dialect/Pipeline/PipelineDialect.cpp.inc"
#define GET_TYPEDEF_CLASSES
#include "camber/Dialect/Pipeline/PipelineTypes.cpp.inc"
#define GET_ATTRDEF_CLASSES
#include "camber/Dialect/Pipeline/PipelineAttributes.cpp.inc"
#define GET_OP_CLASSES
#include "camber/Dialect/Pipeline/PipelineOps.cpp.inc"

LogicalResult PipelineDialect::verifyOperationAttribute(Operation *op, NamedAttribute attribute) {
  return camber::verifyKnownAttribute(op, attribute.getName(), {}, "an operation");
}

void PipelineDialect::initialize() {
  addTypes<
#define GET_TYPEDEF_LIST
#include "camber/Dialect/Pipeline/PipelineTypes.cpp.inc"
      >();
  addAttributes<
#define GET_ATTRDEF_LIST
#include "camber/Dialect/Pipeline/PipelineAttributes.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "camber/Dialect/Pipeline/PipelineOps.cpp.inc"
      >();
}

/// 64x128xf16
static ParseResult parseShape(AsmParser &parser, int64_t &rows, int64_t &columns, Type &element) {
  SmallVector<int64_t> shape;
  SMLoc at = parser.getCurrentLocation();
  if (parser.parseDimensionList(shape, /*allowDynamic=*/false))
    return failure();
  if (shape.size() != 2)
    return parser.emitError(at, "expected rows and columns");
  rows = shape[0], columns = shape[1];
  return parser.parseType(element);
}

Type RingType::parse(AsmParser &parser) {
  int64_t stages = 0, rows = 0, columns = 0;
  Type element;
  if (parser.parseLess() || parser.parseInteger(stages) || parser.parseKeyword("x") ||
      parseShape(parser, rows, columns, element) || parser.parseGreater())
    return {};
  return parser.getChecked<RingType>(parser.getContext(), stages, rows, columns, element);
}

void RingType::print(AsmPrinter &printer) const {
  printer << "<" << getStages() << " x " << getRows() << "x" << getColumns() << "x" << getElementType() << ">";
}

Type StageType::parse(AsmParser &parser) {
  int64_t rows = 0, columns = 0;
  Type element;
  if (parser.parseLess() || parseShape(parser, rows, columns, element) || parser.parseGreater())
    return {};
  return parser.getChecked<StageType>(parser.getContext(), rows, columns, element);
}

void StageType::print(AsmPrinter &printer) const {
  printer << "<" << getRows() << "x" << getColumns() << "x" << getElementType() << ">";
}
