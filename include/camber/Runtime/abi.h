/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 * The C interface between a Camber kernel and the program that calls it. */
#ifndef CAMBER_RUNTIME_ABI_H
#define CAMBER_RUNTIME_ABI_H

/*
 * A kernel named K in a bundle exports three symbols:
 *
 *   camber_status K_plan(const void *args, int32_t max_threads, camber_plan *plan);
 *   camber_status K_run(const void *args, const camber_plan *plan, int32_t phase,
 *                       int64_t task_begin, int64_t task_end,
 *                       void *shared_workspace, void *thread_workspace);
 *   const uint64_t K_fingerprint;      equals "fingerprint" of the kernel in manifest.json
 *
 * A call, in order:
 *   1. Fill `args`: a camber_args_header followed directly by one camber_tensor per operand, in the order of the
 *      manifest's "operands" (the generated C header declares that struct with named fields).
 *   2. K_plan checks every argument and fills `plan`. Nothing is read through the operands' data pointers other than
 *      the int32 position and range operands (key_begin, key_end, query_offset, key_offset). What is filled in depends
 *      on batch, lengths, max_threads and processor alone, so one plan serves every call of the same sizes.
 *   3. Allocate plan->shared_workspace_bytes once and plan->thread_workspace_bytes per thread, both 64-byte aligned.
 *      Zero the camber_counters at the start of each thread workspace. The rest may hold anything.
 *   4. For each phase in 0 .. CAMBER_NUM_PHASES-1, run all its tasks [0, plan->tasks[phase]), split over threads in any
 *      way; every task of a phase must have ended before the next phase begins. Tasks of a phase are ordered longest
 *      first, so threads that pull the next task dynamically finish together. The args are those that K_plan has seen:
 *      K_run compares their sizes with the plan and does not check pointers, strides, positions and ranges again.
 *
 * A kernel starts no threads, allocates nothing, has no mutable state other than the cached CPU detection (one word,
 * the same whoever writes it), and leaves the floating-point control register as it found it. It may be called from
 * many threads at once with different arguments.
 */

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CAMBER_ABI_VERSION 2u
#define CAMBER_MAX_RANK 4
#define CAMBER_NUM_PHASES 3
#define CAMBER_WORKSPACE_ALIGNMENT 64
#define CAMBER_KEY_BLOCK 64 /* keys per entry of an operand of the role key_norms: it has "key_blocks" of them */

/* What K_plan and K_run return. The numbers are part of the ABI; new ones are added at the end. */
typedef int32_t camber_status;
enum {
  CAMBER_OK = 0,
  CAMBER_ERROR_NULL_ARGS = 1,        /* args, plan or a needed workspace pointer is NULL */
  CAMBER_ERROR_STRUCT_SIZE = 2,      /* struct_size is not that of this kernel's argument struct (or plan) */
  CAMBER_ERROR_ABI_VERSION = 3,      /* abi_version is not CAMBER_ABI_VERSION */
  CAMBER_ERROR_CPU = 4,              /* this processor lacks the instructions of every target in the bundle */
  CAMBER_ERROR_THREADS = 5,          /* max_threads < 1 */
  CAMBER_ERROR_BATCH = 6,            /* batch < 0 or >= 2^31 */
  CAMBER_ERROR_QUERY_LENGTH = 7,     /* q_len is negative, >= 2^24, or not what the kernel was compiled for */
  CAMBER_ERROR_KEY_LENGTH = 8,       /* kv_len, likewise */
  CAMBER_ERROR_NULL_OPERAND = 9,     /* an operand that is not empty has a NULL data pointer */
  CAMBER_ERROR_ALIGNMENT = 10,       /* a data pointer is not aligned to its element size; on a device, also: q, k, v
                                        or o, or one of its strides, is no multiple of 16 bytes */
  CAMBER_ERROR_STRIDE = 11,          /* a negative stride, a dimension that reaches over 2^56 elements or more, or
                                        elements of an output that may lie on one another: a stride that is not
                                        greater than what the dimensions of smaller strides reach over */
  CAMBER_ERROR_HEAD_DIM_STRIDE = 12, /* the head dimension of q, k, v or o is not contiguous (stride 1) */
  CAMBER_ERROR_ALIASING = 13,        /* an output overlaps an input or the other output */
  CAMBER_ERROR_KEY_RANGE = 14,       /* not 0 <= key_begin[b] <= key_end[b] <= kv_len for some b */
  CAMBER_ERROR_POSITION = 15,        /* some |position| >= 2^24 */
  CAMBER_ERROR_PHASE = 16,           /* phase is not in 0 .. CAMBER_NUM_PHASES-1 */
  CAMBER_ERROR_TASK_RANGE = 17,      /* not 0 <= task_begin <= task_end <= plan->tasks[phase] */
  CAMBER_ERROR_WORKSPACE_ALIGNMENT = 18, /* a workspace is not aligned to CAMBER_WORKSPACE_ALIGNMENT */
  CAMBER_ERROR_PLAN_MISMATCH = 19,       /* the plan was not made by this kernel's K_plan for these sizes */
  CAMBER_ERROR_WORKSPACE_SIZE = 20,      /* from Camber's driver: the workspace cannot be allocated; on a device: it is
                                            too small */
  CAMBER_ERROR_DEVICE = 21,              /* from camber/Runtime/device.h: no driver or device, or it refuses */
  CAMBER_ERROR_BUNDLE = 22,              /* from camber/Runtime/device.h: the bundle cannot be read */
  CAMBER_ERROR_ELEMENT = 23,             /* header.element is not the storage type of this kernel */
  CAMBER_ERROR_MEMORY = 24,              /* header.device: the operands lie in memory that this code cannot read */
  CAMBER_ERROR_CANDIDATE = 25,           /* the index is not that of a kernel of the family */
  CAMBER_STATUS_COUNT
};

/* One operand. Its sizes follow from the manifest's "dims" and the three run-time sizes below; "key_blocks" is
 * ceil(kv_len / CAMBER_KEY_BLOCK). A dimension past its rank is ignored. Strides count elements, are >= 0, and 0
 * broadcasts a dimension of an input. */
typedef struct camber_tensor {
  void *data;
  int64_t strides[CAMBER_MAX_RANK];
} camber_tensor;

/* Storage types of q, k, v and o. */
typedef enum camber_element { CAMBER_F32 = 0, CAMBER_F16 = 1, CAMBER_BF16 = 2 } camber_element;

/* Whose memory the operands lie in. */
enum { CAMBER_DEVICE_CPU = 0, CAMBER_DEVICE_CUDA = 1 };

typedef struct camber_args_header {
  uint32_t struct_size; /* bytes of header and operands together */
  uint32_t abi_version; /* CAMBER_ABI_VERSION */
  int32_t element;      /* a camber_element */
  int32_t device;       /* CAMBER_DEVICE_CPU or CAMBER_DEVICE_CUDA */
  int64_t batch;        /* B >= 0 */
  int64_t q_len;        /* Lq, 0 <= Lq < 2^24 */
  int64_t kv_len;       /* Lk, 0 <= Lk < 2^24 */
} camber_args_header;

/* Phases. A phase may have no tasks. */
enum {
  CAMBER_PHASE_PREPARE = 0, /* what all tasks of the main phase share: norms of keys, one task per (batch, kv head) */
  CAMBER_PHASE_MAIN = 1,    /* attention over (batch, kv head, row block, key split) */
  CAMBER_PHASE_COMBINE = 2  /* combines the partial results of key splits */
};

/* Filled by K_plan, read by K_run. The caller sets struct_size and abi_version before K_plan. */
typedef struct camber_plan {
  uint32_t struct_size;         /* sizeof(camber_plan) */
  uint32_t abi_version;         /* CAMBER_ABI_VERSION */
  uint64_t fingerprint;         /* of the kernel that made the plan */
  int64_t batch, q_len, kv_len; /* the sizes it was made for, which K_run compares with those of its args */
  int64_t tasks[CAMBER_NUM_PHASES];
  int64_t num_splits;              /* into how many parts the key range of a row block is divided, >= 1 */
  uint64_t shared_workspace_bytes; /* norms of keys, where the kernel skips, are 8 ceil(kv_len / 64) bytes of it for
                                      each (batch, kv head); partial results, where keys are split, the rest */
  uint64_t thread_workspace_bytes; /* at least sizeof(camber_counters) */
} camber_plan;

/* The first bytes of each thread workspace. K_run adds to them. */
typedef struct camber_counters {
  int64_t tiles_visited; /* key tiles whose scores were computed */
  int64_t tiles_total;   /* key tiles that hold at least one pair inside the key range */
  int64_t reserved[6];
} camber_counters;

/* Several kernels that do the same for different storage types and lengths can form a family. A family named F exports
 *
 *   F_plan, F_run        as those of a kernel: F_plan is that of the first kernel, in the order of the manifest, that
 *                        fits the arguments and this processor; F_run that of the kernel which made the plan
 *   camber_status F_variant(const void *args, int32_t index, camber_variant *variant);
 *   const int32_t F_variants;      how many kernels there are
 *
 * Where no kernel fits, F_plan returns CAMBER_ERROR_ELEMENT, CAMBER_ERROR_QUERY_LENGTH, CAMBER_ERROR_KEY_LENGTH or
 * CAMBER_ERROR_CPU: the last of these that any of them comes to. F_variant says it of each kernel; the caller sets
 * struct_size and abi_version. */
typedef struct camber_variant {
  uint32_t struct_size; /* sizeof(camber_variant) */
  uint32_t abi_version; /* CAMBER_ABI_VERSION */
  const char *kernel;   /* its name */
  const char *target;   /* the target whose code runs on this processor, e.g. "x86-64-v4"; NULL where there is none */
  camber_status status; /* CAMBER_OK where it fits, otherwise the first reason why it does not, in the order above */
  int32_t reserved;
} camber_variant;

/* A file of a bundle, in memory. */
typedef struct camber_embedded_file {
  const char *path;  /* "manifest.json", "device/k.sm_80.ptx" */
  const void *bytes; /* `size` of them */
  uint64_t size;
} camber_embedded_file;

/* The code for devices that a library carries, where its bundle has any: the files of it and a manifest that lists
 * them. camber_bundle_<bundle>_device_code() of the bundle's header returns it, camber_device_open_code of
 * camber/Runtime/device.h takes it. */
typedef struct camber_device_code {
  uint32_t struct_size; /* sizeof(camber_device_code) */
  uint32_t abi_version; /* CAMBER_ABI_VERSION */
  uint64_t num_files;
  const camber_embedded_file *files;
} camber_device_code;

typedef camber_status (*camber_variant_fn)(const void *args, int32_t index, camber_variant *variant);

typedef camber_status (*camber_plan_fn)(const void *args, int32_t max_threads, camber_plan *plan);
typedef camber_status (*camber_run_fn)(const void *args, const camber_plan *plan, int32_t phase, int64_t task_begin,
                                       int64_t task_end, void *shared_workspace, void *thread_workspace);

#ifdef __cplusplus
}
#endif

#endif
