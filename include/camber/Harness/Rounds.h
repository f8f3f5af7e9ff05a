// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Timing interleaved: everything that is compared runs in one process, one after the other, round after round, so that
// all meet the same clock frequency and neighbours.
#ifndef CAMBER_HARNESS_ROUNDS_H
#define CAMBER_HARNESS_ROUNDS_H

#include "camber/Harness/Peak.h"
#include "camber/Harness/Stream.h"
#include "camber/Runtime/Result.h"
#include <functional>
#include <vector>

namespace camber::harness {

/// Something that is timed.
struct Candidate {
  std::function<Status()> run; ///< one call; what it fails with ends the benchmark
  FmaLoop loop;                ///< what its speed is divided by
  int threads = 1;             ///< that `run` uses, and so do the loops beside it
};

/// What was measured in a candidate's turns, round by round.
struct Samples {
  std::vector<double> seconds;
  std::vector<double> peaks;   ///< FLOP/s of the FMA loop, the mean of before and after the call
  std::vector<double> streams; ///< bytes/s of the streaming read loop before the call
};

struct RoundLimits {
  double seconds = 1; ///< until the calls of each candidate add up to this, …
  int minRounds = 5;  ///< and at least so many rounds have been, …
  int maxRounds = 200;
  double patience = 3; ///< or the rounds have taken `patience` · `seconds` for each candidate
};

/// One turn: the streaming loop reads a buffer that no cache holds, so that the call finds none of its data in a cache;
/// half of the FMA loop; the call, timed; the other half. The FMA loop takes a twentieth of the call's time, between 10
/// and 100 ms. Round by round another candidate begins. A round that is not recorded comes first.
Result<std::vector<Samples>> runInterleaved(const std::vector<Candidate> &candidates, const StreamBuffer &stream,
                                            const RoundLimits &limits, Clock clock = Clock::Wall);

} // namespace camber::harness

#endif
