// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Kernels of a bundle as operators of ggml, through its custom operator (ggml_custom_4d): header only, on ggml.h and
// the C header of a bundle.
//
// A call of a kernel has phases, and all tasks of a phase must have ended before the next begins. ggml runs a graph
// node by node on all of its threads, with a barrier after each. So a call becomes a chain of nodes, one per phase:
//
//   q, k, v, ... --> workspace --> o --> o           the arrows are what makes ggml run them in this order
//                     prepare     main   merge       (merge only where the plan has tasks for it)
//
// The workspace is a tensor of the graph: ggml's allocator places it, and gives one layer's to the next layer.
#pragma once
#include "camber/Runtime/kernel.hpp"
#include "ggml.h"
#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstring>
#include <deque>
#include <initializer_list>
#include <new>
#include <stdexcept>
#include <string>
#include <vector>

namespace camber_ggml {

/// What is wrong with the tensors of a call, or why its kernel refuses it.
class error : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

/// A kernel or family with the argument struct `Args`; made by CAMBER_GGML_KERNEL.
template <typename Args> struct kernel {
  const char *name;
  camber_plan_fn plan;
  camber_run_fn run;
  Args dense; // arguments for one token, whose strides tell the number and the dimension of heads

  int64_t head_dim() const { return dense.q.strides[1]; }
  int64_t heads() const { return dense.q.strides[0] / head_dim(); }
  int64_t kv_heads() const { return dense.k.strides[0] / head_dim(); }
};

/// K_args_init of a single kernel takes no storage type, that of a family does.
template <typename Args>
kernel<Args> make_kernel(const char *name, void (*init)(Args *, int64_t, int64_t, int64_t), camber_plan_fn plan,
                         camber_run_fn run) {
  kernel<Args> result{name, plan, run, {}};
  init(&result.dense, 1, 1, 1);
  return result;
}
template <typename Args>
kernel<Args> make_kernel(const char *name, void (*init)(Args *, camber_element, int64_t, int64_t, int64_t),
                         camber_plan_fn plan, camber_run_fn run) {
  kernel<Args> result{name, plan, run, {}};
  init(&result.dense, CAMBER_F32, 1, 1, 1);
  return result;
}

/// The kernel or family `name` of a bundle's C header.
#define CAMBER_GGML_KERNEL(name) ::camber_ggml::make_kernel(#name, name##_args_init, name##_plan, name##_run)

/// An operand besides q, k, v and o, e.g. {"table", &t5_args::table, tensor, GGML_TYPE_F32, {32, 12}}.
template <typename Args> struct operand {
  const char *name;
  camber_tensor Args::*member;
  ggml_tensor *tensor;
  ggml_type type;
  std::vector<int64_t> sizes; // what the bundle's C header says, outermost first: ggml has them the other way round
};

namespace detail {

enum { max_operands = 8 }; // o and up to 7 inputs: a node of ggml has 9, and the last phase two of its own

struct arguments { // what abi.h says of every kernel's
  camber_args_header header;
  camber_tensor operands[max_operands];
};

/// The first bytes of a workspace: the next task of each phase. Threads take tasks one by one, since the first are the
/// longest and a thread may be late.
struct alignas(CAMBER_WORKSPACE_ALIGNMENT) queue {
  std::atomic<int64_t> next[CAMBER_NUM_PHASES];
};

/// One call of a kernel in a graph. Its nodes point to it.
struct call {
  std::string name;
  camber_plan_fn plan_function;
  camber_run_fn run_function;
  arguments args{};               // without addresses: those are known when ggml has allocated the graph
  int inputs = 0;                 // sources of the first node: q, k, v, ...
  int operand_of[max_operands]{}; // for each input, its place in `args`
  int output = 0;                 // the place of o
  int max_threads = 1;
  camber_plan plan{};
  uint64_t shared_bytes = 0, thread_bytes = 0; // of the workspace, multiples of the alignment
  ggml_tensor *workspace = nullptr, *o = nullptr;
};

/// Empty, or what the kernel has against these arguments.
inline std::string make_plan(const call &c, const arguments &args, camber_plan &plan) {
  plan = {};
  plan.struct_size = sizeof plan;
  plan.abi_version = CAMBER_ABI_VERSION;
  const camber_status status = c.plan_function(&args, c.max_threads, &plan);
  return status == CAMBER_OK ? "" : c.name + "_plan: " + camber::describe(status);
}

/// The arguments with the addresses of a node's sources. Asked of the node, since ggml's scheduler may have put copies
/// in their place.
inline arguments with_addresses(const call &c, ggml_tensor *const *inputs) {
  arguments args = c.args;
  for (int i = 0; i < c.inputs; ++i)
    args.operands[c.operand_of[i]].data = inputs[i]->data;
  args.operands[c.output].data = c.o->data;
  return args;
}

inline char *workspace_of(const call &c) {
  const uintptr_t start = reinterpret_cast<uintptr_t>(c.workspace->data), mask = CAMBER_WORKSPACE_ALIGNMENT - 1;
  return static_cast<char *>(c.workspace->data) + (((start + mask) & ~mask) - start); // ggml aligns to less
}

/// Runs one thread's part of a phase. ggml gives an operator no way to fail; whatever could make K_run refuse has been
/// refused by then.
inline void run(const call &c, const arguments &args, int32_t phase, int64_t task, int ith) {
  char *shared = workspace_of(c) + sizeof(queue), *own = shared + c.shared_bytes + ith * c.thread_bytes;
  const camber_status status = c.run_function(&args, &c.plan, phase, task, task + 1, shared, own);
  if (status != CAMBER_OK)
    GGML_ABORT("%s_run: %s", c.name.c_str(), camber::describe(status).c_str());
}

/// The first node: clears what must be clear and runs the first phase.
inline void prepare(ggml_tensor *dst, int ith, int nth, void *userdata) {
  const call &c = *static_cast<const call *>(userdata);
  if (ith >= c.max_threads) // there is no workspace for it
    return;
  const arguments args = with_addresses(c, dst->src);
  char *memory = workspace_of(c);
  if (ith == 0) {
    camber_plan again; // ranges of keys may have changed since the last run of the graph
    if (const std::string message = make_plan(c, args, again); !message.empty())
      GGML_ABORT("%s", message.c_str());
    new (memory) queue{};
  }
  new (memory + sizeof(queue) + c.shared_bytes + ith * c.thread_bytes) camber_counters{};
  // The queue is not yet there for all threads; tasks of this phase are of one size.
  for (int64_t task = ith; task < c.plan.tasks[CAMBER_PHASE_PREPARE]; task += std::min(nth, c.max_threads))
    run(c, args, CAMBER_PHASE_PREPARE, task, ith);
}

/// The nodes of the other phases, whose sources are `first` others and then those of the first node.
template <int32_t phase, int first> void work(ggml_tensor *dst, int ith, int, void *userdata) {
  const call &c = *static_cast<const call *>(userdata);
  if (ith >= c.max_threads)
    return;
  const arguments args = with_addresses(c, dst->src + first);
  std::atomic<int64_t> &next = reinterpret_cast<queue *>(workspace_of(c))->next[phase];
  for (int64_t task; (task = next.fetch_add(1, std::memory_order_relaxed)) < c.plan.tasks[phase];)
    run(c, args, phase, task, ith);
}

inline uint64_t padded(uint64_t bytes) { return GGML_PAD(bytes, uint64_t{CAMBER_WORKSPACE_ALIGNMENT}); }

inline camber_element element_of(ggml_type type, const std::string &name) {
  switch (type) {
  case GGML_TYPE_F32:
    return CAMBER_F32;
  case GGML_TYPE_F16:
    return CAMBER_F16;
  case GGML_TYPE_BF16:
    return CAMBER_BF16;
  default:
    throw error(name + ": k is " + ggml_type_name(type) + "; kernels take f32, f16 and bf16");
  }
}

/// Throws where a tensor is not of this type and these sizes, which are outermost first.
inline void require(const std::string &name, const ggml_tensor *tensor, ggml_type type,
                    const std::vector<int64_t> &sizes) {
  if (!tensor)
    throw error(name + " is missing");
  const int rank = static_cast<int>(sizes.size());
  bool fits = tensor->type == type && ggml_n_dims(tensor) <= rank;
  for (int dim = 0; dim < rank; ++dim)
    fits = fits && tensor->ne[rank - 1 - dim] == sizes[dim];
  if (fits)
    return;
  const auto text = [](ggml_type type, const int64_t *ne, int count) {
    std::string result = std::string(ggml_type_name(type)) + " [";
    for (int dim = 0; dim < count; ++dim)
      result += (dim ? ", " : "") + std::to_string(ne[dim]);
    return result + "]";
  };
  const std::vector<int64_t> wanted(sizes.rbegin(), sizes.rend());
  throw error(name + " is " + text(tensor->type, tensor->ne, std::max(rank, ggml_n_dims(tensor))) + "; it must be " +
              text(type, wanted.data(), rank));
}

/// Sizes are checked; the kernel checks strides.
inline camber_tensor strides_of(const std::string &name, const ggml_tensor *tensor, int rank) {
  camber_tensor result{};
  const size_t bytes = ggml_type_size(tensor->type);
  for (int dim = 0; dim < rank; ++dim) {
    if (tensor->nb[dim] % bytes != 0)
      throw error(name + ": a stride is no multiple of the element size");
    result.strides[rank - 1 - dim] = static_cast<int64_t>(tensor->nb[dim] / bytes);
  }
  return result;
}

} // namespace detail

/// The calls of a graph; lives as long as the graph is used.
class calls {
public:
  /// Throws camber_ggml::error where a kernel would refuse what the tensors hold now. For after the graph is allocated
  /// and its inputs are set: ranges of keys can only be checked then. A run that fails this check ends the program.
  void check() const {
    camber_plan plan;
    for (const detail::call &c : all) {
      const std::string message = detail::make_plan(c, detail::with_addresses(c, c.workspace->src), plan);
      if (!message.empty())
        throw error(message);
    }
  }

  std::deque<detail::call> all; // a deque, since nodes point to them
};

/// softmax(score(q k^T)) v, with the score, bias and masks that the kernel was compiled for. In ggml's order of sizes:
///
///   q       [head dim, queries, heads, batch]     as for ggml_flash_attn_ext, in any strides with head dim contiguous:
///   k, v    [head dim, keys, kv heads, batch]     permuted views of projections and caches are read where they lie
///   result  [head dim, heads, queries, batch]     contiguous f32
///
/// k and v are f32, f16 or bf16, the type that a kernel was compiled for. q may be f32 with any of them; it and the
/// result are then converted by nodes of ggml. The graph may run on any number of threads; `max_threads` of them work
/// here. Throws camber_ggml::error where sizes, types or strides do not fit; no node is added then that computes
/// anything.
template <typename Args>
ggml_tensor *attention(ggml_context *ctx, calls &calls, const kernel<Args> &kernel, ggml_tensor *q, ggml_tensor *k,
                       ggml_tensor *v, std::initializer_list<operand<Args>> others, int max_threads) {
  using namespace detail;
  constexpr int count = (sizeof(Args) - sizeof(camber_args_header)) / sizeof(camber_tensor);
  static_assert(count <= max_operands, "more operands than a node of ggml has sources");
  const std::string name = kernel.name;
  if (!q || !k || !v)
    throw error(name + ": q, k or v is missing");
  if (static_cast<int>(others.size()) != count - 4)
    throw error(name + " has " + std::to_string(count - 4) + " operands besides q, k, v and o; given are " +
                std::to_string(others.size()));
  const int64_t dim = kernel.head_dim(), batch = k->ne[3], queries = q->ne[1], keys = k->ne[1];
  const camber_element element = element_of(k->type, name);
  require(name + ": k", k, k->type, {batch, kernel.kv_heads(), keys, dim});
  require(name + ": v", v, k->type, {batch, kernel.kv_heads(), keys, dim});
  require(name + ": q", q, q->type == k->type ? k->type : GGML_TYPE_F32, {batch, kernel.heads(), queries, dim});
  for (const operand<Args> &other : others)
    require(name + ": " + other.name, other.tensor, other.type, other.sizes);
  if (q->type != k->type)
    q = ggml_cast(ctx, q, k->type);

  call c;
  c.name = name;
  c.plan_function = kernel.plan;
  c.run_function = kernel.run;
  c.max_threads = max_threads;
  c.args.header = kernel.dense.header;
  c.args.header.element = element;
  c.args.header.batch = batch;
  c.args.header.q_len = queries;
  c.args.header.kv_len = keys;
  ggml_tensor *sources[GGML_MAX_SRC] = {nullptr}; // of the first node from [2] on: other nodes have up to two before
  const auto place_of = [](camber_tensor Args::*member) {
    const Args args{};
    return static_cast<int>(&(args.*member) - reinterpret_cast<const camber_tensor *>(&args.header + 1));
  };
  const auto add = [&](const char *operand, camber_tensor Args::*member, ggml_tensor *tensor, int rank) {
    c.operand_of[c.inputs] = place_of(member);
    c.args.operands[c.operand_of[c.inputs]] = strides_of(name + ": " + operand, tensor, rank);
    sources[2 + c.inputs++] = tensor;
  };
  add("q", &Args::q, q, 4);
  add("k", &Args::k, k, 4);
  add("v", &Args::v, v, 4);
  for (const operand<Args> &other : others)
    add(other.name, other.member, other.tensor, static_cast<int>(other.sizes.size()));
  c.output = place_of(&Args::o);
  c.args.operands[c.output].strides[0] = queries * kernel.heads() * dim;
  c.args.operands[c.output].strides[1] = dim; // heads of one token lie side by side
  c.args.operands[c.output].strides[2] = kernel.heads() * dim;
  c.args.operands[c.output].strides[3] = 1;

  // Nothing is allocated yet, but a plan depends on sizes alone. It is made with addresses that nobody reads, each in a
  // tebibyte of its own, and with ranges and positions, which it does read, of zero.
  std::vector<int32_t> zeros(std::max<int64_t>(batch, 1));
  arguments stand_ins = c.args;
  for (int i = 0; i < count; ++i)
    stand_ins.operands[i].data = reinterpret_cast<void *>(static_cast<uintptr_t>(i + 1) << 40);
  for (int i = 0; i < c.inputs; ++i)
    if (sources[2 + i]->type == GGML_TYPE_I32) {
      stand_ins.operands[c.operand_of[i]].data = zeros.data();
      std::fill_n(stand_ins.operands[c.operand_of[i]].strides, CAMBER_MAX_RANK, 0);
    }
  if (const std::string message = make_plan(c, stand_ins, c.plan); !message.empty())
    throw error(message);

  c.shared_bytes = padded(c.plan.shared_workspace_bytes);
  c.thread_bytes = padded(c.plan.thread_workspace_bytes);
  calls.all.push_back(std::move(c));
  call &kept = calls.all.back();
  const uint64_t bytes =
      CAMBER_WORKSPACE_ALIGNMENT + sizeof(queue) + kept.shared_bytes + max_threads * kept.thread_bytes;
  kept.workspace = ggml_custom_4d(ctx, GGML_TYPE_I8, static_cast<int64_t>(bytes), 1, 1, 1, sources + 2, kept.inputs,
                                  prepare, GGML_N_TASKS_MAX, &kept);
  sources[1] = kept.workspace;
  kept.o = ggml_custom_4d(ctx, k->type, dim, kernel.heads(), queries, batch, sources + 1, 1 + kept.inputs,
                          work<CAMBER_PHASE_MAIN, 1>, GGML_N_TASKS_MAX, &kept);
  ggml_tensor *result = kept.o;
  if (kept.plan.tasks[CAMBER_PHASE_COMBINE] > 0)
    result = ggml_custom_inplace(ctx, kept.o, sources + 1, 1 + kept.inputs, work<CAMBER_PHASE_COMBINE, 2>,
                                 GGML_N_TASKS_MAX, &kept);
  return k->type == GGML_TYPE_F32 ? result : ggml_cast(ctx, result, GGML_TYPE_F32);
}

} // namespace camber_ggml
