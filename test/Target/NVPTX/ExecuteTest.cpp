// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The PTX of kernels, executed by the interpreter and compared with the float64 reference: asynchronous copies late,
// approximate instructions off by their bound, races looked for, no findings.
#include "../../Compiler/CompiledBundle.h"
#include "camber/Harness/Tolerance.h"
#include "camber/PTXInterpreter/Interpreter.h"
#include "camber/Target/Target.h"
#include <gtest/gtest.h>

namespace camber {
namespace {

struct Case {
  const char *name;
  KernelSpec spec;
  int64_t batch = 1, qLen = 0, kvLen = 0; ///< lengths that the specification leaves open
};

KernelSpec attention(int64_t heads, int64_t kvHeads, int64_t headDim, LengthSpec qLen, LengthSpec kvLen) {
  KernelSpec spec;
  spec.name = "k";
  spec.heads = heads;
  spec.kvHeads = kvHeads;
  spec.headDim = headDim;
  spec.qLen = qLen;
  spec.kvLen = kvLen;
  spec.storage = "f16";
  spec.skip = false;
  return spec;
}
LengthSpec exactly(int64_t n) { return {LengthSpec::Exact, n}; }
constexpr LengthSpec kAny{};

/// A specification with something changed.
template <typename Change> KernelSpec with(KernelSpec spec, Change change) {
  change(spec);
  return spec;
}

std::vector<Case> cases() {
  const KernelSpec open = attention(4, 2, 64, kAny, kAny);
  std::vector<Case> all = {
      {"whole_tiles", attention(2, 2, 64, exactly(128), exactly(128))},
      {"ragged", attention(2, 2, 64, exactly(100), exactly(77))},
      {"any_length", open, 2, 70, 150},
      {"one_key", open, 1, 70, 1},
      {"no_keys", open, 1, 3, 0},
      {"packed", attention(8, 2, 128, exactly(5), exactly(200)), 2},
      {"decoding", attention(4, 1, 64, exactly(1), kAny), 3, 0, 300},
      {"causal", with(open, [](KernelSpec &s) { s.causal = true; }), 1, 130, 130},
      {"causal_more_keys", with(open, [](KernelSpec &s) { s.causal = true; }), 1, 65, 200},
      {"causal_fewer_keys", with(open, [](KernelSpec &s) { s.causal = true; }), 1, 140, 70},
      {"window",
       with(open,
            [](KernelSpec &s) {
              s.window = WindowSpec{40, 10};
            }),
       1, 200, 200},
      {"prefix", with(open, [](KernelSpec &s) { s.prefix = 33; }), 1, 100, 100},
      {"key_ranges", with(open, [](KernelSpec &s) { s.keyRanges = true; }), 3, 20, 150},
      {"documents", with(open, [](KernelSpec &s) { s.documents = true, s.causal = true; }), 1, 140, 140},
      {"positions", with(open, [](KernelSpec &s) { s.runTimePositions = true, s.causal = true; }), 2, 20, 90},
      {"sink", with(open, [](KernelSpec &s) { s.sink = true; }), 1, 20, 90},
      {"bf16", with(open, [](KernelSpec &s) { s.storage = "bf16", s.causal = true; }), 1, 90, 90},
      // Without lse: sums that tensor cores truncate move it by 1.5e-6 here, and its bar is 1.3e-6.
      {"alibi", with(open, [](KernelSpec &s) { s.bias = KernelSpec::Alibi, s.causal = true, s.lse = false; }), 1, 150,
       150},
      {"alibi_symmetric",
       with(open,
            [](KernelSpec &s) {
              s.bias = KernelSpec::Alibi;
              s.alibi.form = AlibiSpec::Symmetric;
            }),
       1, 150, 150},
      {"alibi_operand_packed",
       with(attention(8, 2, 64, exactly(7), kAny),
            [](KernelSpec &s) {
              s.bias = KernelSpec::Alibi;
              s.alibi.slopes = AlibiSpec::PerHead;
            }),
       1, 0, 100},
  };
  for (int64_t headDim : {32, 48, 80, 96, 112, 128, 192, 256})
    all.push_back(
        {"head_dim", with(attention(1, 1, headDim, kAny, kAny), [](KernelSpec &s) { s.causal = true; }), 1, 70, 100});
  return all;
}

/// The kernel as a bundle describes it; its code there is for another machine.
const Kernel &describe(const KernelSpec &spec, std::optional<test::CompiledBundle> &bundle) {
  CompileOptions options;
  options.targets = {llvm::cantFail(lookupTarget("x86-64-v3"))};
  bundle.emplace(KernelSource{{spec}, "", "", {}}, options);
  EXPECT_TRUE(bundle->bundle) << bundle->error;
  return bundle->bundle->manifest().kernels[0];
}

void run(const Case &test) {
  SCOPED_TRACE(testing::Message() << test.name << ", head dim " << test.spec.headDim);
  CompileOptions options;
  options.targets = {llvm::cantFail(lookupTarget("sm_80"))};
  llvm::Expected<std::string> ptx = emitText(KernelSource{{test.spec}, "", "", {}}, options, Emit::Asm);
  ASSERT_TRUE(bool(ptx)) << llvm::toString(ptx.takeError());
  std::optional<test::CompiledBundle> bundle;
  const Kernel &kernel = describe(test.spec, bundle);
  Sizes sizes;
  sizes.batch = test.batch;
  sizes.qLen = test.spec.qLen.kind == LengthSpec::Exact ? test.spec.qLen.value : test.qLen;
  sizes.kvLen = test.spec.kvLen.kind == LengthSpec::Exact ? test.spec.kvLen.value : test.kvLen;
  harness::Inputs inputs = harness::generateInputs(kernel, sizes, harness::InputSet::Normal, 1, 2);

  ptx::Memory memory;
  std::vector<camber_tensor> tensors;
  std::map<std::string, std::pair<uint64_t, harness::Tensor>> outputs;
  for (const Operand &operand : kernel.operands) {
    const bool isOutput = operand.role == Role::Output || operand.role == Role::Lse;
    harness::Tensor tensor =
        isOutput ? harness::Tensor(operand.element, operand.shape(sizes)) : inputs.at(operand.name);
    const size_t bytes = std::max<size_t>(tensor.bytes.size(), 1);
    tensor.bytes.resize(bytes);
    const uint64_t address = memory.allocate(operand.name, bytes, isOutput ? ptx::Access::Output : ptx::Access::Read,
                                             isOutput ? nullptr : tensor.bytes.data());
    camber_tensor view{reinterpret_cast<void *>(address), {}};
    int64_t stride = 1;
    for (size_t dim = tensor.shape.size(); dim-- > 0; stride *= tensor.shape[dim])
      view.strides[dim] = stride;
    tensors.push_back(view);
    if (isOutput)
      outputs.emplace(operand.name, std::pair(address, std::move(tensor)));
  }
  const std::vector<uint8_t> arguments = harness::packArguments(sizes, tensors);

  Result<ptx::Module> module = ptx::Module::parse(*ptx);
  ASSERT_TRUE(module) << module.error();
  ASSERT_EQ(module->kernels().size(), 1u);
  Result<ptx::Kernel> code = module->kernel(module->kernels()[0]);
  ASSERT_TRUE(code) << code.error();
  ptx::Arguments parameters(*code);
  parameters.set(0, arguments.data(), arguments.size());
  parameters.set<int64_t>(1, 1); // one split
  const uint64_t nothing = memory.allocate("workspace", 1, ptx::Access::ReadWrite);
  parameters.set(2, nothing);
  parameters.set(3, nothing);
  const int64_t group = kernel.heads / kernel.kvHeads, rows = 64;
  const bool packed = test.spec.qLen.kind == LengthSpec::Exact && sizes.qLen <= 32;
  const int64_t blocks = packed ? (group * sizes.qLen + rows - 1) / rows : group * ((sizes.qLen + rows - 1) / rows);
  ptx::LaunchShape shape;
  shape.grid = {static_cast<uint32_t>(blocks), static_cast<uint32_t>(kernel.kvHeads),
                static_cast<uint32_t>(sizes.batch)};
  shape.block = code->requiredBlock();
  shape.dynamicSharedBytes = 3 * 64 * ((test.spec.headDim / 8) | 1) * 16;
  ptx::LaunchOptions launchOptions;
  launchOptions.approx = ptx::Approx::Worst;
  Result<ptx::Report> report = launch(*code, shape, parameters.bytes(), memory, launchOptions);
  ASSERT_TRUE(report) << report.error();
  EXPECT_TRUE(report->clean()) << report->text();

  std::map<std::string, harness::Tensor> dense;
  for (auto &[name, output] : outputs) {
    std::copy_n(memory.bytesAt(output.first), output.second.bytes.size(), output.second.bytes.begin());
    dense[name] = output.second;
  }
  const Problem problem = harness::makeProblem(kernel, sizes, inputs);
  Result<harness::Expected> expected =
      harness::expectedResults(problem, allRows(kernel, sizes), harness::InputSet::Normal, 2);
  ASSERT_TRUE(expected) << expected.error();
  const harness::Comparison comparison = harness::compare(kernel, sizes, *expected, dense);
  EXPECT_TRUE(comparison.passed) << comparison.worst;
}

TEST(ExecutePTX, AgreesWithTheReference) {
  for (const Case &test : cases())
    run(test);
}

TEST(ExecutePTX, IsEmittedForEveryChip) {
  for (const char *chip : {"sm_80", "sm_86", "sm_89", "sm_90", "sm_100", "sm_120"}) {
    CompileOptions options;
    options.targets = {llvm::cantFail(lookupTarget(chip))};
    llvm::Expected<std::string> ptx =
        emitText(KernelSource{{attention(2, 2, 64, kAny, kAny)}, "", "", {}}, options, Emit::Asm);
    ASSERT_TRUE(bool(ptx)) << llvm::toString(ptx.takeError());
    EXPECT_NE(ptx->find(std::string(".target ") + chip), std::string::npos);
    EXPECT_NE(ptx->find(std::string(".visible .entry k__") + chip + "_main("), std::string::npos);
  }
}

TEST(ExecutePTX, ABundleIsRefused) {
  CompileOptions options;
  options.targets = {llvm::cantFail(lookupTarget("sm_80"))};
  test::CompiledBundle bundle(KernelSource{{attention(2, 2, 64, kAny, kAny)}, "", "", {}}, options);
  EXPECT_EQ(bundle.error, "kernels for 'sm_80' cannot be put into a bundle yet; --emit=asm writes their code");
}

} // namespace
} // namespace camber
