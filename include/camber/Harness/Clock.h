// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What benchmarks measure time with.
#ifndef CAMBER_HARNESS_CLOCK_H
#define CAMBER_HARNESS_CLOCK_H

#include <ctime>
#include <vector>

namespace camber::harness {

enum class Clock {
  Wall,
  /// Of the calling thread: the same as wall-clock time on an idle machine, and without the time that other programs
  /// had the processor on a busy one. Of no use where threads wait for each other.
  Processor
};

/// For calls on these numbers of threads, whose times are compared: the processor's only where all have one.
inline Clock chooseClock(const std::vector<int> &threads) {
  for (int count : threads)
    if (count != 1)
      return Clock::Wall;
  return Clock::Processor;
}

/// Seconds, for differences.
inline double now(Clock clock) {
  timespec time;
  ::clock_gettime(clock == Clock::Processor ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC, &time);
  return double(time.tv_sec) + 1e-9 * double(time.tv_nsec);
}

inline const char *clockName(Clock clock) { return clock == Clock::Processor ? "processor" : "wall"; }

} // namespace camber::harness

#endif
