// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Results of the reference, computed once for kernels of one signature: those of several targets, or of a target whose
// code an interpreter runs, where evaluating float64 takes long.
#ifndef CAMBER_LIB_HARNESS_KEPTREFERENCE_H
#define CAMBER_LIB_HARNESS_KEPTREFERENCE_H

#include "camber/Harness/Call.h"
#include "camber/Harness/Tolerance.h"

namespace camber::harness {

/// What expectedResults returns, out of `directory` if it is there for the same signature, inputs and rows; otherwise
/// it is computed, and kept there. Fails where the directory cannot be written, and where a file in it is cut short.
Result<Expected> keptResults(const std::string &directory, const Problem &problem, const Inputs &inputs,
                             std::vector<Row> rows, std::optional<InputSet> set, int threads);

} // namespace camber::harness

#endif
