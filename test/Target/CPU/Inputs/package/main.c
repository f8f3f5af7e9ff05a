/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 * One query and one key: the output is the value. */
#include "pack-1.a.h"
#include <stdio.h>
#include <stdlib.h>

int main(void) {
  static float q[16], k[16], v[16], o[16], lse[1];
  v[0] = 3;
  pack_1_a_args args;
  pack_1_a_args_init(&args, 1, 1, 1);
  args.q.data = q;
  args.k.data = k;
  args.v.data = v;
  args.o.data = o;
  args.lse.data = lse;
  camber_plan plan = {.struct_size = sizeof plan, .abi_version = CAMBER_ABI_VERSION};
  camber_status status = pack_1_a_plan(&args, 1, &plan);
  void *shared = aligned_alloc(64, (plan.shared_workspace_bytes + 64) / 64 * 64);
  void *thread = aligned_alloc(64, (plan.thread_workspace_bytes + 63) / 64 * 64);
  *(camber_counters *)thread = (camber_counters){0};
  for (int phase = 0; phase < CAMBER_NUM_PHASES && status == CAMBER_OK; ++phase)
    status = pack_1_a_run(&args, &plan, phase, 0, plan.tasks[phase], shared, thread);
  printf("status %d, output %g\n", status, o[0]);
  free(shared);
  free(thread);
  return status;
}
