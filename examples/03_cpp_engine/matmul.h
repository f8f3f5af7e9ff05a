// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The matrix product of the engine.
#pragma once
#include "model.h"
#include "thread_pool.h"

namespace engine {

/// The number of outputs of a matrix must be a multiple of this.
constexpr int64_t columnBlock = 64;

enum class Into { Assign, Add };

/// y = x·w or y += x·w, with x [rows, inputs], w [inputs, outputs] and y [rows, outputs], all dense. Every element is
/// summed in the order of the inputs, whatever `rows` and the number of threads.
void matmul(ThreadPool &pool, int64_t rows, int64_t inputs, int64_t outputs, const float *x, const Matrix &w, float *y,
            Into into);

} // namespace engine
