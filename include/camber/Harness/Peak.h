// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What this machine can do at most: a loop of fused multiply-adds, to divide a kernel's speed by.
#ifndef CAMBER_HARNESS_PEAK_H
#define CAMBER_HARNESS_PEAK_H

#include "camber/Harness/Clock.h"
#include "camber/Runtime/Manifest.h"
#include <string>

namespace camber::harness {

/// The widest FMA loop that this processor has, and that one of the kernel's targets may use.
struct FmaLoop {
  std::string name;                            ///< "avx512f", "avx2", "neon"
  double (*run)(int64_t iterations) = nullptr; ///< returns a number that depends on every FMA
  double flopsPerIteration = 0;                ///< float32
};

/// `run` is null where the processor has none. A kernel whose targets are not recognised gets the widest.
FmaLoop chooseFmaLoop(const Kernel &kernel);

/// Whether one of the kernel's targets has AVX-512: x86-64-v4, with features or without. True if none is recognised.
bool mayUseAvx512(const Kernel &kernel);

/// Seconds per iteration and thread do not matter; this runs the loop on `threads` threads (fewer where the system has
/// no more) for about `seconds` and returns GFLOP/s of all together.
double measurePeak(const FmaLoop &loop, int threads, double seconds, Clock clock = Clock::Wall);

} // namespace camber::harness

#endif
