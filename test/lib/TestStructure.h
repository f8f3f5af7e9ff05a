// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Structure of scores that only tests register (TestStructure.td).
#ifndef CAMBER_TEST_LIB_TESTSTRUCTURE_H
#define CAMBER_TEST_LIB_TESTSTRUCTURE_H

#include "camber/Dialect/Attn/AttnDialect.h"
#include "camber/Dialect/Tile/TileDialect.h"

#include "TestStructureDialect.h.inc"
#define GET_OP_CLASSES
#include "TestStructureOps.h.inc"

#endif
