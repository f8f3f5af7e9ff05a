// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a kernel of a bundle says when it refuses.
#pragma once
#include "camber/Runtime/abi.h"
#include <string>

namespace engine {

/// The name of a status, what it means and, where the caller can do something about it, what. For numbers that this
/// engine does not know (a later bundle may have more), the number.
std::string describe(camber_status status);

/// Throws std::runtime_error "<kernel>: <description>" unless `status` is CAMBER_OK.
void check(camber_status status, const char *kernel);

} // namespace engine
