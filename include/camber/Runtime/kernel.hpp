// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Kernels of a bundle from C++17: tensors as views with sizes and strides, a workspace that is kept between calls, and
// one function per kernel, in a form that throws and a form that does not. Nothing but the standard library is needed.
#ifndef CAMBER_RUNTIME_KERNEL_HPP
#define CAMBER_RUNTIME_KERNEL_HPP

#include "camber/Runtime/abi.h"
#include <array>
#include <cstddef>
#include <functional>
#include <iterator>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <vector>

namespace camber {

/// 16-bit storage types, as bits.
struct f16 {
  uint16_t bits;
};
struct bf16 {
  uint16_t bits;
};

/// The camber_element of a C++ type: float, f16 or bf16.
template <typename T> constexpr camber_element element_of = CAMBER_F32;
template <> constexpr camber_element element_of<f16> = CAMBER_F16;
template <> constexpr camber_element element_of<bf16> = CAMBER_BF16;

/// A tensor that somebody else owns: an address, and for each dimension, outermost first, a size and a stride in
/// elements. A view without an address stands for an operand that is not given.
template <typename T> struct view {
  T *data = nullptr;
  int rank = 0;
  std::array<int64_t, CAMBER_MAX_RANK> sizes{}, strides{};

  view() = default;
  /// Dense, the last dimension contiguous; a scalar where there are no dimensions.
  view(T *data, std::initializer_list<int64_t> extents) : data(data) {
    for (int64_t extent : extents)
      sizes.at(rank++) = extent;
    int64_t stride = 1;
    for (int i = rank; i-- > 0; stride *= sizes[i])
      strides[i] = stride;
  }
  view(T *data, std::initializer_list<int64_t> extents, std::initializer_list<int64_t> steps) : view(data, extents) {
    if (steps.size() != extents.size())
      throw std::invalid_argument("a view needs as many strides as sizes");
    int i = 0;
    for (int64_t step : steps)
      strides[i++] = step;
  }
};

/// What a status of a kernel is called in camber/Runtime/abi.h, and what it means.
struct status_text {
  const char *name, *message;
};

// In the order of the numbers.
inline constexpr status_text status_texts[] = {
    {"CAMBER_OK", "success"},
    {"CAMBER_ERROR_NULL_ARGS", "args, plan or a needed workspace pointer is NULL"},
    {"CAMBER_ERROR_STRUCT_SIZE", "struct_size is not the size of this kernel's argument struct or of camber_plan; set "
                                 "it to sizeof the struct in the "
                                 "bundle's header"},
    {"CAMBER_ERROR_ABI_VERSION", "abi_version is not CAMBER_ABI_VERSION of this kernel"},
    {"CAMBER_ERROR_CPU",
     "the bundle has no code for this processor; compile it with a --target that fits, or with several: "
     "--target=x86-64-v3,x86-64-v4"},
    {"CAMBER_ERROR_THREADS", "max_threads is less than 1"},
    {"CAMBER_ERROR_BATCH", "batch is negative or not below 2^31"},
    {"CAMBER_ERROR_QUERY_LENGTH",
     "q_len is negative, not below 2^24, or not a length the kernel was compiled for (--q-len)"},
    {"CAMBER_ERROR_KEY_LENGTH",
     "kv_len is negative, not below 2^24, or not a length the kernel was compiled for (--kv-len)"},
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
    {"CAMBER_ERROR_ELEMENT",
     "header.element is not the storage type of q, k, v and o that the kernel was compiled for (--dtype)"},
    {"CAMBER_ERROR_MEMORY", "header.device is not CAMBER_DEVICE_CPU for a function of the bundle's library, or not "
                            "CAMBER_DEVICE_CUDA for one of camber/Runtime/device.h: it cannot read the operands"},
    {"CAMBER_ERROR_CANDIDATE", "index is not in 0 .. F_variants-1 of the family F"},
};
static_assert(std::size(status_texts) == CAMBER_STATUS_COUNT, "a status without a text");

constexpr status_text text_of(camber_status status) {
  if (status >= 0 && status < CAMBER_STATUS_COUNT)
    return status_texts[status];
  return {"CAMBER_ERROR_UNKNOWN", "unknown status; the bundle may be newer than this header"};
}

/// Both in one line.
inline std::string describe(camber_status status) {
  return std::string(text_of(status).name) + ": " + text_of(status).message;
}

/// Not of a kernel, but of the functions of a C++ header: an operand's sizes do not fit. `error` and `message` say
/// which.
constexpr camber_status error_shape = -1;

/// What a call that throws throws.
class error : public std::runtime_error {
public:
  error(camber_status status, const std::string &message) : std::runtime_error(message), status(status) {}
  camber_status status;
};

/// Runs `task(i, thread)` for i in 0 … tasks - 1 and returns when all have ended. `thread` is below `threads`; no two
/// tasks that run at the same time have the same.
struct executor {
  int threads = 1;
  std::function<void(int64_t tasks, const std::function<void(int64_t task, int thread)> &run)> run_all =
      [](int64_t tasks, const std::function<void(int64_t, int)> &run) {
        for (int64_t task = 0; task < tasks; ++task)
          run(task, 0);
      };
};

/// Memory of calls, which grows to what the largest one needs. For one call at a time.
class workspace {
public:
  /// Null where out of memory, or nothing is wanted.
  void *get(size_t slot, uint64_t bytes) noexcept {
    try {
      if (slot >= memory.size())
        memory.resize(slot + 1);
      if (bytes > memory[slot].bytes) {
        memory[slot].start.reset(::operator new(bytes, std::align_val_t(CAMBER_WORKSPACE_ALIGNMENT)));
        memory[slot].bytes = bytes;
      }
      return memory[slot].start.get();
    } catch (const std::bad_alloc &) {
      return nullptr;
    }
  }

private:
  struct release {
    void operator()(void *start) const { ::operator delete(start, std::align_val_t(CAMBER_WORKSPACE_ALIGNMENT)); }
  };
  struct piece {
    std::unique_ptr<void, release> start;
    uint64_t bytes = 0;
  };
  std::vector<piece> memory;
};

namespace detail {

/// Dimensions that are no constants.
enum : int64_t { batch = -1, q_len = -2, kv_len = -3, key_blocks = -4 };

struct operand {
  const char *name;
  int rank;
  std::array<int64_t, CAMBER_MAX_RANK> dims;
};

/// An operand of a call without its type.
struct tensor {
  void *data;
  int rank;
  std::array<int64_t, CAMBER_MAX_RANK> sizes, strides;

  template <typename T>
  tensor(const view<T> &v)
      : data(const_cast<void *>(static_cast<const void *>(v.data))), rank(v.rank), sizes(v.sizes), strides(v.strides) {}
};

inline std::string text_of(int64_t dim) {
  const char *names[] = {"", "batch", "q_len", "kv_len", "key_blocks"};
  return dim >= 0 ? std::to_string(dim) : names[-dim];
}

inline std::string text_of(const int64_t *dims, int rank) {
  std::string text = "[";
  for (int i = 0; i < rank; ++i)
    text += (i ? ", " : "") + text_of(dims[i]);
  return text + "]";
}

/// A kernel or a family: its functions and operands, of which `query` and `key` say the sizes of a call.
struct description {
  const char *name;
  camber_plan_fn plan;
  camber_run_fn run;
  const operand *operands;
  size_t count, query, key;
};

/// Fills `header` and `out` from the tensors; the operand that does not fit is named in `message`.
inline camber_status pack(const description &kernel, const tensor *tensors, camber_args_header &header,
                          camber_tensor *out, std::string *message) {
  const tensor &q = tensors[kernel.query], &k = tensors[kernel.key];
  header.batch = q.sizes[0];
  header.q_len = q.sizes[2];
  header.kv_len = k.sizes[2];
  const int64_t known[] = {0, header.batch, header.q_len, header.kv_len,
                           (header.kv_len + CAMBER_KEY_BLOCK - 1) / CAMBER_KEY_BLOCK};
  for (size_t i = 0; i < kernel.count; ++i) {
    const operand &wanted = kernel.operands[i];
    bool fits = tensors[i].rank == wanted.rank;
    for (int dim = 0; fits && dim < wanted.rank; ++dim) {
      const int64_t size = wanted.dims[dim];
      fits = tensors[i].sizes[dim] == (size >= 0 ? size : known[-size]);
    }
    if (!fits) {
      if (message)
        *message = std::string(kernel.name) + ": operand '" + wanted.name + "' is " +
                   text_of(tensors[i].sizes.data(), tensors[i].rank) + "; it must be " +
                   text_of(wanted.dims.data(), wanted.rank) + " with batch = " + std::to_string(header.batch) +
                   ", q_len = " + std::to_string(header.q_len) + ", kv_len = " + std::to_string(header.kv_len);
      return error_shape;
    }
    out[i].data = tensors[i].data;
    for (int dim = 0; dim < CAMBER_MAX_RANK; ++dim)
      out[i].strides[dim] = tensors[i].strides[dim];
  }
  return CAMBER_OK;
}

/// `args` is a header and `kernel.count` operands.
inline camber_status call(const description &kernel, const void *args, workspace &memory, const executor &threads,
                          std::string *message) {
  auto fail = [&](const char *function, camber_status status) {
    if (message)
      *message = std::string(kernel.name) + function + ": " + describe(status);
    return status;
  };
  camber_plan plan{};
  plan.struct_size = sizeof(plan);
  plan.abi_version = CAMBER_ABI_VERSION;
  if (camber_status status = kernel.plan(args, threads.threads, &plan); status != CAMBER_OK)
    return fail("_plan", status);
  void *shared = memory.get(0, plan.shared_workspace_bytes);
  std::vector<void *> own;
  for (int thread = 0; thread < threads.threads; ++thread) {
    own.push_back(memory.get(1 + thread, plan.thread_workspace_bytes));
    if (!own.back() || (!shared && plan.shared_workspace_bytes))
      return fail(": no memory for the workspace:", CAMBER_ERROR_WORKSPACE_SIZE);
    new (own.back()) camber_counters{};
  }
  for (int32_t phase = 0; phase < CAMBER_NUM_PHASES; ++phase) {
    std::vector<camber_status> statuses(threads.threads, CAMBER_OK);
    threads.run_all(plan.tasks[phase], [&](int64_t task, int thread) {
      if (statuses[thread] == CAMBER_OK)
        statuses[thread] = kernel.run(args, &plan, phase, task, task + 1, shared, own[thread]);
    });
    for (camber_status status : statuses)
      if (status != CAMBER_OK)
        return fail("_run", status);
  }
  return CAMBER_OK;
}

} // namespace detail
} // namespace camber

#endif
