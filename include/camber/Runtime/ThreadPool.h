// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A small parallel driver for kernels: offered, not imposed. An engine with its own threads calls plan and run itself.
#ifndef CAMBER_RUNTIME_THREADPOOL_H
#define CAMBER_RUNTIME_THREADPOOL_H

#include "camber/Runtime/Bundle.h"
#include <cstddef>
#include <functional>
#include <memory>

namespace camber {

/// What a call did.
struct CallReport {
  camber_plan plan{};
  camber_counters counters{}; ///< summed over threads
};

/// Where a driver differs from the default; the harness uses it to guard calls.
struct DriverHooks {
  /// Returns `bytes` bytes aligned to CAMBER_WORKSPACE_ALIGNMENT, valid until the next call; nullptr where out of
  /// memory. `thread` is -1 for the shared workspace. Default: memory that the driver keeps between calls.
  std::function<void *(int thread, uint64_t bytes)> workspace;
  /// Stands in for the kernel's run function, and is called from several threads at once. Must not throw. Default:
  /// calls it.
  std::function<camber_status(camber_run_fn run, const void *args, const camber_plan *plan, int32_t phase,
                              int64_t taskBegin, int64_t taskEnd, void *shared, void *thread)>
      run;
};

/// A pool of threads that runs one call at a time: plan, workspaces, then phase by phase, each thread pulling the next
/// task as it ends one. Not to be used from two threads at once.
class ThreadPool {
public:
  /// `threads` ≥ 1, the calling thread included; fewer where the system has no more.
  explicit ThreadPool(int threads, DriverHooks hooks = {});
  ~ThreadPool();
  ThreadPool(const ThreadPool &) = delete;
  ThreadPool &operator=(const ThreadPool &) = delete;

  int threads() const;

  /// Runs a kernel on filled arguments (abi.h). Returns the first status that is not CAMBER_OK, after every thread has
  /// stopped; the outputs are then incomplete. CAMBER_ERROR_WORKSPACE_SIZE also where workspace cannot be allocated.
  camber_status call(const EntryPoints &kernel, const void *args, CallReport *report = nullptr);

private:
  struct State;
  std::unique_ptr<State> state;
};

} // namespace camber

#endif
