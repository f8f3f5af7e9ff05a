// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The masks of the attn dialect, generated from dialects/Attn/masks. Passes do not include this file.
#ifndef CAMBER_DIALECT_ATTN_ATTNMASKS_H
#define CAMBER_DIALECT_ATTN_ATTNMASKS_H

#include "camber/Dialect/Attn/AttnDialect.h"
#define GET_ATTRDEF_CLASSES
#include "camber/Dialect/Attn/AttnMasks.h.inc"

#endif
