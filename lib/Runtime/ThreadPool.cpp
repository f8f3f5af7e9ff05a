// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The parallel driver: a pool of std::threads that pull tasks in order.
#include "camber/Runtime/ThreadPool.h"
#include "camber/Runtime/Threads.h"
#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <vector>

namespace camber {

namespace {
/// Aligned memory that grows and is kept between calls.
class Workspace {
public:
  ~Workspace() { std::free(memory); }
  void *ensure(uint64_t bytes) {
    if (bytes <= size && memory)
      return memory;
    std::free(memory);
    memory = nullptr;
    size = 0;
    if (bytes > uint64_t(1) << 46) // more than any address space; sanitizers abort on such requests
      return nullptr;
    const size_t rounded = (std::max<size_t>(bytes, 1) + CAMBER_WORKSPACE_ALIGNMENT - 1) / CAMBER_WORKSPACE_ALIGNMENT *
                           CAMBER_WORKSPACE_ALIGNMENT;
    memory = std::aligned_alloc(CAMBER_WORKSPACE_ALIGNMENT, rounded);
    size = memory ? rounded : 0;
    return memory;
  }

private:
  void *memory = nullptr;
  uint64_t size = 0;
};
} // namespace

struct ThreadPool::State {
  DriverHooks hooks;
  std::vector<Workspace> kept; // one per thread, the shared one last
  std::vector<void *> threadWorkspaces;
  void *sharedWorkspace = nullptr;

  // One phase of one call. Written by call() while no worker is busy.
  camber_run_fn run = nullptr;
  const void *args = nullptr;
  const camber_plan *plan = nullptr;
  int32_t phase = 0;
  std::atomic<int64_t> nextTask{0};
  std::atomic<camber_status> status{CAMBER_OK};

  std::mutex mutex;
  std::condition_variable start, done;
  uint64_t generation = 0; // of the phase that workers are to run
  size_t busy = 0;
  bool stop = false;
  Threads pool; // last: its threads use all of the above

  void runPhase(int thread) {
    const int64_t tasks = plan->tasks[phase];
    while (status.load(std::memory_order_relaxed) == CAMBER_OK) {
      const int64_t task = nextTask.fetch_add(1, std::memory_order_relaxed);
      if (task >= tasks)
        return;
      const camber_status result =
          hooks.run ? hooks.run(run, args, plan, phase, task, task + 1, sharedWorkspace, threadWorkspaces[thread])
                    : run(args, plan, phase, task, task + 1, sharedWorkspace, threadWorkspaces[thread]);
      camber_status none = CAMBER_OK;
      if (result != CAMBER_OK)
        status.compare_exchange_strong(none, result);
    }
  }

  void work(int thread) {
    uint64_t seen = 0;
    for (;;) {
      {
        std::unique_lock<std::mutex> lock(mutex);
        start.wait(lock, [&] { return stop || generation != seen; });
        if (stop)
          return;
        seen = generation;
      }
      runPhase(thread);
      std::lock_guard<std::mutex> lock(mutex);
      if (--busy == 0)
        done.notify_one();
    }
  }

  void *workspace(int thread, uint64_t bytes) {
    return hooks.workspace ? hooks.workspace(thread, bytes)
                           : kept[thread < 0 ? kept.size() - 1 : static_cast<size_t>(thread)].ensure(bytes);
  }
};

ThreadPool::ThreadPool(int threads, DriverHooks hooks) : state(std::make_unique<State>()) {
  threads = std::max(threads, 1);
  state->hooks = std::move(hooks);
  state->kept = std::vector<Workspace>(threads + 1);
  state->threadWorkspaces.resize(threads);
  int thread = 1;
  while (thread < threads && state->pool.start([s = state.get(), thread] { s->work(thread); }))
    ++thread;
  state->threadWorkspaces.resize(thread); // workers look at them when there is a phase to run
}

ThreadPool::~ThreadPool() {
  {
    std::lock_guard<std::mutex> lock(state->mutex);
    state->stop = true;
  }
  state->start.notify_all();
}

int ThreadPool::threads() const { return static_cast<int>(state->threadWorkspaces.size()); }

camber_status ThreadPool::call(const EntryPoints &kernel, const void *args, CallReport *report) {
  State &s = *state;
  camber_plan plan{};
  plan.struct_size = sizeof(plan);
  plan.abi_version = CAMBER_ABI_VERSION;
  if (camber_status status = kernel.plan(args, threads(), &plan); status != CAMBER_OK)
    return status;

  s.sharedWorkspace = s.workspace(-1, plan.shared_workspace_bytes);
  if (!s.sharedWorkspace)
    return CAMBER_ERROR_WORKSPACE_SIZE;
  const uint64_t threadBytes = std::max<uint64_t>(plan.thread_workspace_bytes, sizeof(camber_counters));
  for (int thread = 0; thread < threads(); ++thread) {
    s.threadWorkspaces[thread] = s.workspace(thread, threadBytes);
    if (!s.threadWorkspaces[thread])
      return CAMBER_ERROR_WORKSPACE_SIZE;
    std::memset(s.threadWorkspaces[thread], 0, sizeof(camber_counters));
  }

  s.run = kernel.run;
  s.args = args;
  s.plan = &plan;
  s.status = CAMBER_OK;
  for (int32_t phase = 0; phase < CAMBER_NUM_PHASES && s.status == CAMBER_OK; ++phase) {
    if (plan.tasks[phase] <= 0)
      continue;
    s.phase = phase;
    s.nextTask = 0;
    // Waking the pool costs more than one task.
    const bool parallel = plan.tasks[phase] > 1 && s.pool.size() > 0;
    if (parallel) {
      std::lock_guard<std::mutex> lock(s.mutex);
      s.busy = s.pool.size();
      ++s.generation;
    }
    if (parallel)
      s.start.notify_all();
    s.runPhase(0);
    if (parallel) {
      std::unique_lock<std::mutex> lock(s.mutex);
      s.done.wait(lock, [&] { return s.busy == 0; });
    }
  }
  if (report) {
    report->plan = plan;
    report->counters = {};
    for (void *workspace : s.threadWorkspaces) {
      camber_counters counters;
      std::memcpy(&counters, workspace, sizeof(counters));
      report->counters.tiles_visited += counters.tiles_visited;
      report->counters.tiles_total += counters.tiles_total;
    }
  }
  return s.status;
}

} // namespace camber
