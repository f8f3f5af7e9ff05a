// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Whether scores decay with the distance, so that far keys can be skipped.
#ifndef CAMBER_DIALECT_ATTN_SCOREDECAY_H
#define CAMBER_DIALECT_ATTN_SCOREDECAY_H

#include "camber/Dialect/Attn/PairContext.h"

namespace camber::attn {

/// Whether the upper bound of a score body falls without limit with the distance (`ScoreBound::falls`), and what ended
/// that or kept it from being known, or null.
struct ScoreDecay {
  bool falls = false;
  mlir::Operation *ending = nullptr;
};
/// Follows the bound of `score`, a value of a score body (`ScoreArguments`), without changing the body.
ScoreDecay findDecay(mlir::Value score, const PairContext &pair);
/// The fewest queries for which keys that decay are skipped, with `group` query heads per kv head. To find them, the
/// norms of all keys are computed first, which reads the keys once; up to 64 rows of a kv head read them about once,
/// too.
int64_t minQueriesToSkip(int64_t group);

} // namespace camber::attn

#endif
