// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A case of test/conformance as a kernel's contract with inputs and expected results.
#ifndef CAMBER_TEST_REFERENCE_CONFORMANCECASE_H
#define CAMBER_TEST_REFERENCE_CONFORMANCECASE_H

#include "camber/Harness/Call.h"
#include <string>
#include <vector>

namespace camber::test {

struct ConformanceCase {
  Kernel kernel;
  Sizes sizes;
  harness::Inputs inputs;
  harness::DoubleArray o, lse;
};

/// Names of all directories in test/conformance.
std::vector<std::string> conformanceNames();

/// Reads one; the test ends with an exception where a file is not as its README says.
ConformanceCase loadConformanceCase(const std::string &name);

} // namespace camber::test

#endif
