// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Each synchronising or asynchronous instruction that is taken out of a kernel's PTX is noticed by the interpreter.
#include "camber/PTXInterpreter/Mutate.h"
#include "../../Compiler/SetFields.h"
#include "Placement.h"
#include "camber/Bundle/TemporaryDirectory.h"
#include "camber/Compiler/Compiler.h"
#include "camber/Harness/InputSets.h"
#include "camber/Runtime/DevicePlan.h"
#include "camber/Target/Target.h"
#include <gtest/gtest.h>

namespace camber {
namespace {

/// A kernel that skips keys, its operands, and what it computes.
class Subject {
public:
  Subject() {
    KernelSpec spec;
    spec.name = "k";
    spec.bias = "alibi";
    spec.heads = spec.kvHeads = 1;
    spec.headDim = 64;
    spec.storage = "f16";
    test::setFields(spec, {{"alibi-form", "symmetric"}}); // keys are skipped on both sides
    CompileOptions options;
    options.targets = {llvm::cantFail(lookupTarget("sm_80"))};
    options.cubins = false;
    auto directory = llvm::cantFail(bundle::TemporaryDirectory::createForTemporaryFiles("camber-test"));
    const std::string path = directory.file("bundle");
    llvm::cantFail(compileBundle(KernelSource{{spec}, "", "", {}, {}}, options, {"kernels", path, false}));
    manifest = *readManifest(path);
    text = *readBytes(path + "/" + kernel().targets[0].ptx);
    for (const Sizes &sizes : kSizes)
      inputs.push_back(harness::generateInputs(kernel(), sizes, harness::InputSet::Normal, 1, 1));
  }
  const Kernel &kernel() const { return manifest.kernels[0]; }

  /// Runs all functions, `changed` in the place of that of its name. What was wrong, or nothing.
  std::optional<std::string> run(const ptx::Kernel *changed, size_t number, harness::Tensor &o) const {
    const Sizes &sizes = kSizes[number];
    const DevicePlan plan = *planDevice(kernel(), *kernel().targets[0].launch, sizes, 1 << 20);
    const Problem problem = harness::makeProblem(kernel(), sizes, inputs[number]);
    const ptx::Module module = *ptx::Module::parse(text);
    ptx::Memory memory;
    std::vector<camber_tensor> tensors;
    std::vector<harness::Image> images;
    for (const Operand &operand : kernel().operands) {
      images.push_back(harness::imageOf(operand, problem, inputs[number], {}));
      const bool isOutput = isWritten(operand.role);
      camber_tensor tensor{
          reinterpret_cast<void *>(memory.allocate(operand.name, images.back().bytes.size(),
                                                   isOutput ? ptx::Access::Output : ptx::Access::Read,
                                                   isOutput ? nullptr : images.back().bytes.data(), kDeviceAlignment)),
          {}};
      std::copy(images.back().strides.begin(), images.back().strides.end(), tensor.strides);
      tensors.push_back(tensor);
    }
    const std::vector<uint8_t> arguments = harness::packArguments(kernel(), sizes, tensors, CAMBER_DEVICE_CUDA);
    const uint64_t partials = memory.allocate("partial results", plan.partialBytes, ptx::Access::ReadWrite);
    const uint64_t norms = memory.allocate("norms", plan.normBytes, ptx::Access::ReadWrite);
    for (const DeviceLaunch &launch : plan.launches) {
      const ptx::Kernel own = *module.kernel(launch.function);
      const ptx::Kernel &code = changed && changed->name() == launch.function ? *changed : own;
      ptx::Arguments parameters(code);
      parameters.set(0, arguments.data(), arguments.size());
      parameters.set<int64_t>(1, plan.splits);
      parameters.set(2, partials);
      parameters.set(3, norms);
      ptx::LaunchShape shape;
      shape.grid = launch.grid;
      shape.block = {launch.threads, 1, 1};
      shape.dynamicSharedBytes = launch.sharedBytes;
      ptx::LaunchOptions options;
      options.maxInstructions = 1 << 22;
      options.checkUnwritten = &launch == &plan.launches.back();
      Result<ptx::Report> report = ptx::launch(code, shape, parameters.bytes(), memory, options);
      if (!report)
        return report.error();
      if (!report->clean())
        return ptx::kindName(report->findings.front().kind);
    }
    for (size_t i = 0; i < images.size(); ++i)
      if (kernel().operands[i].role == Role::Output)
        o = harness::collectDense(kernel().operands[i], images[i],
                                  memory.bytesAt(reinterpret_cast<uint64_t>(tensors[i].data)));
    return std::nullopt;
  }

  /// So that keys are split and left out on both sides, with partial tiles and without: between them they take every
  /// way.
  static constexpr Sizes kSizes[] = {{1, 130, 900}, {1, 130, 960}, {1, 256, 1024}};
  Manifest manifest;
  std::string text;
  std::vector<harness::Inputs> inputs;
};

TEST(MutatedPTX, EveryDeletionIsNoticed) {
  const Subject subject;
  constexpr size_t numProblems = std::size(Subject::kSizes);
  harness::Tensor right[numProblems];
  for (size_t i = 0; i < numProblems; ++i)
    ASSERT_EQ(subject.run(nullptr, i, right[i]).value_or(""), "");
  size_t deleted = 0;
  for (const char *function : {"k_main", "k_prepare"}) {
    auto trial = [&](const ptx::Kernel &changed) -> std::optional<std::string> {
      for (size_t i = 0; i < numProblems; ++i) {
        harness::Tensor o;
        if (std::optional<std::string> wrong = subject.run(&changed, i, o))
          return wrong;
        if (o.bytes != right[i].bytes)
          return "another result";
      }
      return std::nullopt;
    };
    Result<std::vector<ptx::Mutant>> mutants = ptx::mutate(subject.text, function, trial);
    ASSERT_TRUE(mutants) << mutants.error();
    deleted += mutants->size();
    for (const ptx::Mutant &mutant : *mutants) {
      EXPECT_TRUE(mutant.noticed) << function << " line " << mutant.line << ": " << mutant.instruction;
    }
  }
  EXPECT_GT(deleted, 30u);
}

} // namespace
} // namespace camber
