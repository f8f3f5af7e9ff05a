// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// One valid call of a kernel, every part of which a test can spoil before plan or run is called.
#ifndef CAMBER_TEST_COMPILER_INTERFACECALL_H
#define CAMBER_TEST_COMPILER_INTERFACECALL_H

#include "camber/Harness/Call.h"
#include "camber/Runtime/ThreadPool.h"
#include "camber/Runtime/runtime.h"
#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace camber::test {

struct Call {
  /// Dense operands: floating-point inputs hold small numbers, key ranges are whole, positions begin at 0, and outputs
  /// hold kUntouched.
  Call(const Kernel &kernel, const EntryPoints &entry, Sizes sizes) : kernel(kernel), entry(entry) {
    std::vector<camber_tensor> tensors;
    for (const Operand &operand : kernel.operands) {
      camber_tensor tensor{};
      int64_t stride = 1;
      const std::vector<int64_t> shape = operand.shape(sizes);
      for (size_t dim = shape.size(); dim-- > 0; stride *= shape[dim])
        tensor.strides[dim] = stride;
      memory.emplace_back(allocate(std::max<int64_t>(stride, 1) * elementBytes(operand.element)));
      tensor.data = memory.back().get();
      fill(operand, tensor.data, stride, sizes);
      tensors.push_back(tensor);
    }
    arguments = harness::packArguments(kernel, sizes, tensors);
    made.struct_size = sizeof(made);
    made.abi_version = CAMBER_ABI_VERSION;
  }

  camber_args_header &header() { return *reinterpret_cast<camber_args_header *>(arguments.data()); }
  camber_tensor &operand(const std::string &name) {
    for (size_t i = 0; i < kernel.operands.size(); ++i)
      if (kernel.operands[i].name == name)
        return reinterpret_cast<camber_tensor *>(arguments.data() + sizeof(camber_args_header))[i];
    std::abort(); // a mistake in the test
  }
  template <typename T> T *as(const std::string &name) { return static_cast<T *>(operand(name).data); }

  camber_status plan() {
    camber_status status = entry.plan(passArguments ? arguments.data() : nullptr, threads, passPlan ? &made : nullptr);
    end = made.tasks[phase];
    return status;
  }
  void allocateWorkspace() {
    shared = (workspaces[0] = allocate(made.shared_workspace_bytes + 64)).get();
    thread = (workspaces[1] = allocate(made.thread_workspace_bytes + 64)).get();
    std::memset(thread, 0, sizeof(camber_counters));
  }
  camber_status run() {
    return entry.run(passArguments ? arguments.data() : nullptr, passPlan ? &made : nullptr, phase, begin, end, shared,
                     thread);
  }
  /// Plan and all phases.
  camber_status everything() { return ThreadPool(1).call(entry, arguments.data()); }

  /// Whether the memory first given to o and lse is as it was.
  bool outputsUntouched() const {
    for (size_t i = 0; i < kernel.operands.size(); ++i)
      if (isWritten(kernel.operands[i].role) && std::any_of(memory[i].get(), memory[i].get() + sizesInBytes[i],
                                                            [](uint8_t byte) { return byte != kUntouched; }))
        return false;
    return true;
  }

  const Kernel &kernel;
  EntryPoints entry;
  std::vector<uint8_t> arguments;
  bool passArguments = true, passPlan = true;
  int32_t threads = 1;
  camber_plan made{};
  int32_t phase = CAMBER_PHASE_MAIN;
  int64_t begin = 0, end = 0;
  void *shared = nullptr, *thread = nullptr;

private:
  static constexpr uint8_t kUntouched = 0xa5;
  using Memory = std::unique_ptr<uint8_t, decltype(&std::free)>;
  static Memory allocate(uint64_t bytes) {
    return Memory(static_cast<uint8_t *>(std::aligned_alloc(64, (bytes + 63) / 64 * 64)), &std::free);
  }

  void fill(const Operand &operand, void *data, int64_t count, Sizes sizes) {
    sizesInBytes.push_back(count * elementBytes(operand.element));
    if (isWritten(operand.role))
      std::memset(data, kUntouched, sizesInBytes.back());
    else if (operand.element == Element::I32)
      std::fill_n(static_cast<int32_t *>(data), count, operand.role == Role::KeyEnd ? sizes.kvLen : 0);
    else if (operand.element == Element::F32)
      for (int64_t i = 0; i < count; ++i)
        static_cast<float *>(data)[i] = 1 + static_cast<float>(i % 13) / 16;
    else
      std::fill_n(static_cast<uint16_t *>(data), count, uint16_t(0x3800)); // 0.5 in f16
  }

  std::vector<Memory> memory;
  std::vector<int64_t> sizesInBytes;
  Memory workspaces[2] = {allocate(64), allocate(64)};
};

} // namespace camber::test

#endif
