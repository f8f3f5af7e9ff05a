// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Laying out operands, calling kernels, and looking at what they left behind.
#include "camber/Harness/Call.h"
#include "Placement.h"
#include "camber/Runtime/runtime.h"
#include <algorithm>
#include <fmt/format.h>
#include <mutex>

namespace camber::harness {

Problem makeProblem(const Kernel &kernel, const Sizes &sizes, const Inputs &inputs) {
  Problem problem{&kernel, sizes, {}};
  for (const auto &[name, tensor] : inputs)
    problem.operands[name] = tensor.view();
  return problem;
}

std::vector<uint8_t> packArguments(const Kernel &kernel, const Sizes &sizes, const std::vector<camber_tensor> &operands,
                                   int32_t device) {
  std::vector<uint8_t> bytes(sizeof(camber_args_header) + operands.size() * sizeof(camber_tensor));
  const camber_args_header header{static_cast<uint32_t>(bytes.size()),
                                  CAMBER_ABI_VERSION,
                                  elementCode(kernel.storage),
                                  device,
                                  sizes.batch,
                                  sizes.qLen,
                                  sizes.kvLen};
  std::memcpy(bytes.data(), &header, sizeof(header));
  if (!operands.empty())
    std::memcpy(bytes.data() + sizeof(header), operands.data(), operands.size() * sizeof(camber_tensor));
  return bytes;
}

namespace {

/// An operand in guarded memory.
struct Placed {
  const Operand *operand;
  std::vector<int64_t> shape, strides;
  std::unique_ptr<GuardedBuffer> memory;

  camber_tensor tensor() const {
    camber_tensor result{memory->data(), {}};
    std::copy(strides.begin(), strides.end(), result.strides);
    return result;
  }
};

Result<Placed> place(const Operand &operand, const Problem &problem, const Inputs &inputs, const Layout &layout) {
  Placed placed{&operand, operand.shape(problem.sizes), {}, nullptr};
  placed.strides = stridesOf(operand, placed.shape, layout);
  const int64_t width = elementBytes(operand.element);
  auto memory = GuardedBuffer::allocate(operand.name, spanOf(placed.shape, placed.strides) * width, operand.element,
                                        layout.flush, width);
  if (!memory)
    return Failure{memory.error()};
  placed.memory = std::move(*memory);
  if (isWritten(operand.role))
    return placed;
  const Tensor &tensor = inputs.at(operand.name);
  forEachElement(placed.shape, placed.strides, [&](int64_t index, int64_t offset) {
    if (!outsideKeyRange(operand, problem, index))
      std::memcpy(placed.memory->data() + offset * width, tensor.bytes.data() + index * width, width);
  });
  placed.memory->setWritable(false);
  return placed;
}

/// Copies an output and reports what was written where it should not have been.
Tensor collect(const Placed &placed, std::vector<std::string> &violations) {
  const int64_t width = elementBytes(placed.operand->element);
  Tensor tensor(placed.operand->element, placed.shape);
  std::vector<bool> used(placed.memory->size() / width, false);
  forEachElement(placed.shape, placed.strides, [&](int64_t index, int64_t offset) {
    std::memcpy(tensor.bytes.data() + index * width, placed.memory->data() + offset * width, width);
    used[offset] = true;
  });
  bool gapsIntact = true;
  for (size_t element = 0; element < used.size(); ++element)
    gapsIntact &= used[element] || placed.memory->isFilling(element * width);
  if (!gapsIntact)
    violations.push_back(fmt::format("kernel wrote into the stride gaps of output '{}'", placed.operand->name));
  if (!placed.memory->slackIntact())
    violations.push_back(fmt::format("kernel wrote outside output '{}'", placed.operand->name));
  return tensor;
}

/// The statuses below zero that the guards use are not in abi.h.
constexpr camber_status kStopped = -1;

} // namespace

Result<CallResult> guardedCall(const Kernel &kernel, const EntryPoints &entry, const Sizes &sizes, const Inputs &inputs,
                               const Layout &layout, int threads) {
  const Problem problem = makeProblem(kernel, sizes, inputs);
  CallResult result;
  std::vector<Placed> operands;
  std::vector<camber_tensor> tensors;
  for (const Operand &operand : kernel.operands) {
    Result<Placed> placed = place(operand, problem, inputs, layout);
    if (!placed)
      return Failure{placed.error()};
    tensors.push_back(placed->tensor());
    operands.push_back(std::move(*placed));
  }

  std::vector<std::unique_ptr<GuardedBuffer>> workspaces;
  std::string allocationError;
  std::mutex mutex;
  auto violation = [&](const std::string &text) {
    std::lock_guard<std::mutex> lock(mutex);
    if (std::find(result.violations.begin(), result.violations.end(), text) == result.violations.end())
      result.violations.push_back(text);
    return kStopped;
  };
  const uint64_t ownControl = readFpControl();
  const uint64_t control = layout.flushToZero ? withFlushToZero(ownControl) : ownControl;
  auto guarded = [&](const char *what, auto &&call) {
    camber_status status = kStopped;
    writeFpControl(control);
    bool timedOut = false;
    const std::optional<std::string> fault = catchFault([&] { status = call(); }, layout.timeout, &timedOut);
    const uint64_t after = readFpControl();
    writeFpControl(ownControl);
    if (timedOut) {
      std::lock_guard<std::mutex> lock(mutex);
      result.timedOut = true;
    }
    if (fault)
      return violation(*fault);
    if (after != control)
      return violation(
          fmt::format("{} changed the floating-point control register from {:#x} to {:#x}", what, control, after));
    return status;
  };

  DriverHooks hooks;
  hooks.workspace = [&](int thread, uint64_t bytes) -> void * {
    const std::string name = thread < 0 ? "shared workspace" : fmt::format("workspace of thread {}", thread);
    if (bytes > uint64_t(1) << 46)
      return nullptr;
    auto memory = GuardedBuffer::allocate(name, bytes, Element::F32, layout.flush, CAMBER_WORKSPACE_ALIGNMENT);
    if (!memory) {
      allocationError = memory.error();
      return nullptr;
    }
    workspaces.push_back(std::move(*memory));
    return workspaces.back()->data();
  };
  hooks.run = [&](camber_run_fn run, const void *args, const camber_plan *plan, int32_t phase, int64_t begin,
                  int64_t end, void *shared, void *thread) {
    try {
      return guarded("run", [&] { return run(args, plan, phase, begin, end, shared, thread); });
    } catch (const std::bad_alloc &) { // the guards need memory of each thread
      writeFpControl(ownControl);
      std::lock_guard<std::mutex> lock(mutex);
      allocationError = "out of memory on one of the threads";
      return kStopped;
    }
  };
  // The entry that the driver sees plans under guard, too; a captureless function must do, so the state is
  // thread-local.
  thread_local std::function<camber_status(const void *, int32_t, camber_plan *)> planUnderGuard;
  planUnderGuard = [&](const void *args, int32_t maxThreads, camber_plan *plan) {
    return guarded("plan", [&] { return entry.plan(args, maxThreads, plan); });
  };
  const EntryPoints guardedEntry{
      [](const void *args, int32_t maxThreads, camber_plan *plan) { return planUnderGuard(args, maxThreads, plan); },
      entry.run};

  const std::vector<uint8_t> arguments = packArguments(kernel, sizes, tensors);
  camber_status status;
  {
    ThreadPool driver(threads, hooks);
    status = driver.call(guardedEntry, arguments.data(), &result.report);
  }
  planUnderGuard = nullptr;
  if (!allocationError.empty())
    return Failure{fmt::format("{}; {} threads were asked for, use fewer (--threads) or a smaller problem",
                               allocationError, threads)};
  if (status != CAMBER_OK && status != kStopped)
    violation(fmt::format("kernel '{}' returned {} ({}): {}", kernel.name, camber_status_name(status), status,
                          camber_status_message(status)));
  result.completed = status == CAMBER_OK;
  for (const auto &workspace : workspaces)
    if (!workspace->slackIntact())
      violation("kernel wrote outside its workspace");
  for (const Placed &placed : operands)
    if (isWritten(placed.operand->role))
      result.outputs.emplace(placed.operand->name, collect(placed, result.violations));
  return result;
}

PlainCall::PlainCall(const Kernel &kernel, const Sizes &sizes, const Inputs &inputs) {
  std::vector<camber_tensor> tensors;
  for (const Operand &operand : kernel.operands) {
    const std::vector<int64_t> shape = operand.shape(sizes), strides = stridesOf(operand, shape, Layout{});
    const int64_t bytes = spanOf(shape, strides) * elementBytes(operand.element);
    memory.emplace_back(bytes + 64);
    uint8_t *start = memory.back().data();
    start += (64 - reinterpret_cast<uintptr_t>(start) % 64) % 64;
    if (!isWritten(operand.role) && bytes > 0)
      std::memcpy(start, inputs.at(operand.name).bytes.data(), bytes);
    camber_tensor tensor{start, {}};
    std::copy(strides.begin(), strides.end(), tensor.strides);
    tensors.push_back(tensor);
  }
  arguments = packArguments(kernel, sizes, tensors);
}

} // namespace camber::harness
