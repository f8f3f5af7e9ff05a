// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The cpu part of the schedule level.
#ifndef CAMBER_DIALECT_CPU_CPUDIALECT_H
#define CAMBER_DIALECT_CPU_CPUDIALECT_H

#include "camber/Dialect/Tile/BodyArguments.h"
#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "camber/Dialect/CPU/Microkernel.h"

#include "camber/Dialect/CPU/CPUDialect.h.inc"
#define GET_ATTRDEF_CLASSES
#include "camber/Dialect/CPU/CPUAttributes.h.inc"
#define GET_OP_CLASSES
#include "camber/Dialect/CPU/CPUOps.h.inc"

namespace camber::cpu {
/// How far apart rows of `count` floats lie in buffers whose columns are read in pieces (scores, copies of values): an
/// odd number of cache lines of 16 floats, so that the rows of a piece are spread over all sets of the first-level
/// cache.
constexpr int64_t spreadRows(int64_t count) { return ((count + 15) / 16 | 1) * 16; }
} // namespace camber::cpu

#endif
