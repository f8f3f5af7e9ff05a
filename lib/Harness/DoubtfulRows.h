// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Rows that say nothing about a kernel, and inputs that are not finite.
#ifndef CAMBER_LIB_HARNESS_DOUBTFULROWS_H
#define CAMBER_LIB_HARNESS_DOUBTFULROWS_H

#include "camber/Harness/Tolerance.h"

namespace camber::harness {

/// Fills nanRows, branchRows, doubts and notes of `expected`, whose rows and exact results are there.
Status findDoubtfulRows(const Problem &problem, int threads, Expected &expected);

/// Says in `overflow` what overflows in the first of the rows that do.
Status describeOverflow(const Problem &problem, Expected &expected);

/// The operands with these roles, with 0 in place of what is not finite.
std::vector<Tensor> finiteOperands(const Problem &problem, const std::vector<Role> &roles);

/// `problem` with other data for the operands with these roles. `data` is what finiteOperands gave and must stay.
Problem withOperands(const Problem &problem, const std::vector<Role> &roles, const std::vector<Tensor> &data);

} // namespace camber::harness

#endif
