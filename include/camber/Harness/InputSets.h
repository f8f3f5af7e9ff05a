// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Generated inputs: the sets of dialects/Attn/Semantics.md "Accuracy".
#ifndef CAMBER_HARNESS_INPUTSETS_H
#define CAMBER_HARNESS_INPUTSETS_H

#include "camber/Harness/Call.h"

namespace camber::harness {

enum class InputSet {
  Normal,      ///< q, k, v standard normal, q scaled so that the scores before the bias have variance 1
  Times12,     ///< normal with scores of standard deviation 12
  EqualKeys,   ///< every key of a head is the same vector
  Outliers,    ///< one key in 64 is 8 times, one value in 64 is 50 times as large
  ConstantV,   ///< v is one vector everywhere, which the output must reproduce
  Adversarial, ///< the keys farthest from the queries score highest, so that wrongly skipped tiles show
  /// Normal, with a NaN in a key, and a NaN and an infinity in values, that some rows do not see, where masks and key
  /// ranges leave such keys. These rows must be as without them. Only where it is asked for by name.
  Hidden
};
/// Those that `--inputs=all` tries.
const std::vector<InputSet> &allInputSets();
/// By its name, which may be one that "all" leaves out.
std::optional<InputSet> findInputSet(const std::string &name);
const char *inputSetName(InputSet set);
std::string inputSetNames(); ///< of all that can be asked for, separated by commas

/// Every input operand of a kernel, rounded to its element type; the same for the same seed on every machine with the
/// same libm. Positions, ranges, segments and parameters get values that make sense for their role: the key ranges of
/// three batches are whole, partial, empty.
Inputs generateInputs(const Kernel &kernel, const Sizes &sizes, InputSet set, uint64_t seed, int threads);

/// Sets the norms that the owner of a cache keeps, where the kernel takes them, to those of the keys in their ranges,
/// as a cache would: with the function of the runtime library. To be called again where keys or ranges are replaced.
void updateKeyNorms(const Kernel &kernel, const Sizes &sizes, Inputs &inputs);

} // namespace camber::harness

#endif
