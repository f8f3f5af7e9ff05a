// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Calls of a device's code on an NVIDIA GPU.
#include "KernelCode.h"
#include "Placement.h"
#include "camber/Runtime/Cuda.h"
#include "camber/Runtime/runtime.h"
#include <cstring>
#include <fmt/format.h>

namespace camber::harness {
namespace {

/// Device memory for the life of the object, with bytes around it that nobody may write.
class DeviceBuffer {
public:
  static Result<std::unique_ptr<DeviceBuffer>> create(const cuda::Device &device, std::vector<uint8_t> contents) {
    std::unique_ptr<DeviceBuffer> buffer(new DeviceBuffer(device));
    buffer->bytes = contents.size();
    contents.insert(contents.begin(), kSlack, kFilling);
    contents.insert(contents.end(), kSlack, kFilling);
    Result<uint64_t> address = device.allocate(contents.size());
    if (!address)
      return Failure{address.error()};
    buffer->memory = *address;
    if (Status status = device.upload(buffer->memory, contents.data(), contents.size()); !status)
      return Failure{status.error()};
    return buffer;
  }
  ~DeviceBuffer() {
    if (memory)
      device.free(memory);
  }
  uint64_t address() const { return memory + kSlack; }
  /// What is there now; `intact` tells whether the bytes around it are as they were.
  Result<std::vector<uint8_t>> read(bool &intact) const {
    std::vector<uint8_t> all(bytes + 2 * kSlack);
    if (Status status = device.download(all.data(), memory, all.size()); !status)
      return Failure{status.error()};
    intact = true;
    for (size_t i = 0; i < kSlack; ++i)
      intact &= all[i] == kFilling && all[kSlack + bytes + i] == kFilling;
    return std::vector<uint8_t>(all.begin() + kSlack, all.end() - kSlack);
  }

private:
  static constexpr size_t kSlack = 256;
  static constexpr uint8_t kFilling = 0xA5;
  explicit DeviceBuffer(const cuda::Device &device) : device(device) {}
  const cuda::Device &device;
  uint64_t memory = 0;
  size_t bytes = 0;
};

class CudaCode : public KernelCode {
public:
  CudaCode(const Kernel &kernel, std::unique_ptr<cuda::LoadedKernel> loaded)
      : kernel(kernel), loaded(std::move(loaded)) {}
  std::vector<CallSetting> settings(const CheckOptions &, int) const override {
    CallSetting padded, dense;
    padded.layout.padded = true;
    padded.layout.rowAlignment = dense.layout.rowAlignment = kDeviceAlignment;
    padded.threads = 1 << 20; // keys are split as often as they may be
    padded.description = "strides with gaps, keys split";
    dense.description = "dense, keys not split";
    return {padded, dense};
  }
  Result<CallResult> call(const Sizes &sizes, const Inputs &inputs, const CallSetting &setting) override;
  std::vector<KernelTarget> targets() const override { return {loaded->target()}; }
  bool truncatesSums() const override { return true; }

private:
  const Kernel &kernel;
  std::unique_ptr<cuda::LoadedKernel> loaded;
};

Result<CallResult> CudaCode::call(const Sizes &sizes, const Inputs &inputs, const CallSetting &setting) {
  const cuda::Device &device = loaded->device();
  Result<DevicePlan> plan = planDevice(kernel, *loaded->target().launch, sizes, setting.threads);
  if (!plan)
    return Failure{plan.error()};
  const Problem problem = makeProblem(kernel, sizes, inputs);
  CallResult result;
  std::vector<Image> images;
  std::vector<std::unique_ptr<DeviceBuffer>> buffers;
  std::vector<camber_tensor> tensors;
  auto add = [&](std::vector<uint8_t> contents) -> Status {
    Result<std::unique_ptr<DeviceBuffer>> buffer = DeviceBuffer::create(device, std::move(contents));
    if (!buffer)
      return Failure{buffer.error()};
    buffers.push_back(std::move(*buffer));
    return Done{};
  };
  for (const Operand &operand : kernel.operands) {
    images.push_back(imageOf(operand, problem, inputs, setting.layout));
    if (Status status = add(images.back().bytes); !status)
      return Failure{status.error()};
    camber_tensor tensor{reinterpret_cast<void *>(buffers.back()->address()), {}};
    std::copy(images.back().strides.begin(), images.back().strides.end(), tensor.strides);
    tensors.push_back(tensor);
  }
  // The workspace may hold anything.
  if (Status status = add(std::vector<uint8_t>(cuda::LoadedKernel::workspaceBytes(*plan), 0xFF)); !status)
    return Failure{status.error()};
  const std::vector<uint8_t> arguments = packArguments(kernel, sizes, tensors, CAMBER_DEVICE_CUDA);
  Status run = Done{};
  if (camber_status status = checkDeviceArguments(kernel, arguments.data()); status != CAMBER_OK)
    run = Failure{camber_status_message(status)};
  if (run)
    run = loaded->run(*plan, arguments.data(), buffers.back()->address(), nullptr);
  if (run)
    run = device.synchronize();
  if (!run) {
    result.violations.push_back(fmt::format("kernel '{}': {}", kernel.name, run.error()));
    result.completed = false;
    return result;
  }
  for (size_t i = 0; i < buffers.size(); ++i) {
    const bool isOperand = i < images.size();
    const std::string name = isOperand ? "operand '" + kernel.operands[i].name + "'" : std::string("its workspace");
    bool intact;
    Result<std::vector<uint8_t>> now = buffers[i]->read(intact);
    if (!now)
      return Failure{now.error()};
    if (!intact)
      result.violations.push_back("kernel wrote outside " + name);
    if (!isOperand)
      continue;
    const Operand &operand = kernel.operands[i];
    const int64_t width = elementBytes(operand.element);
    const bool isOutput = isWritten(operand.role);
    bool unchanged = true;
    for (size_t element = 0; element < images[i].used.size(); ++element)
      if (!isOutput || !images[i].used[element])
        unchanged &= std::memcmp(now->data() + element * width, images[i].bytes.data() + element * width, width) == 0;
    if (!unchanged)
      result.violations.push_back((isOutput ? "kernel wrote into the stride gaps of " : "kernel wrote to ") + name);
    if (isOutput)
      result.outputs.emplace(operand.name, collectDense(operand, images[i], now->data()));
  }
  return result;
}

} // namespace

Result<std::unique_ptr<KernelCode>> openCuda(const Manifest &manifest, const Kernel &kernel,
                                             const CheckOptions &options) {
  Result<std::shared_ptr<cuda::Device>> device = cuda::Device::open(0);
  if (!device)
    return Failure{fmt::format("--device=cuda: {}", device.error())};
  Result<std::unique_ptr<cuda::LoadedKernel>> loaded =
      cuda::LoadedKernel::load(std::move(*device), options.bundle, manifest, kernel);
  if (!loaded)
    return Failure{loaded.error()};
  return std::unique_ptr<KernelCode>(std::make_unique<CudaCode>(kernel, std::move(*loaded)));
}

} // namespace camber::harness
