// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// FMA loops per instruction set. Twelve independent chains hide the latency of two FMA units (4 to 5 cycles each).
#include "camber/Harness/Peak.h"
#include "camber/Runtime/Threads.h"
#include <algorithm>
#include <vector>
#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

namespace camber::harness {
namespace {

constexpr int kChains = 12;

#if defined(__x86_64__)
__attribute__((target("avx512f"))) double fmaAvx512(int64_t iterations) {
  __m512 sums[kChains];
  const __m512 a = _mm512_set1_ps(0.999f), b = _mm512_set1_ps(0.001f);
  for (auto &sum : sums)
    sum = _mm512_setzero_ps();
  for (int64_t i = 0; i < iterations; ++i)
#pragma GCC unroll 12
    for (int c = 0; c < kChains; ++c)
      sums[c] = _mm512_fmadd_ps(sums[c], a, b);
  float lanes[16], total = 0;
  for (auto &sum : sums) {
    _mm512_storeu_ps(lanes, sum);
    total += lanes[0];
  }
  return total;
}
__attribute__((target("avx2,fma"))) double fmaAvx2(int64_t iterations) {
  __m256 sums[kChains];
  const __m256 a = _mm256_set1_ps(0.999f), b = _mm256_set1_ps(0.001f);
  for (auto &sum : sums)
    sum = _mm256_setzero_ps();
  for (int64_t i = 0; i < iterations; ++i)
#pragma GCC unroll 12
    for (int c = 0; c < kChains; ++c)
      sums[c] = _mm256_fmadd_ps(sums[c], a, b);
  float lanes[8], total = 0;
  for (auto &sum : sums) {
    _mm256_storeu_ps(lanes, sum);
    total += lanes[0];
  }
  return total;
}
#elif defined(__aarch64__)
double fmaNeon(int64_t iterations) {
  float32x4_t sums[kChains];
  const float32x4_t a = vdupq_n_f32(0.999f), b = vdupq_n_f32(0.001f);
  for (auto &sum : sums)
    sum = vdupq_n_f32(0);
  for (int64_t i = 0; i < iterations; ++i)
#pragma GCC unroll 12
    for (int c = 0; c < kChains; ++c)
      sums[c] = vfmaq_f32(b, sums[c], a);
  float total = 0;
  for (auto &sum : sums)
    total += vgetq_lane_f32(sum, 0);
  return total;
}
#endif

} // namespace

bool mayUseAvx512(const Kernel &kernel) {
  bool known = false;
  for (const KernelTarget &target : kernel.targets) {
    const std::string processor = target.name.substr(0, target.name.find('+')); // features follow
    if (processor == "x86-64-v4")
      return true;
    known |= processor.rfind("x86-64-v", 0) == 0;
  }
  return !known;
}

FmaLoop chooseFmaLoop(const Kernel &kernel) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f") && mayUseAvx512(kernel))
    return {"avx512f", fmaAvx512, 2.0 * 16 * kChains};
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
    return {"avx2", fmaAvx2, 2.0 * 8 * kChains};
#elif defined(__aarch64__)
  return {"neon", fmaNeon, 2.0 * 4 * kChains};
#endif
  return {};
}

double measurePeak(const FmaLoop &loop, int threads, double seconds, Clock clock) {
  if (!loop.run)
    return 0;
  // Each thread runs until the time is over and counts what it did, so that late starters do not spoil the sum.
  std::vector<double> rates(threads);
  runOnThreads(threads, [&](int64_t thread) {
    const int64_t step = 20000;
    double iterations = 0;
    volatile double sink = 0; // keeps the loop from being removed
    const double begin = now(clock);
    double elapsed = 0;
    do {
      sink = loop.run(step);
      iterations += step;
      elapsed = now(clock) - begin;
    } while (elapsed < seconds);
    (void)sink;
    rates[thread] = iterations * loop.flopsPerIteration / elapsed * 1e-9;
  });
  double total = 0;
  for (double rate : rates)
    total += rate;
  return total;
}

} // namespace camber::harness
