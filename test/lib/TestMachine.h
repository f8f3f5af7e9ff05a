// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A machine that only tests register (TestMachine.td).
#ifndef CAMBER_TEST_LIB_TESTMACHINE_H
#define CAMBER_TEST_LIB_TESTMACHINE_H

#include "camber/Dialect/Pipeline/Machine.h"

#include "TestMachineDialect.h.inc"
#define GET_ATTRDEF_CLASSES
#include "TestMachineAttributes.h.inc"

#endif
