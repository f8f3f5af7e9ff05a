/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 * Calls a family on the processor and, with the code that the library carries, on a device; and what is refused. */
#include "carried-code.h"
#include "camber/Runtime/device.h"
#include "camber/Runtime/runtime.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of the CUDA driver. */
int cuDevicePrimaryCtxRetain(void **context, int device);
int cuCtxPushCurrent_v2(void *context);
int cuCtxSynchronize(void);
int cuMemAlloc_v2(uint64_t *address, size_t bytes);
int cuMemcpyHtoD_v2(uint64_t to, const void *from, size_t bytes);
int cuMemcpyDtoH_v2(void *to, uint64_t from, size_t bytes);

enum { HEADS = 2, LENGTH = 40, DIM = 32 };
static float q[HEADS * LENGTH * DIM], k[HEADS * LENGTH * DIM], v[HEADS * LENGTH * DIM], on_cpu[HEADS * LENGTH * DIM],
    on_device[HEADS * LENGTH * DIM];

static void must(int condition, const char *what) {
  if (condition)
    return;
  printf("%s: %s\n", what, camber_device_error());
  exit(1);
}
#define MUST(condition) must(condition, #condition)

static void expect(camber_status status, camber_status wanted) {
  printf("%s: %s\n", camber_status_name(status), status == wanted ? camber_device_error() : "not what was expected");
  if (status != wanted)
    exit(1);
}

static uint64_t upload(const void *from, size_t bytes) {
  uint64_t address;
  MUST(cuMemAlloc_v2(&address, bytes) == 0 && cuMemcpyHtoD_v2(address, from, bytes) == 0);
  return address;
}

static void run_on_cpu(int64_t queries) {
  small_args args;
  small_args_init(&args, CAMBER_F32, 1, queries, LENGTH);
  args.q.data = q, args.k.data = k, args.v.data = v, args.o.data = on_cpu;
  static float lse[HEADS * LENGTH];
  args.lse.data = lse;
  camber_plan plan = {.struct_size = sizeof plan, .abi_version = CAMBER_ABI_VERSION};
  MUST(small_plan(&args, 1, &plan) == CAMBER_OK);
  void *shared = aligned_alloc(64, (plan.shared_workspace_bytes + 127) / 64 * 64),
       *thread = aligned_alloc(64, (plan.thread_workspace_bytes + 63) / 64 * 64);
  memset(thread, 0, 64);
  for (int phase = 0; phase < CAMBER_NUM_PHASES; ++phase)
    MUST(small_run(&args, &plan, phase, 0, plan.tasks[phase], shared, thread) == CAMBER_OK);
  free(shared);
  free(thread);
}

static void run_on_device(const camber_device_kernel *kernel, int64_t queries) {
  small_args args;
  small_args_init(&args, CAMBER_F32, 1, queries, LENGTH);
  args.header.device = CAMBER_DEVICE_CUDA;
  static const float zero[HEADS * LENGTH * DIM];
  args.q.data = (void *)upload(q, sizeof q), args.k.data = (void *)upload(k, sizeof k);
  args.v.data = (void *)upload(v, sizeof v), args.o.data = (void *)upload(zero, sizeof zero);
  args.lse.data = (void *)upload(zero, HEADS * LENGTH * sizeof(float));
  uint64_t bytes;
  MUST(camber_device_workspace(kernel, &args, &bytes) == CAMBER_OK);
  uint64_t workspace = 0;
  MUST(cuMemAlloc_v2(&workspace, bytes + 16) == 0);
  MUST(camber_device_run(kernel, &args, (void *)workspace, bytes, NULL) == CAMBER_OK);
  MUST(cuCtxSynchronize() == 0);
  MUST(cuMemcpyDtoH_v2(on_device, (uint64_t)args.o.data, HEADS * queries * DIM * sizeof(float)) == 0);
}

int main(void) {
  for (int i = 0; i < HEADS * LENGTH * DIM; ++i)
    q[i] = sinf(0.37f * i), k[i] = cosf(0.11f * i), v[i] = sinf(0.05f * i);
  const camber_device_code *code = camber_bundle_carried_code_device_code();
  for (uint64_t i = 0; i < code->num_files; ++i)
    printf("%s\n", code->files[i].path);

  camber_device_kernel *kernel = NULL;
  MUST(camber_device_open_code(code, "small", 0, &kernel) == CAMBER_OK);
  void *context;
  MUST(cuDevicePrimaryCtxRetain(&context, 0) == 0 && cuCtxPushCurrent_v2(context) == 0);
  for (int64_t queries = 1; queries <= LENGTH; queries += LENGTH - 1) {
    run_on_cpu(queries);
    run_on_device(kernel, queries);
    float difference = 0;
    for (int i = 0; i < HEADS * queries * DIM; ++i)
      difference = fmaxf(difference, fabsf(on_cpu[i] - on_device[i]));
    printf("%d queries: %s\n", (int)queries, difference < 1e-5f ? "the same" : "different");
  }

  /* Which kernel a call would be, and why not the others. */
  small_args args;
  small_args_init(&args, CAMBER_F32, 1, 1, 100);
  args.header.device = CAMBER_DEVICE_CUDA;
  args.q.data = args.k.data = args.v.data = args.o.data = args.lse.data = (void *)upload(q, sizeof q);
  for (int32_t i = 0; i < 2; ++i) {
    camber_variant variant = {.struct_size = sizeof variant, .abi_version = CAMBER_ABI_VERSION};
    MUST(camber_device_variant(kernel, &args, i, &variant) == CAMBER_OK);
    printf("%s, %s: %s\n", variant.kernel, variant.target, camber_status_name(variant.status));
  }
  camber_variant variant = {.struct_size = sizeof variant, .abi_version = CAMBER_ABI_VERSION};
  expect(camber_device_variant(kernel, &args, 2, &variant), CAMBER_ERROR_CANDIDATE);
  args.header.q_len = 2;
  expect(camber_device_run(kernel, &args, NULL, 0, NULL), CAMBER_ERROR_KEY_LENGTH);
  args.header.element = CAMBER_BF16;
  expect(camber_device_run(kernel, &args, NULL, 0, NULL), CAMBER_ERROR_ELEMENT);
  camber_device_close(kernel);

  /* One kernel of the family by itself, and names that are not there. */
  MUST(camber_device_open_code(code, "small_q1_kany", 0, &kernel) == CAMBER_OK);
  args.header.element = CAMBER_F32;
  expect(camber_device_run(kernel, &args, NULL, 0, NULL), CAMBER_ERROR_QUERY_LENGTH);
  camber_device_close(kernel);
  expect(camber_device_open_code(code, "large", 0, &kernel), CAMBER_ERROR_BUNDLE);
  expect(camber_device_open_code(code, "small", 1, &kernel), CAMBER_ERROR_DEVICE);
  expect(camber_device_open_code(NULL, "small", 0, &kernel), CAMBER_ERROR_NULL_ARGS);

  /* A library of another version, and damaged code. */
  camber_device_code other = *code;
  other.struct_size = 8;
  expect(camber_device_open_code(&other, "small", 0, &kernel), CAMBER_ERROR_STRUCT_SIZE);
  other = *code;
  other.abi_version = 1;
  expect(camber_device_open_code(&other, "small", 0, &kernel), CAMBER_ERROR_ABI_VERSION);
  other = *code;
  other.num_files = 2;
  expect(camber_device_open_code(&other, "small", 0, &kernel), CAMBER_ERROR_BUNDLE);
  camber_embedded_file files[8];
  memcpy(files, code->files, code->num_files * sizeof *files);
  char *damaged = malloc(files[1].size);
  memcpy(damaged, files[1].bytes, files[1].size);
  damaged[files[1].size / 2] ^= 1;
  files[1].bytes = damaged;
  other = *code;
  other.files = files;
  expect(camber_device_open_code(&other, "small", 0, &kernel), CAMBER_ERROR_BUNDLE);
  free(damaged);
  return 0;
}
