// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A system that has no threads left.
#ifndef CAMBER_TEST_RUNTIME_NOTHREADS_H
#define CAMBER_TEST_RUNTIME_NOTHREADS_H

#include <gtest/gtest.h>
#include <pthread.h>

namespace camber::test {

/// While it exists no std::thread can be started: its stack would not fit into the address space.
class NoThreads {
public:
  NoThreads() {
    pthread_getattr_default_np(&before);
    pthread_attr_t huge = before;
    EXPECT_EQ(pthread_attr_setstacksize(&huge, size_t(1) << 50), 0);
    EXPECT_EQ(pthread_setattr_default_np(&huge), 0);
  }
  ~NoThreads() {
    pthread_setattr_default_np(&before);
    pthread_attr_destroy(&before);
  }
  NoThreads(const NoThreads &) = delete;

private:
  pthread_attr_t before;
};

} // namespace camber::test

#endif
