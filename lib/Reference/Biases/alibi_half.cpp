// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Half/half ALiBi: -m · abs(d), and a mask: the first half of the heads looks back, the other ahead.
#include "../AlibiSlopes.h"
#include "../Masks.h"

namespace camber {

bool isHalfOfPair(const ScoreNode &node) {
  if (node.op != "attn.alibi_half" || node.args.size() < 4)
    return false;
  for (int64_t id : {2, 3, 4}) // head, query position and key position of the pair, after the score
    if (!node.args[id - 1].parameter.empty() || node.args[id - 1].value != id)
      return false;
  return true;
}

template <typename Real> Result<Step<Real>> biases::alibi_half(const NodeContext &context) {
  const Result<AlibiSlopes> slopes = AlibiSlopes::create(context, /*groups=*/2);
  if (!slopes)
    return Failure{slopes.error()};
  const Step<Real> symmetric = addAbsDistance<Real>(context, *slopes);
  if (isHalfOfPair(context.node)) // whose mask is in Masks.cpp
    return symmetric;
  const int64_t total = alibiTotalHeads(*context.problem.kernel, context.node);
  return Step<Real>([=, head = context.args[1], query = context.args[2],
                     key = context.args[3]](Frame<Real> &frame, Column<Real> &out) {
    symmetric(frame, out);
    for (size_t j = 0; j < frame.keys; ++j) {
      const int64_t distance = frame.columns[key].integer[j] - frame.columns[query].integer[j];
      if (frame.columns[head].integer[j] < total / 2 ? distance > 0 : distance < 0)
        frame.hidden[j] = true;
    }
  });
}

template Result<Step<double>> biases::alibi_half<double>(const NodeContext &);
template Result<Step<float>> biases::alibi_half<float>(const NodeContext &);

} // namespace camber
