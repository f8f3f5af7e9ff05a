/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 * Calls of a bundle's kernels on NVIDIA GPUs. The driver (libcuda.so.1) is looked for when a kernel is opened; nothing
 * here needs it, or a CUDA toolkit, to be built or linked. */
#ifndef CAMBER_RUNTIME_DEVICE_H
#define CAMBER_RUNTIME_DEVICE_H

#include "camber/Runtime/abi.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A kernel of a bundle on one device, loaded, or those of a family. May be used from several threads at once. */
typedef struct camber_device_kernel camber_device_kernel;

/* Opens kernel or family `name` of the bundle in directory `bundle` for CUDA device number `device`, in its primary
 * context: the one that the CUDA runtime and PyTorch use. Of the code in the bundle the newest that the device can run
 * is taken: a cubin of its generation, or PTX, which the driver compiles. Calls of a family are those of its first
 * kernel, in the order of the manifest, that fits the arguments and has code for the device.
 * Returns CAMBER_OK and sets *kernel; CAMBER_ERROR_NULL_ARGS; CAMBER_ERROR_BUNDLE: the bundle cannot be read, or has no
 * such kernel; CAMBER_ERROR_DEVICE: there is no driver or no such device, the driver is too old, the device cannot run
 * any of the code, or the driver refuses it. camber_device_error says which. */
camber_status camber_device_open(const char *bundle, const char *name, int32_t device, camber_device_kernel **kernel);

/* The same for the code that a library of the bundle carries, which no file is read for. Also returns
 * CAMBER_ERROR_STRUCT_SIZE and CAMBER_ERROR_ABI_VERSION, where the library is of another version than this. */
camber_status camber_device_open_code(const camber_device_code *code, const char *name, int32_t device,
                                      camber_device_kernel **kernel);

/* What the last function of this file that failed on this thread has to say, in one sentence. Never NULL; valid until
 * the next call on this thread. */
const char *camber_device_error(void);

/* Bytes of device memory that a call with these arguments needs beside its operands: partial results of key splits and
 * norms of keys; may be 0. Returns CAMBER_OK, or what camber_device_run would return for the arguments. */
camber_status camber_device_workspace(const camber_device_kernel *kernel, const void *args, uint64_t *bytes);

/* Launches a call on `stream` (a CUstream or cudaStream_t; NULL is the default stream) and returns at once. `args` is
 * the argument struct of the bundle's header, in host memory, with header.device = CAMBER_DEVICE_CUDA and addresses in
 * the memory of the device; it may be reused when the function returns. Data pointers of q, k, v and o, and their
 * strides but that of the head dimension, are multiples of 16 bytes. `workspace` is device memory of at least as many
 * bytes as camber_device_workspace says, aligned to 16 bytes, used until the call has ended on the stream. Nothing is
 * read from operands: positions and key ranges are the caller's to keep within their bounds, outputs must not overlap
 * anything. Returns CAMBER_OK; CAMBER_ERROR_NULL_ARGS, CAMBER_ERROR_STRUCT_SIZE, CAMBER_ERROR_ABI_VERSION,
 * CAMBER_ERROR_ELEMENT, CAMBER_ERROR_MEMORY, CAMBER_ERROR_BATCH, CAMBER_ERROR_QUERY_LENGTH, CAMBER_ERROR_KEY_LENGTH,
 * CAMBER_ERROR_NULL_OPERAND, CAMBER_ERROR_ALIGNMENT, CAMBER_ERROR_STRIDE, CAMBER_ERROR_HEAD_DIM_STRIDE for what is
 * wrong with the arguments; CAMBER_ERROR_WORKSPACE_SIZE, CAMBER_ERROR_WORKSPACE_ALIGNMENT; CAMBER_ERROR_DEVICE: a grid
 * larger than devices allow, the kernels of a family that fit have no code for the device, or the driver refuses the
 * launch. */
camber_status camber_device_run(const camber_device_kernel *kernel, const void *args, void *workspace,
                                uint64_t workspace_bytes, void *stream);

/* Whether kernel number `index` of what was opened (0 where it is a kernel itself) fits arguments, as F_variant of
 * camber/Runtime/abi.h says it: variant->target is what the device runs, NULL where it can run nothing of it;
 * variant->status is CAMBER_OK, CAMBER_ERROR_DEVICE, or what camber_device_run would return. The texts live as long
 * as the kernel. Returns CAMBER_OK, CAMBER_ERROR_NULL_ARGS, CAMBER_ERROR_STRUCT_SIZE, CAMBER_ERROR_ABI_VERSION, or
 * CAMBER_ERROR_CANDIDATE where there is no such kernel. */
camber_status camber_device_variant(const camber_device_kernel *kernel, const void *args, int32_t index,
                                    camber_variant *variant);

/* Unloads the kernel. NULL is allowed. No call may be running. */
void camber_device_close(camber_device_kernel *kernel);

#ifdef __cplusplus
}
#endif

#endif
