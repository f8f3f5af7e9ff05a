// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The matrix product of the engine.
#pragma once
#include "model.h"
#include "thread_pool.h"

namespace engine {

enum class Into { Assign, Add };

/// y = x·w or y += x·w, with x [rows, w.inputs()] and y [rows, w.outputs()], both dense. Every element is summed in the
/// order of the inputs, whatever `rows` and the number of threads.
void matmul(ThreadPool &pool, int64_t rows, const float *x, const Matrix &w, float *y, Into into);

} // namespace engine
