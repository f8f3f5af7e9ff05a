// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Attention by the kernels of the bundle: the only file that includes the bundle's header and calls kernels.
// camber/Runtime/abi.h of the bundle says what a call consists of.
#include "attention.h"
#include "camber/Runtime/kernel.hpp"
#include "decoder_attention.h"
#include <new>
#include <stdexcept>
#include <string>

namespace engine {
namespace {

/// Memory that is kept from call to call and grows when a call needs more. What it held is then lost: a workspace holds
/// nothing from one call to the next.
class Workspace {
public:
  /// At least `bytes` bytes, aligned as kernels want it; a null pointer as long as none were needed.
  void *get(uint64_t bytes) {
    if (bytes > capacity) {
      memory.reset(::operator new(bytes, alignment));
      capacity = bytes;
    }
    return memory.get();
  }

private:
  static constexpr std::align_val_t alignment{CAMBER_WORKSPACE_ALIGNMENT};
  struct Delete {
    void operator()(void *pointer) const { ::operator delete(pointer, alignment); }
  };

  std::unique_ptr<void, Delete> memory;
  uint64_t capacity = 0;
};

/// Points an operand [1, heads, tokens, headDim] to data whose tokens and heads are that many floats apart. Operands
/// that are only read are declared without const, since C has one type for all.
void setOperand(camber_tensor &operand, const float *data, int64_t headStride, int64_t tokenStride) {
  operand.data = const_cast<float *>(data);
  operand.strides[1] = headStride;
  operand.strides[2] = tokenStride;
}

void check(camber_status status, const char *function) {
  if (status != CAMBER_OK)
    throw std::runtime_error(std::string(function) + ": " + camber::describe(status));
}

class KernelAttention final : public Attention {
public:
  explicit KernelAttention(const ModelConfig &config) : config(config) {
    // The strides of dense operands of one token tell what the kernels were compiled for.
    attention_args args;
    attention_args_init(&args, CAMBER_F32, /*batch=*/1, /*q_len=*/1, /*kv_len=*/1);
    const int64_t headDim = args.q.strides[1], heads = args.q.strides[0] / headDim,
                  kvHeads = args.k.strides[0] / headDim;
    if (heads != config.heads || kvHeads != config.kvHeads || headDim != config.headDim)
      throw std::runtime_error("the bundle's kernels have " + std::to_string(heads) + " heads, " +
                               std::to_string(kvHeads) + " kv heads and head dimension " + std::to_string(headDim) +
                               ", the model " + std::to_string(config.heads) + ", " + std::to_string(config.kvHeads) +
                               " and " + std::to_string(config.headDim) + ": change kernels.yaml and compile it again");
  }

  void run(const AttentionCall &call, ThreadPool &pool) override {
    attention_args args;
    attention_args_init(&args, CAMBER_F32, /*batch=*/1, call.queryCount, call.keyCount);
    const int64_t dim = config.headDim;
    setOperand(args.q, call.queries, dim, call.queryStride);
    // kv_len is what the cache holds, the stride of its heads what it could hold.
    setOperand(args.k, call.keys, call.capacity * dim, dim);
    setOperand(args.v, call.values, call.capacity * dim, dim);
    setOperand(args.o, call.output, dim, config.heads * dim);

    camber_plan plan = {};
    plan.struct_size = sizeof plan;
    plan.abi_version = CAMBER_ABI_VERSION;
    check(attention_plan(&args, pool.size(), &plan), "attention_plan"); // chooses the kernel

    void *shared = sharedWorkspace.get(plan.shared_workspace_bytes);
    threadWorkspaces.resize(pool.size());
    std::vector<void *> perThread;
    for (Workspace &workspace : threadWorkspaces)
      perThread.push_back(new (workspace.get(plan.thread_workspace_bytes)) camber_counters{});

    // The pool returns when all tasks of a phase have ended, which is when the next phase may begin.
    for (int32_t phase = 0; phase < CAMBER_NUM_PHASES; ++phase)
      pool.run(plan.tasks[phase], [&](int64_t task, int thread) {
        check(attention_run(&args, &plan, phase, task, task + 1, shared, perThread[thread]), "attention_run");
      });
  }

private:
  ModelConfig config;
  Workspace sharedWorkspace;
  std::vector<Workspace> threadWorkspaces; // one per thread of the pool
};

} // namespace

std::unique_ptr<Attention> makeKernelAttention(const ModelConfig &config) {
  return std::make_unique<KernelAttention>(config);
}

} // namespace engine
