// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The parallel driver: every task once, phases in order, workspaces aligned and private, errors stop it.
#include "camber/Runtime/ThreadPool.h"
#include "NoThreads.h"
#include <atomic>
#include <gtest/gtest.h>
#include <set>
#include <vector>

using namespace camber;
using camber::test::NoThreads;

namespace {

// A kernel in this file: its arguments point at this.
struct Log {
  std::atomic<int> counts[CAMBER_NUM_PHASES][64] = {};
  std::atomic<int> done[CAMBER_NUM_PHASES] = {};
  std::atomic<bool> ordered{true}, aligned{true};
  int64_t tasks[CAMBER_NUM_PHASES] = {3, 64, 5};
  int failAt = -1;
  camber_status planStatus = CAMBER_OK;
  uint64_t sharedBytes = 1000;
};

camber_status plan(const void *args, int32_t maxThreads, camber_plan *result) {
  const Log *log = static_cast<const Log *>(args);
  EXPECT_EQ(result->struct_size, sizeof(camber_plan));
  EXPECT_EQ(result->abi_version, CAMBER_ABI_VERSION);
  EXPECT_GE(maxThreads, 1);
  std::copy(log->tasks, log->tasks + CAMBER_NUM_PHASES, result->tasks);
  result->shared_workspace_bytes = log->sharedBytes;
  result->thread_workspace_bytes = 100;
  return log->planStatus;
}

camber_status run(const void *args, const camber_plan *plan, int32_t phase, int64_t begin, int64_t end, void *shared,
                  void *thread) {
  Log *log = static_cast<Log *>(const_cast<void *>(args));
  for (int before = 0; before < phase; ++before)
    if (log->done[before] != plan->tasks[before])
      log->ordered = false;
  if (!shared || reinterpret_cast<uintptr_t>(shared) % 64 || reinterpret_cast<uintptr_t>(thread) % 64)
    log->aligned = false;
  for (int64_t task = begin; task < end; ++task) {
    if (phase == 1 && task == log->failAt)
      return CAMBER_ERROR_POSITION;
    ++log->counts[phase][task];
    ++log->done[phase];
    static_cast<camber_counters *>(thread)->tiles_visited += 2;
    static_cast<camber_counters *>(thread)->tiles_total += 3;
  }
  return CAMBER_OK;
}

constexpr EntryPoints kKernel{plan, run};

TEST(ThreadPool, RunsEveryTaskOnceInOrderOfPhases) {
  for (int threads : {1, 2, 7}) {
    ThreadPool driver(threads);
    EXPECT_EQ(driver.threads(), threads);
    for (int repeat = 0; repeat < 20; ++repeat) {
      Log log;
      CallReport report;
      ASSERT_EQ(driver.call(kKernel, &log, &report), CAMBER_OK);
      for (int phase = 0; phase < CAMBER_NUM_PHASES; ++phase)
        for (int task = 0; task < 64; ++task)
          EXPECT_EQ(log.counts[phase][task], task < log.tasks[phase]);
      EXPECT_TRUE(log.ordered && log.aligned);
      EXPECT_EQ(report.counters.tiles_visited, 2 * 72);
      EXPECT_EQ(report.counters.tiles_total, 3 * 72);
    }
  }
}

TEST(ThreadPool, RunsEveryTaskWithTheThreadsThereAre) {
  const NoThreads none;
  ThreadPool driver(7);
  EXPECT_EQ(driver.threads(), 1);
  Log log;
  CallReport report;
  ASSERT_EQ(driver.call(kKernel, &log, &report), CAMBER_OK);
  EXPECT_EQ(report.counters.tiles_total, 3 * 72);
}

TEST(ThreadPool, PhasesMayBeEmpty) {
  ThreadPool driver(3);
  Log log;
  log.tasks[0] = log.tasks[1] = log.tasks[2] = 0;
  log.sharedBytes = 0;
  EXPECT_EQ(driver.call(kKernel, &log), CAMBER_OK);
  EXPECT_EQ(log.done[1], 0);
}

TEST(ThreadPool, AnErrorStopsIt) {
  ThreadPool driver(3);
  Log log;
  log.failAt = 10;
  EXPECT_EQ(driver.call(kKernel, &log), CAMBER_ERROR_POSITION);
  EXPECT_EQ(log.done[2], 0);
  Log plans;
  plans.planStatus = CAMBER_ERROR_STRIDE;
  EXPECT_EQ(driver.call(kKernel, &plans), CAMBER_ERROR_STRIDE);
  Log again;
  EXPECT_EQ(driver.call(kKernel, &again), CAMBER_OK);
}

TEST(ThreadPool, WorkspaceThatCannotBe) {
  ThreadPool driver(1);
  Log log;
  log.sharedBytes = ~uint64_t(0);
  EXPECT_EQ(driver.call(kKernel, &log), CAMBER_ERROR_WORKSPACE_SIZE);
  log.sharedBytes = uint64_t(1) << 60;
  EXPECT_EQ(driver.call(kKernel, &log), CAMBER_ERROR_WORKSPACE_SIZE);
}

} // namespace
