// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// One counter hands out the tasks; a mutex and two conditions begin and end a loop.
#include "thread_pool.h"

namespace engine {

ThreadPool::ThreadPool(int threads) {
  try {
    for (int thread = 1; thread < threads; ++thread)
      workers.emplace_back([this, thread] { work(thread); });
  } catch (...) { // a thread could not be started: those that were would otherwise outlive the pool
    stop();
    throw;
  }
}

ThreadPool::~ThreadPool() { stop(); }

void ThreadPool::stop() {
  {
    std::lock_guard<std::mutex> lock(mutex);
    stopping = true;
  }
  loopBegins.notify_all();
  for (std::thread &worker : workers)
    worker.join();
}

void ThreadPool::run(int64_t taskCount, const Body &taskBody) {
  if (workers.empty() || taskCount <= 1) { // nothing to share: no thread need be woken
    for (int64_t task = 0; task < taskCount; ++task)
      taskBody(task, 0);
    return;
  }
  {
    std::lock_guard<std::mutex> lock(mutex);
    body = &taskBody;
    tasks = taskCount;
    nextTask = 0;
    error = nullptr;
    workersInLoop = static_cast<int>(workers.size());
    ++loops;
  }
  loopBegins.notify_all();
  pullTasks(0);
  std::unique_lock<std::mutex> lock(mutex);
  loopEnds.wait(lock, [this] { return workersInLoop == 0; });
  if (error)
    std::rethrow_exception(error);
}

void ThreadPool::work(int thread) {
  int64_t seen = 0;
  std::unique_lock<std::mutex> lock(mutex);
  for (;;) {
    loopBegins.wait(lock, [&] { return stopping || loops != seen; });
    if (stopping)
      return;
    seen = loops;
    lock.unlock();
    pullTasks(thread);
    lock.lock();
    if (--workersInLoop == 0)
      loopEnds.notify_one();
  }
}

/// `body` and `tasks` are read without the mutex: they change only when no thread is in a loop.
void ThreadPool::pullTasks(int thread) {
  try {
    for (int64_t task; (task = nextTask.fetch_add(1)) < tasks;)
      (*body)(task, thread);
  } catch (...) {
    nextTask = tasks;
    std::lock_guard<std::mutex> lock(mutex);
    if (!error)
      error = std::current_exception();
  }
}

} // namespace engine
