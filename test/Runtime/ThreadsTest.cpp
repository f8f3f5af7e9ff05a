// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Threads where there are enough, too few and none; bodies that throw.
#include "camber/Runtime/Threads.h"
#include "NoThreads.h"
#include <atomic>
#include <new>
#include <stdexcept>

using namespace camber;
using namespace camber::test;

namespace {

/// Takes 100 tasks from a queue and returns how many were run.
int runQueue(int threads) {
  std::atomic<int> next{0}, done{0};
  runOnThreads(threads, [&](int64_t) {
    while (next++ < 100)
      ++done;
  });
  return done;
}

TEST(Threads, AllWorkIsDoneByThoseThereAre) {
  for (int threads : {-1, 0, 1, 2, 9})
    EXPECT_EQ(runQueue(threads), 100) << threads;
  const NoThreads none;
  EXPECT_EQ(runQueue(9), 100);
}

TEST(Threads, SomeStartAndTheNextDoesNot) {
  std::atomic<int> ran{0};
  Threads threads;
  EXPECT_TRUE(threads.start([&] { ++ran; }));
  EXPECT_TRUE(threads.start([&] { ++ran; }));
  {
    const NoThreads none;
    EXPECT_FALSE(threads.start([&] { ++ran; }));
  }
  EXPECT_EQ(threads.size(), 2u);
  threads.join();
  EXPECT_EQ(ran, 2);
}

TEST(Threads, WhatABodyThrowsArrivesWhereTheyAreJoined) {
  EXPECT_THROW(runOnThreads(3,
                            [](int64_t thread) {
                              if (thread == 2)
                                throw std::bad_alloc();
                            }),
               std::bad_alloc);
  // The calling thread's own, too, and not before the others are through with what is on its stack.
  std::atomic<int> ran{0};
  EXPECT_THROW(runOnThreads(3,
                            [&](int64_t thread) {
                              ++ran;
                              if (thread == 0)
                                throw std::runtime_error("mine");
                            }),
               std::runtime_error);
  EXPECT_EQ(ran, 3);
}

} // namespace
