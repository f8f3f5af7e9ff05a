// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Half/half ALiBi: -m · abs(d), and a mask: the first half of the heads looks back, the other ahead.
#include "../AlibiSlopes.h"

namespace camber {

static int64_t totalHeads(const Kernel &kernel, const ScoreNode &node) {
  return integerAttribute(node.attrs, "heads").value_or(kernel.heads);
}

/// Of a node at the head and positions of the pair. At others, which the body computes, it is the node itself that
/// hides.
static HeadPredicate maskOf(const Kernel &kernel, const ScoreNode &node) {
  if (node.args.size() < 4)
    return nullptr;
  for (int64_t id : {2, 3, 4}) // head, query position and key position of the pair, after the score
    if (!node.args[id - 1].parameter.empty() || node.args[id - 1].value != id)
      return nullptr;
  const int64_t half = totalHeads(kernel, node) / 2, offset = kernel.headOffset;
  return [=](int64_t head, int64_t d) { return head + offset < half ? d <= 0 : d >= 0; };
}

template <typename Real> static Result<Step<Real>> bind(const NodeContext &context) {
  const Result<AlibiSlopes> slopes = AlibiSlopes::create(context, /*groups=*/2);
  if (!slopes)
    return Failure{slopes.error()};
  const Step<Real> symmetric = addAbsDistance<Real>(context, *slopes);
  const Kernel &kernel = *context.problem.kernel;
  if (maskOf(kernel, context.node))
    return symmetric;
  const int64_t total = totalHeads(kernel, context.node);
  return Step<Real>([=, head = context.args[1], query = context.args[2], key = context.args[3]](Frame<Real> &frame,
                                                                                                Column<Real> &out) {
    symmetric(frame, out);
    for (size_t j = 0; j < frame.keys; ++j) {
      const int64_t distance = frame.columns[key].integer[j] - frame.columns[query].integer[j];
      if (frame.columns[head].integer[j] < total / 2 ? distance > 0 : distance < 0)
        frame.hidden[j] = true;
    }
  });
}

const BiasReference biases::alibi_half = {bind<double>, bind<float>, drawAlibi, maskOf};

} // namespace camber
