// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What this machine's memory can do at most: a loop that reads a buffer no cache holds.
#ifndef CAMBER_HARNESS_STREAM_H
#define CAMBER_HARNESS_STREAM_H

#include "camber/Harness/Clock.h"
#include <cstdint>
#include <memory>

namespace camber::harness {

/// Bytes of the last-level cache of the processor this runs on; 32 MiB where the system does not say.
int64_t lastLevelCacheBytes();

/// A buffer of at least four times the last-level cache: one read of it measures the memory, and leaves nothing of
/// other data in the caches.
class StreamBuffer {
public:
  /// Between 256 MiB and 1 GiB. Throws std::bad_alloc. `bytes` > 0 chooses another size, for tests.
  explicit StreamBuffer(int64_t bytes = 0);

  /// Reads it once, each of `threads` threads (fewer where the system has no more) its share. Returns bytes per second
  /// of all together.
  double sweep(int threads, Clock clock = Clock::Wall) const;

  int64_t bytes() const { return size; }

private:
  struct Free {
    void operator()(void *memory) const;
  };
  int64_t size;
  std::unique_ptr<char, Free> memory;
};

} // namespace camber::harness

#endif
