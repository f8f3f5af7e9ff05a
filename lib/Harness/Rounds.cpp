// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The rounds of a benchmark.
#include "camber/Harness/Rounds.h"
#include <algorithm>

namespace camber::harness {
namespace {

/// How far the rounds have come.
class Progress {
public:
  Progress(const RoundLimits &limits, size_t candidates) : limits(limits), totals(candidates, 0) {}

  void add(size_t candidate, double seconds) { totals[candidate] += seconds; }

  bool goesOn(int rounds) const {
    if (rounds < limits.minRounds)
      return true;
    if (rounds >= limits.maxRounds)
      return false;
    return *std::min_element(totals.begin(), totals.end()) < limits.seconds &&
           now(Clock::Wall) - begin < limits.patience * limits.seconds * double(totals.size());
  }

private:
  const RoundLimits limits;
  std::vector<double> totals;
  const double begin = now(Clock::Wall);
};

} // namespace

Result<std::vector<Samples>> runInterleaved(const std::vector<Candidate> &candidates, const StreamBuffer &stream,
                                            const RoundLimits &limits, Clock clock) {
  std::vector<Samples> all(candidates.size());
  std::vector<double> previous(candidates.size(), 0); // seconds of the last call
  auto turn = [&](size_t c, bool recorded) -> Status {
    const Candidate &candidate = candidates[c];
    const double half = std::clamp(0.025 * previous[c], 0.005, 0.05);
    const double bytesPerSecond = stream.sweep(candidate.threads, clock);
    const double before = measurePeak(candidate.loop, candidate.threads, half, clock);
    const double begin = now(clock);
    if (Status status = candidate.run(); !status)
      return status;
    previous[c] = now(clock) - begin;
    const double after = measurePeak(candidate.loop, candidate.threads, half, clock);
    if (recorded) {
      all[c].seconds.push_back(previous[c]);
      all[c].peaks.push_back((before + after) / 2 * 1e9);
      all[c].streams.push_back(bytesPerSecond);
    }
    return Done{};
  };

  for (size_t c = 0; c < candidates.size(); ++c)
    if (Status status = turn(c, false); !status)
      return Failure{status.error()};
  if (candidates.empty())
    return all;
  Progress progress(limits, candidates.size());
  for (int round = 0; progress.goesOn(round); ++round)
    for (size_t i = 0; i < candidates.size(); ++i) {
      const size_t c = (i + round) % candidates.size();
      if (Status status = turn(c, true); !status)
        return Failure{status.error()};
      progress.add(c, previous[c]);
    }
  return all;
}

} // namespace camber::harness
