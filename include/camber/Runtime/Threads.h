// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Threads as many as the system gives: work shared among them goes on with those there are.
#ifndef CAMBER_RUNTIME_THREADS_H
#define CAMBER_RUNTIME_THREADS_H

#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace camber {

/// Threads that are joined when this goes. Declare it after what they use.
class Threads {
public:
  Threads() = default;
  ~Threads() { wait(); }
  Threads(const Threads &) = delete;
  Threads &operator=(const Threads &) = delete;

  /// Runs `body` on one more thread. False where the system has none left: not an error, the others do its work.
  bool start(std::function<void()> body);
  size_t size() const { return threads.size(); }
  /// Waits for all, then throws what the first body that threw has thrown.
  void join();

private:
  void wait();
  std::vector<std::thread> threads;
  std::mutex mutex;
  std::exception_ptr thrown;
};

/// Runs work(0) on the calling thread and, as far as there are threads, work(1) to work(threads - 1) on others, and
/// returns when all have. Which of them run is up to the system, so they take what they do from a common queue. Throws
/// what one of them throws, once the others are through.
void runOnThreads(int64_t threads, const std::function<void(int64_t thread)> &work);

} // namespace camber

#endif
