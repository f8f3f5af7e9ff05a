// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Attention as its formula says it, in float64.
#pragma once
#include "layer.h"

struct Reference {
  std::vector<double> output; // [batch, queries, heads, head dim]
  double largestScore = 0;    // over rows, of the magnitude of the row's largest score
  double largestValue = 0;    // magnitude
  double largestOutput = 0;   // magnitude
};

Reference computeReference(const Case &wanted, const LayerData &data);
