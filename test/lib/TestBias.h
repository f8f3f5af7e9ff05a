// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The dialect that only tests register (TestBias.td), and a target that only tests register.
#ifndef CAMBER_TEST_LIB_TESTBIAS_H
#define CAMBER_TEST_LIB_TESTBIAS_H

#include "camber/Dialect/Attn/AttnDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

#include "TestBiasDialect.h.inc"
#define GET_ATTRDEF_CLASSES
#include "TestBiasAttributes.h.inc"
#define GET_OP_CLASSES
#include "TestBiasOps.h.inc"

namespace camber::test {

/// A target "toy-128" with tile sizes and a schedule of its own.
void registerToyTarget();

} // namespace camber::test

#endif
