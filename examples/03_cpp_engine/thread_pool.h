// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The engine's threads.
#pragma once
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace engine {

/// Threads that share the tasks of one loop at a time. Used by one thread, its owner, which works along.
class ThreadPool {
public:
  /// What a task does. `thread` is in 0 … size()-1 and belongs to one thread at a time: per-thread buffers are indexed
  /// by it.
  using Body = std::function<void(int64_t task, int thread)>;

  /// `threads` >= 1 counts the owner.
  explicit ThreadPool(int threads);
  ~ThreadPool();
  ThreadPool(const ThreadPool &) = delete;
  ThreadPool &operator=(const ThreadPool &) = delete;

  int size() const { return static_cast<int>(workers.size()) + 1; }

  /// Calls body(task, thread) for every task in 0 … tasks-1, in that order, each by the next thread that is free, and
  /// returns when all have ended. Throws what the first task to fail has thrown; tasks not begun by then are skipped.
  void run(int64_t tasks, const Body &body);

private:
  void work(int thread);
  void pullTasks(int thread);
  void stop();

  std::vector<std::thread> workers;
  std::atomic<int64_t> nextTask{0};

  std::mutex mutex; // guards all below
  std::condition_variable loopBegins, loopEnds;
  const Body *body = nullptr;
  int64_t tasks = 0;
  int64_t loops = 0;        // begun so far: a worker wakes up when it has not seen the last one
  int workersInLoop = 0;    // that have not yet left it
  std::exception_ptr error; // of the first task that failed
  bool stopping = false;
};

} // namespace engine
