// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The text of Schedules.json, which CMake copies.
#ifndef CAMBER_LIB_TARGET_NVPTX_SCHEDULES_H
#define CAMBER_LIB_TARGET_NVPTX_SCHEDULES_H

namespace camber::nvptx {
extern const char *const kSchedules;
} // namespace camber::nvptx

#endif
