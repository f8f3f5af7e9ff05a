/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 * Threads that begin together: their first calls race for the dispatcher's only datum, and then all share the tasks of
 * one call. Every result is that of a thread alone, bit by bit. */
#include "shared.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { THREADS = 8, HEADS = 4, LENGTH = 300, DIM = 16, SIZE = HEADS * LENGTH * DIM };
static float q[SIZE], k[SIZE], v[SIZE];

typedef struct {
  float o[SIZE], lse[HEADS * LENGTH];
} outputs;

static void must(int condition, const char *what) {
  if (condition)
    return;
  fprintf(stderr, "%s\n", what);
  exit(1);
}
#define MUST(condition) must(condition, #condition)

static f_args arguments(int64_t queries, outputs *out) {
  f_args args;
  f_args_init(&args, CAMBER_F32, 1, queries, LENGTH);
  args.q.data = q, args.k.data = k, args.v.data = v, args.o.data = out->o, args.lse.data = out->lse;
  return args;
}

static void *workspace(uint64_t bytes) {
  void *memory = aligned_alloc(64, (bytes + 127) / 64 * 64);
  MUST(memory != NULL);
  memset(memory, 0, sizeof(camber_counters));
  return memory;
}

static camber_plan plan(const f_args *args, int threads) {
  camber_plan plan = {.struct_size = sizeof plan, .abi_version = CAMBER_ABI_VERSION};
  MUST(f_plan(args, threads, &plan) == CAMBER_OK);
  return plan;
}

/* A plan for more threads may divide the keys, which changes roundings. */
static void call_alone(int64_t queries, int planned_threads, outputs *out) {
  f_args args = arguments(queries, out);
  camber_plan p = plan(&args, planned_threads);
  void *common = workspace(p.shared_workspace_bytes), *own = workspace(p.thread_workspace_bytes);
  for (int phase = 0; phase < CAMBER_NUM_PHASES; ++phase)
    MUST(f_run(&args, &p, phase, 0, p.tasks[phase], common, own) == CAMBER_OK);
  free(common);
  free(own);
}

static pthread_barrier_t together;
static outputs *own_results[THREADS], *common_result;
static f_args common_args;
static camber_plan common_plan;
static void *common_workspace;
static atomic_llong next_task[CAMBER_NUM_PHASES];

static void *work(void *number) {
  const size_t me = (size_t)number;
  pthread_barrier_wait(&together);
  call_alone(me % 2 ? 1 : LENGTH, 1, own_results[me]);

  if (pthread_barrier_wait(&together) == PTHREAD_BARRIER_SERIAL_THREAD) {
    common_args = arguments(LENGTH, common_result);
    common_plan = plan(&common_args, THREADS);
    common_workspace = workspace(common_plan.shared_workspace_bytes);
  }
  pthread_barrier_wait(&together);
  void *own = workspace(common_plan.thread_workspace_bytes);
  for (int phase = 0; phase < CAMBER_NUM_PHASES; ++phase) {
    for (int64_t task; (task = atomic_fetch_add(&next_task[phase], 1)) < common_plan.tasks[phase];)
      MUST(f_run(&common_args, &common_plan, phase, task, task + 1, common_workspace, own) == CAMBER_OK);
    pthread_barrier_wait(&together);
  }
  free(own);
  return NULL;
}

int main(void) {
  for (int i = 0; i < SIZE; ++i)
    q[i] = (float)(i * 37 % 101) / 50 - 1, k[i] = (float)(i * 53 % 97) / 48 - 1, v[i] = (float)(i * 29 % 89) / 44 - 1;
  pthread_t threads[THREADS];
  MUST(pthread_barrier_init(&together, NULL, THREADS) == 0);
  common_result = calloc(1, sizeof(outputs));
  for (size_t i = 0; i < THREADS; ++i) {
    own_results[i] = calloc(1, sizeof(outputs));
    MUST(pthread_create(&threads[i], NULL, work, (void *)i) == 0);
  }
  for (size_t i = 0; i < THREADS; ++i)
    MUST(pthread_join(threads[i], NULL) == 0);
  outputs *expected = calloc(1, sizeof(outputs));
  for (int64_t queries = 1; queries <= LENGTH; queries += LENGTH - 1) {
    call_alone(queries, 1, expected);
    for (size_t i = queries == 1; i < THREADS; i += 2)
      MUST(memcmp(own_results[i]->o, expected->o, HEADS * queries * DIM * sizeof(float)) == 0);
  }
  call_alone(LENGTH, THREADS, expected);
  MUST(memcmp(common_result->o, expected->o, sizeof expected->o) == 0);
  MUST(memcmp(common_result->lse, expected->lse, sizeof expected->lse) == 0);
  for (size_t i = 0; i < THREADS; ++i)
    free(own_results[i]);
  free(common_result);
  free(common_workspace);
  free(expected);
  puts("as one thread alone");
  return 0;
}
