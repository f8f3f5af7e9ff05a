// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The dialect of NVIDIA's machines. Nothing outside of lib/Target/NVPTX includes this.
#ifndef CAMBER_LIB_TARGET_NVPTX_MACHINES_NVPTXDIALECT_H
#define CAMBER_LIB_TARGET_NVPTX_MACHINES_NVPTXDIALECT_H

#include "camber/Dialect/Pipeline/Machine.h"

#include "camber/Dialect/NVPTX/NVPTXDialect.h.inc"
#define GET_ATTRDEF_CLASSES
#include "camber/Dialect/NVPTX/NVPTXAttributes.h.inc"

#endif
