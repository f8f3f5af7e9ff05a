// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The score graph of a kernel, evaluated operation by operation over a row's keys.
#ifndef CAMBER_LIB_REFERENCE_SCOREPROGRAM_H
#define CAMBER_LIB_REFERENCE_SCOREPROGRAM_H

#include "camber/Reference/Reference.h"
#include <functional>
#include <memory>

namespace camber {

/// The values of one graph value at the keys of a row. Floating-point values are in `real`, all others in `integer`:
/// sign-extended, i1 as 0 or 1.
template <typename Real> struct Column {
  std::vector<Real> real;
  std::vector<int64_t> integer;
};

/// All columns of one row. Index = value id.
template <typename Real> struct Frame {
  int64_t batch = 0, query = 0; ///< query: the index of the row
  size_t keys = 0;
  std::vector<int64_t> keyIndices; ///< of the row's keys
  std::vector<Column<Real>> columns;
  /// Keys that a modifier hides, whatever the score becomes after it.
  std::vector<bool> hidden;
};

/// One operation, bound to its arguments: reads columns, writes its own (already of the right length).
template <typename Real> using Step = std::function<void(Frame<Real> &, Column<Real> &result)>;

/// What a binder of an operation sees.
struct NodeContext {
  const Problem &problem;
  const ScoreNode &node;
  const std::map<std::string, View> &tables; ///< the constant tables of the body
  std::vector<int64_t> args;                 ///< value ids; scalar parameters have ids, too
  std::vector<ScalarType> argTypes;          ///< parallel to args
  /// The operand or constant table that `name` names, or nullptr.
  const View *parameter(const std::string &name) const;
};

/// Binders return an empty Step for an operation they do not know, a Failure for one they know and that is ill-formed.
template <typename Real> Result<Step<Real>> bindArithmetic(const NodeContext &context);
template <typename Real> Result<Step<Real>> bindBits(const NodeContext &context);
template <typename Real> Result<Step<Real>> bindBias(const NodeContext &context);

bool isReal(ScalarType type);
/// Brings an integer into the range of its type.
int64_t wrap(ScalarType type, int64_t value);
/// The width of a type, and an integer of it without its sign.
int64_t bitsOf(ScalarType type);
uint64_t unsignedOf(ScalarType type, int64_t value);

/// Fills the result by calling `at(frame, key)`.
template <typename Real, typename F> Step<Real> eachReal(F at) {
  return [at](Frame<Real> &frame, Column<Real> &out) {
    for (size_t j = 0; j < frame.keys; ++j)
      out.real[j] = at(frame, j);
  };
}
template <typename Real, typename F> Step<Real> eachInteger(ScalarType type, F at) {
  return [at, type](Frame<Real> &frame, Column<Real> &out) {
    for (size_t j = 0; j < frame.keys; ++j)
      out.integer[j] = wrap(type, at(frame, j));
  };
}

template <typename Real> class ScoreProgram {
public:
  static Result<ScoreProgram> build(const Problem &problem);

  /// A node that is run, or a run-time scalar among the arguments of one.
  struct BoundNode {
    int64_t id;
    bool real;
    ScalarType type;
    bool modifier; ///< an op of attn that makes a score of a score
    Step<Real> step;
    std::vector<int64_t> args; ///< value ids
    size_t index;              ///< in Kernel::scores; kNoNode for a run-time scalar
  };
  static constexpr size_t kNoNode = ~size_t(0);
  const std::vector<BoundNode> &bound() const { return nodes; }

  /// Whether a value is a floating-point number, i.e. in Column::real.
  bool isRealValue(int64_t id) const { return realValues[id]; }

  /// Replaces the scores q·k of a row and keys by those after the last modifier. The row's head is local; positions are
  /// as in dialects/Attn/Semantics.md. `after`, where there is one, is called with each node's result and may change
  /// it.
  void evaluate(const Row &row, int64_t queryPosition, const std::vector<int64_t> &keyIndices,
                const std::vector<int64_t> &keyPositions, Real *scores, Frame<Real> &frame,
                const std::function<void(const BoundNode &, Column<Real> &)> &after = {}) const;

  /// The largest |result| of the modifiers it depends on, at a key of the row that was evaluated last: what float32
  /// rounded on the way to the score, which may be small where terms cancel or a cap follows. `score` if there are no
  /// modifiers.
  double magnitude(const Frame<Real> &frame, size_t key, Real score) const;

private:
  std::vector<BoundNode> nodes;
  std::vector<bool> realValues;                        ///< by value id
  std::shared_ptr<std::map<std::string, View>> tables; ///< the steps point into it
  size_t values = 0;
  int64_t result = 0, headOffset = 0;
};

} // namespace camber

#endif
