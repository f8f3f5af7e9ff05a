// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The position biases of the attn dialect, generated from dialects/Attn/biases. Passes do not include this file.
#ifndef CAMBER_DIALECT_ATTN_ATTNBIASES_H
#define CAMBER_DIALECT_ATTN_ATTNBIASES_H

#include "camber/Dialect/Attn/AttnDialect.h"
#include "camber/Dialect/Attn/BiasSpec.h"
#define GET_OP_CLASSES
#include "camber/Dialect/Attn/AttnBiases.h.inc"

#endif
