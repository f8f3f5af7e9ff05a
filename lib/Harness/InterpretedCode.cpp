// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Calls of a device's code in the PTX interpreter.
#include "KernelCode.h"
#include "Placement.h"
#include "camber/PTXInterpreter/Interpreter.h"
#include "camber/Runtime/DevicePlan.h"
#include "camber/Runtime/runtime.h"
#include <fmt/format.h>

namespace camber::harness {
namespace {

Status setModes(ptx::LaunchOptions &launch, const CheckOptions &options) {
  return ptx::setModes(launch, options.async.value_or("late"), options.approx.value_or("worst"));
}

class InterpretedCode : public KernelCode {
public:
  InterpretedCode(const Kernel &kernel, KernelTarget target, ptx::Module module, const ptx::LaunchOptions &options)
      : kernel(kernel), target(std::move(target)), module(std::move(module)), options(options) {}
  std::vector<CallSetting> settings(const CheckOptions &options, int threads) const override;
  Result<CallResult> call(const Sizes &sizes, const Inputs &inputs, const CallSetting &setting) override;
  std::vector<KernelTarget> targets() const override { return {target}; }
  double smallProblem() const override { return 0x1p20; }
  bool truncatesSums() const override { return true; }

private:
  /// Puts an operand into the device's memory.
  static uint64_t place(const Operand &operand, const Image &image, ptx::Memory &memory);
  Result<const ptx::Kernel *> function(const std::string &name);

  const Kernel &kernel;
  KernelTarget target;
  ptx::Module module;
  ptx::LaunchOptions options;
  std::map<std::string, ptx::Kernel> functions;
};

std::vector<CallSetting> InterpretedCode::settings(const CheckOptions &options, int threads) const {
  CallSetting padded, dense;
  padded.layout.padded = true;
  padded.layout.rowAlignment = dense.layout.rowAlignment = kDeviceAlignment;
  padded.threads = 1 << 20; // keys are split as often as they may be
  padded.description = "strides with gaps, keys split";
  dense.description = "dense, keys not split";
  return {padded, dense};
}

uint64_t InterpretedCode::place(const Operand &operand, const Image &image, ptx::Memory &memory) {
  const int64_t width = elementBytes(operand.element);
  const bool isRow = operand.role <= Role::Output, isOutput = isWritten(operand.role);
  const uint64_t address =
      memory.allocate(operand.name, image.bytes.size(), isOutput ? ptx::Access::Output : ptx::Access::Read,
                      isOutput ? nullptr : image.bytes.data(), isRow ? kDeviceAlignment : width);
  for (size_t element = 0; element < image.used.size(); ++element)
    if (!image.used[element])
      isOutput ? memory.allowUnwritten(address + element * width, width)
               : memory.undefine(address + element * width, width);
  return address;
}

Result<const ptx::Kernel *> InterpretedCode::function(const std::string &name) {
  if (auto found = functions.find(name); found != functions.end())
    return &found->second;
  Result<ptx::Kernel> decoded = module.kernel(name);
  if (!decoded)
    return Failure{fmt::format("{}: {}", target.ptx, decoded.error())};
  return &functions.emplace(name, std::move(*decoded)).first->second;
}

Result<CallResult> InterpretedCode::call(const Sizes &sizes, const Inputs &inputs, const CallSetting &setting) {
  Result<DevicePlan> plan = planDevice(kernel, *target.launch, sizes, setting.threads);
  if (!plan)
    return Failure{plan.error()};
  const Problem problem = makeProblem(kernel, sizes, inputs);
  CallResult result;
  ptx::Memory memory;
  std::vector<Image> images;
  std::vector<camber_tensor> tensors;
  for (const Operand &operand : kernel.operands) {
    images.push_back(imageOf(operand, problem, inputs, setting.layout));
    camber_tensor tensor{reinterpret_cast<void *>(place(operand, images.back(), memory)), {}};
    std::copy(images.back().strides.begin(), images.back().strides.end(), tensor.strides);
    tensors.push_back(tensor);
  }
  const std::vector<uint8_t> arguments = packArguments(kernel, sizes, tensors, CAMBER_DEVICE_CUDA);
  if (camber_status status = checkDeviceArguments(kernel, arguments.data()); status != CAMBER_OK) {
    result.violations.push_back(
        fmt::format("the arguments of kernel '{}' are refused: {}", kernel.name, camber_status_message(status)));
    result.completed = false;
    return result;
  }
  auto workspace = [&](const char *name, uint64_t bytes) -> uint64_t {
    return bytes ? memory.allocate(name, bytes, ptx::Access::ReadWrite) : 0;
  };
  const uint64_t partials = workspace("partial results", plan->partialBytes),
                 norms = workspace("norms", plan->normBytes);
  for (const DeviceLaunch &launch : plan->launches) {
    Result<const ptx::Kernel *> code = function(launch.function);
    if (!code)
      return Failure{code.error()};
    ptx::Arguments parameters(**code);
    parameters.set(0, arguments.data(), arguments.size());
    parameters.set<int64_t>(1, plan->splits);
    parameters.set(2, partials);
    parameters.set(3, norms);
    ptx::LaunchShape shape;
    shape.grid = launch.grid;
    shape.block = {launch.threads, 1, 1};
    shape.dynamicSharedBytes = launch.sharedBytes;
    ptx::LaunchOptions launchOptions = options;
    // Outputs are complete when the last function has run.
    launchOptions.checkUnwritten = &launch == &plan->launches.back();
    Result<ptx::Report> report = ptx::launch(**code, shape, parameters.bytes(), memory, launchOptions);
    if (!report)
      return Failure{fmt::format("{} in {}: {}", launch.function, target.ptx, report.error())};
    for (const ptx::Finding &finding : report->findings)
      result.violations.push_back(fmt::format("{}: {}", launch.function, ptx::text(finding)));
  }
  for (size_t i = 0; i < images.size(); ++i) {
    const Operand &operand = kernel.operands[i];
    if (isWritten(operand.role))
      result.outputs.emplace(
          operand.name, collectDense(operand, images[i], memory.bytesAt(reinterpret_cast<uint64_t>(tensors[i].data))));
  }
  return result;
}

} // namespace

Status checkInterpreterOptions(const CheckOptions &options) {
  ptx::LaunchOptions unused;
  return setModes(unused, options);
}

Result<std::unique_ptr<KernelCode>> openInterpreted(const Manifest &manifest, const Kernel &kernel,
                                                    const CheckOptions &options) {
  Result<KernelTarget> target = chooseDeviceTarget(kernel, options, manifest.path);
  if (!target)
    return Failure{target.error()};
  Result<std::string> text = readBytes(options.bundle + "/" + target->ptx);
  if (!text)
    return Failure{text.error()};
  Result<ptx::Module> module = ptx::Module::parse(*text);
  if (!module)
    return Failure{fmt::format("{}/{}: {}", options.bundle, target->ptx, module.error())};
  ptx::LaunchOptions launchOptions;
  if (Status status = setModes(launchOptions, options); !status)
    return Failure{status.error()};
  launchOptions.maxFindings = 5;
  return std::unique_ptr<KernelCode>(
      std::make_unique<InterpretedCode>(kernel, std::move(*target), std::move(*module), launchOptions));
}

} // namespace camber::harness
