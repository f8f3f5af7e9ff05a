/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 * The kernel of FakeKernel.h with the fault FAULT. Compiled once per fault, as a shared library of a bundle. */
#include "FakeKernel.h"
#include "camber/Runtime/abi.h"
#include <math.h>
#include <string.h>

enum { HEADS = 2, D = 8 };
static const float kScale = 0.25f;

typedef struct arguments {
  camber_args_header header;
  camber_tensor q, k, v, key_end, o, lse;
} arguments;

const uint64_t fake_fingerprint = 0x0123456789abcdef;

camber_status fake_plan(const void *args, int32_t max_threads, camber_plan *plan) {
  const arguments *a = args;
  if (FAULT == FAULT_PROCESSOR)
    return CAMBER_ERROR_CPU;
  if (!a || !plan)
    return CAMBER_ERROR_NULL_ARGS;
  if (a->header.struct_size != sizeof(arguments) || plan->struct_size != sizeof(camber_plan))
    return CAMBER_ERROR_STRUCT_SIZE;
  if (a->header.abi_version != CAMBER_ABI_VERSION)
    return CAMBER_ERROR_ABI_VERSION;
  if (max_threads < 1)
    return CAMBER_ERROR_THREADS;
  if (FAULT == FAULT_STATUS)
    return CAMBER_ERROR_ALIASING;
  plan->fingerprint = fake_fingerprint;
  plan->tasks[CAMBER_PHASE_PREPARE] = 0;
  plan->tasks[CAMBER_PHASE_MAIN] = a->header.batch * HEADS;
  plan->tasks[CAMBER_PHASE_COMBINE] = 0;
  plan->num_splits = 1;
  plan->shared_workspace_bytes = 0;
  plan->thread_workspace_bytes = sizeof(camber_counters) + (uint64_t)a->header.kv_len * sizeof(float);
  return CAMBER_OK;
}

#if defined(__x86_64__)
#include <immintrin.h>
static unsigned long control(void) { return _mm_getcsr(); }
static void set_control(unsigned long value) { _mm_setcsr((unsigned)value); }
static const unsigned long kFlush = 0x8000, kDefault = 0x1f80;
#else
static unsigned long control(void) {
  unsigned long value;
  __asm__ volatile("mrs %0, fpcr" : "=r"(value));
  return value;
}
static void set_control(unsigned long value) { __asm__ volatile("msr fpcr, %0" : : "r"(value)); }
static const unsigned long kFlush = 1ul << 24, kDefault = 0;
#endif

/* volatile: the faults below read and write on purpose, whether or not the value is used. */
static volatile float sink;

static void row(const arguments *a, int64_t b, int64_t h, int64_t i, float *weights, camber_counters *counters) {
  const int64_t *qs = a->q.strides, *ks = a->k.strides, *vs = a->v.strides, *os = a->o.strides;
  float *q = (float *)a->q.data + b * qs[0] + h * qs[1] + i * qs[2];
  const float *k = (const float *)a->k.data + b * ks[0], *v = (const float *)a->v.data + b * vs[0];
  float *o = (float *)a->o.data + b * os[0] + h * os[1] + i * os[2];
  float *lse = (float *)a->lse.data + b * a->lse.strides[0] + h * a->lse.strides[1] + i * a->lse.strides[2];
  const int64_t length = a->header.kv_len;
  const int64_t end = ((const int32_t *)a->key_end.data)[b * a->key_end.strides[0]];
  const int64_t last = i + end - a->header.q_len; /* the causal limit, with end-aligned positions */
  float largest = -INFINITY, sum = 0, result[D] = {0};

  if (FAULT == FAULT_WRITE_INPUT)
    *(volatile float *)q = q[0];
  counters->tiles_total += end;
  for (int64_t j = 0; j < end && j <= last; ++j) {
    const float *key = k + j * (FAULT == FAULT_READ_STRIDE_GAP ? D : ks[2]);
    float s = FAULT == FAULT_WORKSPACE ? weights[j] * 0.0f : 0.0f;
    for (int d = 0; d < D; ++d)
      s += q[d] * key[d];
    weights[j] = FAULT == FAULT_WRONG_RESULT ? s : s * kScale;
    largest = fmaxf(largest, weights[j]);
    counters->tiles_visited += 1;
  }
  for (int64_t j = 0; j < (FAULT == FAULT_OUTSIDE_KEY_RANGE ? length : end); ++j) {
    const float w = j < end && j <= last ? expf(weights[j] - largest) : 0.0f;
    if (w == 0.0f && FAULT != FAULT_OUTSIDE_KEY_RANGE && FAULT != FAULT_HIDDEN_VALUES)
      continue;
    sum += w;
    for (int d = 0; d < D; ++d)
      result[d] += w * v[j * vs[2] + d];
  }
  for (int d = 0; d < D; ++d)
    o[d] = sum == 0 ? 0.0f : result[d] / sum; /* a NaN stays one */
  *lse = sum == 0 ? -INFINITY : (largest + logf(sum)) * (FAULT == FAULT_WRONG_LSE ? 1.442695f : 1.0f);
  if (FAULT == FAULT_WRITE_STRIDE_GAP && i + 1 < a->header.q_len && os[2] > D)
    o[D] = 0.0f;
}

camber_status fake_run(const void *args, const camber_plan *plan, int32_t phase, int64_t task_begin, int64_t task_end,
                       void *shared_workspace, void *thread_workspace) {
  const arguments *a = args;
  (void)plan, (void)shared_workspace;
  if (phase != CAMBER_PHASE_MAIN)
    return CAMBER_OK;
  camber_counters *counters = thread_workspace;
  float *weights = (float *)(counters + 1);
  const int64_t lq = a->header.q_len, lk = a->header.kv_len, batch = a->header.batch;
  const unsigned long before = control();

  if (FAULT == FAULT_FP_CONTROL_RESET)
    set_control(before | kFlush);
  for (int64_t task = task_begin; task < task_end; ++task)
    for (int64_t i = 0; i < lq; ++i)
      row(a, task / HEADS, task % HEADS, i, weights, counters);
  if (FAULT == FAULT_FP_CONTROL)
    set_control(before ^ kFlush);
  if (FAULT == FAULT_FP_CONTROL_RESET)
    set_control(kDefault);
  if (FAULT == FAULT_READ_PAST_END)
    sink = ((const float *)a->k.data)[(batch - 1) * a->k.strides[0] + (lk - 1) * a->k.strides[2] + D];
  if (FAULT == FAULT_READ_BEFORE_START)
    sink = ((const float *)a->k.data)[-1];
  if (FAULT == FAULT_WRITE_PAST_OUTPUT)
    ((float *)
         a->o.data)[(batch - 1) * a->o.strides[0] + (HEADS - 1) * a->o.strides[1] + (lq - 1) * a->o.strides[2] + D] = 0;
  if (FAULT == FAULT_WORKSPACE_OVERRUN)
    memset((char *)thread_workspace + plan->thread_workspace_bytes, 0, 256);
  while (FAULT == FAULT_ENDLESS)
    sink = 0;
  if (FAULT == FAULT_ILLEGAL)
#if defined(__x86_64__)
    __asm__ volatile("ud2");
#else
    __asm__ volatile(".inst 0");
#endif
  return CAMBER_OK;
}

const int32_t fakes_variants = FAULT == FAULT_FAMILY_COUNT ? 2 : 1;

camber_status fakes_plan(const void *args, int32_t max_threads, camber_plan *plan) {
  const camber_status status = fake_plan(args, max_threads, plan);
  if (FAULT == FAULT_FAMILY_CHOICE && status == CAMBER_OK)
    plan->fingerprint += 1;
  return status;
}

camber_status fakes_run(const void *args, const camber_plan *plan, int32_t phase, int64_t task_begin, int64_t task_end,
                        void *shared_workspace, void *thread_workspace) {
  return fake_run(args, plan, phase, task_begin, task_end, shared_workspace, thread_workspace);
}

camber_status fakes_variant(const void *args, int32_t index, camber_variant *variant) {
  (void)args, (void)index;
  variant->kernel = "fake";
  variant->target = "x86-64-v3";
  variant->status = FAULT == FAULT_FAMILY_STATUS ? CAMBER_ERROR_QUERY_LENGTH : CAMBER_OK;
  return CAMBER_OK;
}
