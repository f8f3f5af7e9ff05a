// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A microkernel that only tests register (TestMicrokernel.td).
#ifndef CAMBER_TEST_LIB_TESTMICROKERNEL_H
#define CAMBER_TEST_LIB_TESTMICROKERNEL_H

#include "camber/Dialect/CPU/CPUDialect.h"

#include "TestMicrokernelDialect.h.inc"
#define GET_ATTRDEF_CLASSES
#include "TestMicrokernelAttributes.h.inc"

#endif
