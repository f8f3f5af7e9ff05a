// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What benchmarks measure time with.
#ifndef CAMBER_HARNESS_CLOCK_H
#define CAMBER_HARNESS_CLOCK_H

#include <ctime>

namespace camber::harness {

/// Seconds, for differences, on the clock of what runs on `threads` threads. With one thread that is the processor time
/// of the calling thread: the same as wall-clock time on an idle machine, and without the time that other programs had
/// the processor on a busy one. Several threads wait for each other, so theirs is wall-clock time.
inline double clockSeconds(int threads) {
  timespec time;
  ::clock_gettime(threads == 1 ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC, &time);
  return double(time.tv_sec) + 1e-9 * double(time.tv_nsec);
}

inline const char *clockName(int threads) { return threads == 1 ? "processor" : "wall"; }

} // namespace camber::harness

#endif
