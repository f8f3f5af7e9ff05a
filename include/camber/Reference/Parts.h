// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The reference's masks and score modifiers by themselves, for programs that compute attention in another way.
#ifndef CAMBER_REFERENCE_PARTS_H
#define CAMBER_REFERENCE_PARTS_H

#include "camber/Reference/Reference.h"
#include <functional>
#include <memory>
#include <optional>

namespace camber {

class MaskSet;
template <typename Real> class ScoreProgram;

/// Which keys a query sees, by index, and where both stand. The problem must outlive it.
class Visibility {
public:
  /// Fails where `evaluate` would, on a mask.
  static Result<Visibility> create(const Problem &problem);
  bool sees(int64_t batch, int64_t head, int64_t query, int64_t key) const;
  bool dependsOnHead() const;
  int64_t queryPosition(int64_t batch, int64_t query) const;
  int64_t keyPosition(int64_t batch, int64_t key) const;

private:
  std::shared_ptr<const MaskSet> masks;
};

/// A value for element `index` of the parameter `name` as a bias that reads it may well have it; nothing where no bias
/// has such a parameter. `heads` is the parameter's last size. `uniform` is in [0, 1).
std::optional<double> drawParameter(const Kernel &kernel, const std::string &name, int64_t index, int64_t heads,
                                    const Sizes &sizes, const std::function<double()> &uniform,
                                    const std::function<double()> &normal);

/// The score graph of a problem, which must outlive it. It is evaluated at positions: nodes that give indices have none
/// to give.
class ScoreGraph {
public:
  /// Fails where `evaluate` would, on an operation.
  static Result<ScoreGraph> create(const Problem &problem);
  /// Replaces the scores of a query and keys at these positions. `head` is local.
  void apply(int64_t batch, int64_t head, int64_t queryPosition, const std::vector<int64_t> &keyPositions,
             std::vector<double> &scores) const;

private:
  std::shared_ptr<const ScoreProgram<double>> program;
};

} // namespace camber

#endif
