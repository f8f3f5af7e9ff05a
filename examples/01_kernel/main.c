/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 * Calls a kernel: plan, workspaces, phases. With q = 0 all that is left of the scores is the ALiBi bias, so each output
 * is the average of the values weighted by 2^(-distance · slope · log2 e). */
#include "alibi_demo.h"
#include <stdio.h>
#include <stdlib.h>

enum { HEADS = 2, LENGTH = 8, DIM = 16 };

static float q[HEADS][LENGTH][DIM], k[HEADS][LENGTH][DIM], v[HEADS][LENGTH][DIM], o[HEADS][LENGTH][DIM],
    lse[HEADS][LENGTH];

int main(void) {
  for (int h = 0; h < HEADS; ++h)
    for (int j = 0; j < LENGTH; ++j)
      for (int d = 0; d < DIM; ++d)
        v[h][j][d] = (float)j;

  /* Arguments: sizes, pointers and strides. Dense arrays get their strides from the generated header. */
  alibi_demo_args args;
  alibi_demo_args_init(&args, /*batch=*/1, LENGTH, LENGTH);
  args.q.data = q;
  args.k.data = k;
  args.v.data = v;
  args.o.data = o;
  args.lse.data = lse;

  /* The plan checks every argument and says how much work and workspace there is. */
  camber_plan plan = {.struct_size = sizeof plan, .abi_version = CAMBER_ABI_VERSION};
  camber_status status = alibi_demo_plan(&args, /*max_threads=*/1, &plan);
  if (status != CAMBER_OK) {
    fprintf(stderr, "alibi_demo_plan: status %d, see camber/Runtime/abi.h\n", status);
    return 1;
  }
  size_t shared_bytes = (plan.shared_workspace_bytes + 63) / 64 * 64,
         thread_bytes = (plan.thread_workspace_bytes + 63) / 64 * 64;
  void *shared = shared_bytes ? aligned_alloc(64, shared_bytes) : NULL, *thread = aligned_alloc(64, thread_bytes);
  *(camber_counters *)thread = (camber_counters){0};

  /* All tasks of a phase end before the next begins; any number of threads may share them. Here it is one. */
  for (int phase = 0; phase < CAMBER_NUM_PHASES && status == CAMBER_OK; ++phase)
    status = alibi_demo_run(&args, &plan, phase, 0, plan.tasks[phase], shared, thread);
  free(shared);
  free(thread);
  if (status != CAMBER_OK) {
    fprintf(stderr, "alibi_demo_run: status %d, see camber/Runtime/abi.h\n", status);
    return 1;
  }

  for (int h = 0; h < HEADS; ++h) {
    printf("head %d:", h);
    for (int i = 0; i < LENGTH; ++i)
      printf(" %.3f", o[h][i][0]);
    printf("\n");
  }
  return 0;
}
