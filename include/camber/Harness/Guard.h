// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Memory that faults where a kernel leaves it, and calls that survive the fault.
#ifndef CAMBER_HARNESS_GUARD_H
#define CAMBER_HARNESS_GUARD_H

#include "camber/Runtime/Manifest.h"
#include "camber/Runtime/Result.h"
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace camber::harness {

/// Which end of a buffer touches the inaccessible page.
enum class Flush { End, Start };

/// Memory between two inaccessible pages, flush with one of them. What is left of its pages, and the buffer itself, are
/// filled with signalling NaNs of the element type, so that reading them shows in the results and writing them is seen.
class GuardedBuffer {
public:
  /// `bytes` must be a multiple of the element size, and is rounded up to `alignment` at the flush end. Fails where the
  /// system has no memory left.
  static Result<std::unique_ptr<GuardedBuffer>> allocate(const std::string &name, size_t bytes, Element element,
                                                         Flush flush, size_t alignment = 1);
  ~GuardedBuffer();
  GuardedBuffer(const GuardedBuffer &) = delete;

  char *data() const { return start; }
  size_t size() const { return length; }

  /// Makes the memory read-only (inputs, during a call) or writable again.
  void setWritable(bool writable);

  /// Whether the pages outside [data, data + size) are as they were filled.
  bool slackIntact() const;
  /// Whether the element at a byte offset still is the filling.
  bool isFilling(size_t offset) const;

private:
  friend std::string describeAddress(const void *address, bool write);
  GuardedBuffer() = default;
  std::string name;
  char *mapping = nullptr, *body = nullptr, *start = nullptr;
  size_t mappingBytes = 0, bodyBytes = 0, length = 0, width = 4;
  uint32_t filling = 0;
};

/// The signalling NaN that fills memory of an element type, repeated to 32 bits.
uint32_t signallingNan(Element element);

/// A fault in words: "accessed memory past the end of 'k' (by 12 bytes)".
std::string describeAddress(const void *address, bool write);

/// Runs `body`; a memory fault, illegal instruction or arithmetic trap in it ends it and is returned in words.
/// Destructors of what it had on its stack do not run: call kernels with it, nothing else. With `seconds` > 0 a body
/// that has not returned by then is ended, too, and `timedOut` set.
std::optional<std::string> catchFault(const std::function<void()> &body, double seconds = 0, bool *timedOut = nullptr);

/// The floating-point control register: mxcsr without its status flags, or fpcr.
uint64_t readFpControl();
void writeFpControl(uint64_t value);
/// `value` with flush-to-zero on: a caller's setting that a kernel must keep, too.
uint64_t withFlushToZero(uint64_t value);

} // namespace camber::harness

#endif
