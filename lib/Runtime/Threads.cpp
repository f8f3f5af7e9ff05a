// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Starting and joining of threads.
#include "camber/Runtime/Threads.h"
#include <utility>

namespace camber {

bool Threads::start(std::function<void()> body) {
  auto guarded = [this, body = std::move(body)] {
    try {
      body();
    } catch (...) { // would end the program
      std::lock_guard<std::mutex> lock(mutex);
      if (!thrown)
        thrown = std::current_exception();
    }
  };
  try {
    threads.emplace_back(std::move(guarded));
    return true;
  } catch (const std::exception &) { // std::system_error, or std::bad_alloc
    return false;
  }
}

void Threads::wait() {
  for (std::thread &thread : threads)
    thread.join();
  threads.clear();
}

void Threads::join() {
  wait();
  if (thrown)
    std::rethrow_exception(std::exchange(thrown, nullptr));
}

void runOnThreads(int64_t threads, const std::function<void(int64_t thread)> &work) {
  Threads others;
  for (int64_t thread = 1; thread < threads && others.start([&work, thread] { work(thread); }); ++thread)
    ;
  work(0);
  others.join();
}

} // namespace camber
