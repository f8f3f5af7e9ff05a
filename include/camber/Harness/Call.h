// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// One call of a kernel: its operands laid out in memory, guarded or plain, and what came out.
#ifndef CAMBER_HARNESS_CALL_H
#define CAMBER_HARNESS_CALL_H

#include "camber/Harness/Guard.h"
#include "camber/Harness/Tensor.h"
#include "camber/Reference/Reference.h"
#include "camber/Runtime/ThreadPool.h"

namespace camber::harness {

/// The inputs of a call, by operand name.
using Inputs = std::map<std::string, Tensor>;

/// A problem for the reference over `inputs`, which must outlive it.
Problem makeProblem(const Kernel &kernel, const Sizes &sizes, const Inputs &inputs);

/// How operands lie in memory.
struct Layout {
  Flush flush = Flush::End;
  bool padded = false;      ///< with gaps after rows, heads and batches; otherwise densely packed
  int64_t rowAlignment = 1; ///< bytes that rows of q, k, v and o begin at multiples of
  bool flushToZero = false; ///< the caller's setting of the floating-point control register during the call
  double timeout = 0;       ///< seconds that plan, or one task, may take; 0: no limit
};

struct CallResult {
  std::map<std::string, Tensor> outputs; ///< dense, by operand name
  CallReport report;
  std::vector<std::string> violations; ///< what a guard caught, or the error status that the kernel returned
  bool completed = true;               ///< false where a violation ended the call; outputs are then meaningless
  bool timedOut = false;
};

/// Lays the operands out with guards, fills everything unused with signalling NaNs (gaps, keys outside the key range,
/// workspaces, outputs), calls the kernel with `threads` threads and collects outputs and violations. Fails where
/// memory runs out, which is not the kernel's fault.
Result<CallResult> guardedCall(const Kernel &kernel, const EntryPoints &entry, const Sizes &sizes, const Inputs &inputs,
                               const Layout &layout, int threads);

/// Dense, 64-byte aligned operands without guards, for timing. Calls may be repeated, with several drivers interleaved.
class PlainCall {
public:
  PlainCall(const Kernel &kernel, const Sizes &sizes, const Inputs &inputs);
  camber_status run(const EntryPoints &entry, ThreadPool &driver, CallReport *report = nullptr) {
    return driver.call(entry, arguments.data(), report);
  }

private:
  std::vector<std::vector<uint8_t>> memory;
  std::vector<uint8_t> arguments;
};

/// The argument struct of abi.h for operands at given places in the memory of `device` (CAMBER_DEVICE_*), in the order
/// of the manifest.
std::vector<uint8_t> packArguments(const Kernel &kernel, const Sizes &sizes, const std::vector<camber_tensor> &operands,
                                   int32_t device = CAMBER_DEVICE_CPU);

} // namespace camber::harness

#endif
