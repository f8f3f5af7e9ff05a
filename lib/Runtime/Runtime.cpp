// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Status texts and the merge of partial results.
#include "camber/Runtime/runtime.h"
#include <algorithm>
#include <cmath>
#include <limits>

namespace {

struct StatusText {
  const char *name, *message;
};

// In the order of the numbers in camber/Runtime/abi.h.
constexpr StatusText texts[] = {
    {"CAMBER_OK", "success"},
    {"CAMBER_ERROR_NULL_ARGS", "args, plan or a needed workspace pointer is NULL"},
    {"CAMBER_ERROR_STRUCT_SIZE", "struct_size is not the size of this kernel's argument struct or of camber_plan; set "
                                 "it to sizeof the struct in the "
                                 "bundle's header"},
    {"CAMBER_ERROR_ABI_VERSION", "abi_version is not CAMBER_ABI_VERSION of this kernel"},
    {"CAMBER_ERROR_CPU", "this processor lacks the instructions of every target in the bundle"},
    {"CAMBER_ERROR_THREADS", "max_threads is less than 1"},
    {"CAMBER_ERROR_BATCH", "batch is negative or not below 2^31"},
    {"CAMBER_ERROR_QUERY_LENGTH",
     "q_len is negative, not below 2^24, or not a length the kernel was compiled for (see the manifest's q_len)"},
    {"CAMBER_ERROR_KEY_LENGTH",
     "kv_len is negative, not below 2^24, or not a length the kernel was compiled for (see the manifest's kv_len)"},
    {"CAMBER_ERROR_NULL_OPERAND", "an operand that is not empty has a NULL data pointer"},
    {"CAMBER_ERROR_ALIGNMENT",
     "an operand's data pointer is not aligned to its element size, or, on a device, q, k, v or o "
     "or one of its strides not to 16 bytes"},
    {"CAMBER_ERROR_STRIDE",
     "a stride is negative, a dimension reaches over 2^56 elements, or elements of an output lie on one another"},
    {"CAMBER_ERROR_HEAD_DIM_STRIDE", "the head dimension of q, k, v or o is not contiguous (its stride must be 1)"},
    {"CAMBER_ERROR_ALIASING", "an output overlaps an input or the other output"},
    {"CAMBER_ERROR_KEY_RANGE", "a key range does not satisfy 0 <= key_begin <= key_end <= kv_len"},
    {"CAMBER_ERROR_POSITION", "a position is not in (-2^24, 2^24)"},
    {"CAMBER_ERROR_PHASE", "phase is not in 0 .. CAMBER_NUM_PHASES-1"},
    {"CAMBER_ERROR_TASK_RANGE", "the tasks are not in 0 .. plan->tasks[phase]"},
    {"CAMBER_ERROR_WORKSPACE_ALIGNMENT", "a workspace is not aligned to CAMBER_WORKSPACE_ALIGNMENT bytes"},
    {"CAMBER_ERROR_PLAN_MISMATCH", "the plan was not made by this kernel's plan function for these sizes"},
    {"CAMBER_ERROR_WORKSPACE_SIZE", "the workspace this call needs cannot be allocated, or is too small"},
    {"CAMBER_ERROR_DEVICE",
     "there is no device that can run the kernel, or its driver refuses (camber_device_error())"},
    {"CAMBER_ERROR_BUNDLE", "the bundle cannot be read (camber_device_error())"},
    {"CAMBER_ERROR_ELEMENT", "header.element is not the storage type of q, k, v and o that the kernel was compiled for "
                             "(see the manifest's storage)"},
    {"CAMBER_ERROR_MEMORY", "header.device is not CAMBER_DEVICE_CPU for a function of the bundle's library, or not "
                            "CAMBER_DEVICE_CUDA for one of camber/Runtime/device.h: it cannot read the operands"},
    {"CAMBER_ERROR_CANDIDATE", "index is not in 0 .. F_candidates-1 of the family F"},
};
static_assert(sizeof(texts) / sizeof(texts[0]) == CAMBER_STATUS_COUNT, "a status without a text");

bool isStatus(camber_status status) { return status >= 0 && status < CAMBER_STATUS_COUNT; }

} // namespace

const char *camber_status_name(camber_status status) {
  return isStatus(status) ? texts[status].name : "CAMBER_ERROR_UNKNOWN";
}

const char *camber_status_message(camber_status status) {
  return isStatus(status) ? texts[status].message : "unknown status; the bundle may be newer than this library";
}

camber_status camber_merge(int64_t rows, int64_t headDim, const camber_partial *a, const camber_partial *b,
                           const camber_partial *result) {
  if (!a || !b || !result)
    return CAMBER_ERROR_NULL_ARGS;
  if (rows < 0 || headDim < 0)
    return CAMBER_ERROR_STRIDE;
  for (const camber_partial *part : {a, b, result}) {
    if (part->o_stride < 0 || part->lse_stride < 0)
      return CAMBER_ERROR_STRIDE;
    if (rows > 0 && (!part->lse || (headDim > 0 && !part->o)))
      return CAMBER_ERROR_NULL_ARGS;
  }
  if (rows > 1 && (result->o_stride < headDim || result->lse_stride < 1))
    return CAMBER_ERROR_STRIDE;

  constexpr float hidden = -std::numeric_limits<float>::infinity();
  for (int64_t row = 0; row < rows; ++row) {
    const float lseA = a->lse[row * a->lse_stride], lseB = b->lse[row * b->lse_stride];
    const float *oA = a->o + row * a->o_stride, *oB = b->o + row * b->o_stride;
    float *o = result->o + row * result->o_stride;
    float *lse = result->lse + row * result->lse_stride;
    // A NaN on either side must survive, and std::max(x, NaN) would drop it.
    const float largest = std::isnan(lseA) || std::isnan(lseB) ? NAN : std::max(lseA, lseB);
    if (largest == hidden) {
      std::fill(o, o + headDim, 0.0f);
      *lse = hidden;
      continue;
    }
    const float weightA = std::exp(lseA - largest), weightB = std::exp(lseB - largest);
    const float sum = weightA + weightB;
    const float scaleA = weightA / sum, scaleB = weightB / sum;
    for (int64_t d = 0; d < headDim; ++d) {
      // A part that shows the row nothing has weight 0; whatever its o holds must not become 0 * NaN.
      const float fromA = lseA == hidden ? 0.0f : scaleA * oA[d];
      const float fromB = lseB == hidden ? 0.0f : scaleB * oB[d];
      o[d] = fromA + fromB;
    }
    *lse = largest + std::log(sum);
  }
  return CAMBER_OK;
}
