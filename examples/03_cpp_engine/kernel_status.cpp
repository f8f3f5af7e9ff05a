// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Messages for each camber_status.
#include "kernel_status.h"
#include <stdexcept>

namespace engine {

std::string describe(camber_status status) {
  switch (status) {
#define STATUS(name, text)                                                                                             \
  case name:                                                                                                           \
    return #name ": " text;
    STATUS(CAMBER_OK, "success")
    STATUS(CAMBER_ERROR_NULL_ARGS, "the arguments, the plan or a workspace is a null pointer")
    STATUS(CAMBER_ERROR_STRUCT_SIZE, "the arguments are those of another kernel; rebuild with this bundle's header")
    STATUS(CAMBER_ERROR_ABI_VERSION, "the bundle has another ABI version than the header; rebuild with its header")
    STATUS(CAMBER_ERROR_CPU, "this bundle has no code for this processor; compile it with a --target that fits, or "
                             "with several: --target=x86-64-v3,x86-64-v4")
    STATUS(CAMBER_ERROR_THREADS, "fewer than one thread")
    STATUS(CAMBER_ERROR_BATCH, "the batch is negative or too large")
    STATUS(CAMBER_ERROR_QUERY_LENGTH, "the kernel was not compiled for this number of queries (--q-len)")
    STATUS(CAMBER_ERROR_KEY_LENGTH, "the kernel was not compiled for this number of keys (--kv-len)")
    STATUS(CAMBER_ERROR_NULL_OPERAND, "an operand has no data")
    STATUS(CAMBER_ERROR_ALIGNMENT, "an operand's data is not aligned to its element size")
    STATUS(CAMBER_ERROR_STRIDE, "a stride is negative or too large, or elements of the output lie on one another")
    STATUS(CAMBER_ERROR_HEAD_DIM_STRIDE, "the head dimension of an operand is not contiguous")
    STATUS(CAMBER_ERROR_ALIASING, "the output overlaps an input")
    STATUS(CAMBER_ERROR_KEY_RANGE, "a range of keys is not within the keys there are")
    STATUS(CAMBER_ERROR_POSITION, "a position is 2^24 or beyond")
    STATUS(CAMBER_ERROR_PHASE, "there is no such phase")
    STATUS(CAMBER_ERROR_TASK_RANGE, "the tasks are not within those of the plan")
    STATUS(CAMBER_ERROR_WORKSPACE_ALIGNMENT, "a workspace is not aligned to 64 bytes")
    STATUS(CAMBER_ERROR_PLAN_MISMATCH, "the plan was made by another kernel or for other sizes")
    STATUS(CAMBER_ERROR_WORKSPACE_SIZE, "the workspace is too small")
    STATUS(CAMBER_ERROR_DEVICE, "there is no device or driver, or it refuses")
    STATUS(CAMBER_ERROR_BUNDLE, "the bundle cannot be read")
    STATUS(CAMBER_ERROR_ELEMENT, "no kernel was compiled for this storage type (dtypes of kernels.yaml)")
    STATUS(CAMBER_ERROR_MEMORY, "the operands are in the memory of a device")
    STATUS(CAMBER_ERROR_CANDIDATE, "the family has no such kernel")
#undef STATUS
  }
  return "status " + std::to_string(status) + ", which this engine does not know; rebuild with the bundle's header";
}

void check(camber_status status, const char *kernel) {
  if (status != CAMBER_OK)
    throw std::runtime_error(std::string(kernel) + ": " + describe(status));
}

} // namespace engine
