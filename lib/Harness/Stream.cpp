// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The streaming read loop. Four streams at a time: processors prefetch per page, and one stream waits at the end of
// each. (Measured on an AMD EPYC of 2021, one thread: 14 GB/s with one stream, 18 with two, 20 with four and eight.)
#include "camber/Harness/Stream.h"
#include "camber/Runtime/Threads.h"
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <new>
#include <string>
#include <vector>

namespace camber::harness {
namespace {

constexpr int64_t kLine = 64, kStreams = 4;
constexpr int64_t kMebi = int64_t(1) << 20;

/// What every 64-bit processor has a register for; the memory is slower than the narrowest loads.
typedef uint64_t Vector __attribute__((vector_size(16)));
constexpr int64_t kVectors = kLine / sizeof(Vector); // of a line

/// Reads `bytes`, a multiple of kStreams lines. The result depends on every byte, so that none need not be read.
uint64_t readAll(const char *memory, int64_t bytes) {
  Vector seen[kStreams] = {};
  const int64_t stream = bytes / kStreams;
  for (int64_t at = 0; at < stream; at += kLine)
#pragma GCC unroll 4
    for (int64_t s = 0; s < kStreams; ++s)
#pragma GCC unroll 4
      for (int64_t v = 0; v < kVectors; ++v)
        seen[s] |= reinterpret_cast<const Vector *>(memory + s * stream + at)[v];
  uint64_t all = 0;
  for (const Vector &vector : seen)
    all |= vector[0] | vector[1];
  return all;
}

} // namespace

int64_t lastLevelCacheBytes() {
  int64_t largest = 0;
  for (int index = 0; index < 8; ++index) {
    std::ifstream file("/sys/devices/system/cpu/cpu0/cache/index" + std::to_string(index) + "/size");
    int64_t kibi = 0;
    if (file >> kibi)
      largest = std::max(largest, kibi * 1024);
  }
  return largest > 0 ? largest : 32 * kMebi;
}

void StreamBuffer::Free::operator()(void *memory) const { std::free(memory); }

StreamBuffer::StreamBuffer(int64_t bytes)
    : size(bytes > 0 ? bytes : std::clamp(4 * lastLevelCacheBytes(), 256 * kMebi, 1024 * kMebi)) {
  constexpr int64_t page = 4096;
  size = (size + page - 1) / page * page;
  memory.reset(static_cast<char *>(std::aligned_alloc(page, size)));
  if (!memory)
    throw std::bad_alloc();
  std::memset(memory.get(), 1, size); // pages that were never written would all be one page of zeros
}

double StreamBuffer::sweep(int threads, Clock clock) const {
  const int64_t grain = kStreams * kLine, share = size / threads / grain * grain;
  std::vector<double> rates(threads);
  runOnThreads(threads, [&](int64_t thread) {
    volatile uint64_t sink = 0; // keeps the loop from being removed
    const double begin = now(clock);
    sink = readAll(memory.get() + thread * share, share);
    (void)sink;
    rates[thread] = double(share) / (now(clock) - begin);
  });
  double total = 0;
  for (double rate : rates)
    total += rate;
  return total;
}

} // namespace camber::harness
