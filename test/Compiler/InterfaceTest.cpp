// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Every error code of camber/Runtime/abi.h, provoked on compiled kernels: one mistake per row of the tables below.
#include "InterfaceCall.h"
#include "NativeKernels.h"
#include "SetFields.h"
#include <cmath>
#include <set>

using namespace camber;
using namespace camber::test;

namespace {

/// "ranges": query length exactly 3, at most 9 keys, key ranges, slopes [B, H], a run-time scalar, lse.
/// "moving": any lengths, positions that are operands, f16, no lse.
KernelSource kernels() {
  KernelSpec ranges, moving;
  ranges.name = "ranges";
  ranges.bias = "alibi";
  test::setFields(ranges, {{"slopes", "per-batch"}, {"interpolation", "run-time"}});
  ranges.qLen = {LengthSpec::Static, 3};
  ranges.kvLen = {LengthSpec::Bounded, 9};
  ranges.keyRanges = true;
  moving.name = "moving";
  moving.storage = "f16";
  moving.causal = moving.offsetPositions = true;
  moving.lse = false;
  for (KernelSpec *spec : {&ranges, &moving}) {
    spec->heads = 4;
    spec->kvHeads = 2;
    spec->headDim = 16;
  }
  KernelSource source;
  source.specs = {ranges, moving};
  return source;
}

enum Which { Ranges, Moving };

class Interface : public NativeKernels<kernels> {
protected:
  static Call makeCall(Which which, Sizes sizes = {2, 3, 7}) { return Call(kernel(which), entry(which), sizes); }
};

struct Mistake {
  const char *what;
  Which kernel;
  std::function<void(Call &)> make;
  camber_status status;
};

constexpr int64_t kLimit = int64_t(1) << 24;

std::vector<Mistake> planMistakes() {
  auto stride = [](const char *operand, int dim, int64_t value) {
    return [=](Call &call) { call.operand(operand).strides[dim] = value; };
  };
  auto shift = [](const char *operand, int64_t bytes) {
    return [=](Call &call) { call.operand(operand).data = static_cast<char *>(call.operand(operand).data) + bytes; };
  };
  auto entry = [](const char *operand, int64_t value) {
    return [=](Call &call) { call.as<int32_t>(operand)[1] = static_cast<int32_t>(value); };
  };
  auto alias = [](const char *to, const char *from, int64_t bytes) {
    return [=](Call &call) { call.operand(to).data = static_cast<char *>(call.operand(from).data) + bytes; };
  };
  std::vector<Mistake> mistakes = {
      {"no arguments", Ranges, [](Call &c) { c.passArguments = false; }, CAMBER_ERROR_NULL_ARGS},
      {"no plan", Ranges, [](Call &c) { c.passPlan = false; }, CAMBER_ERROR_NULL_ARGS},
      {"one operand less", Ranges, [](Call &c) { c.header().struct_size -= sizeof(camber_tensor); },
       CAMBER_ERROR_STRUCT_SIZE},
      {"one operand more", Ranges, [](Call &c) { c.header().struct_size += sizeof(camber_tensor); },
       CAMBER_ERROR_STRUCT_SIZE},
      {"a plan of another size", Ranges, [](Call &c) { c.made.struct_size = 8; }, CAMBER_ERROR_STRUCT_SIZE},
      {"arguments of a later version", Ranges, [](Call &c) { ++c.header().abi_version; }, CAMBER_ERROR_ABI_VERSION},
      {"a plan of version 0", Ranges, [](Call &c) { c.made.abi_version = 0; }, CAMBER_ERROR_ABI_VERSION},
      {"another storage type", Ranges, [](Call &c) { c.header().element = CAMBER_BF16; }, CAMBER_ERROR_ELEMENT},
      {"no storage type", Ranges, [](Call &c) { c.header().element = -1; }, CAMBER_ERROR_ELEMENT},
      {"operands on a GPU", Ranges, [](Call &c) { c.header().device = CAMBER_DEVICE_CUDA; }, CAMBER_ERROR_MEMORY},
      {"no thread", Ranges, [](Call &c) { c.threads = 0; }, CAMBER_ERROR_THREADS},
      {"fewer than no threads", Ranges, [](Call &c) { c.threads = INT32_MIN; }, CAMBER_ERROR_THREADS},
      {"a negative batch", Ranges, [](Call &c) { c.header().batch = -1; }, CAMBER_ERROR_BATCH},
      {"a batch of 2^31", Ranges, [](Call &c) { c.header().batch = int64_t(1) << 31; }, CAMBER_ERROR_BATCH},
      {"fewer queries than exactly 3", Ranges, [](Call &c) { c.header().q_len = 2; }, CAMBER_ERROR_QUERY_LENGTH},
      {"more queries than exactly 3", Ranges, [](Call &c) { c.header().q_len = 4; }, CAMBER_ERROR_QUERY_LENGTH},
      {"a negative query length", Moving, [](Call &c) { c.header().q_len = -1; }, CAMBER_ERROR_QUERY_LENGTH},
      {"2^24 queries", Moving, [](Call &c) { c.header().q_len = kLimit; }, CAMBER_ERROR_QUERY_LENGTH},
      {"more keys than at most 9", Ranges, [](Call &c) { c.header().kv_len = 10; }, CAMBER_ERROR_KEY_LENGTH},
      {"a negative bounded key length", Ranges, [](Call &c) { c.header().kv_len = -1; }, CAMBER_ERROR_KEY_LENGTH},
      {"a negative key length", Moving, [](Call &c) { c.header().kv_len = INT64_MIN; }, CAMBER_ERROR_KEY_LENGTH},
      {"2^24 keys", Moving, [](Call &c) { c.header().kv_len = kLimit; }, CAMBER_ERROR_KEY_LENGTH},
      {"q off by a byte", Ranges, shift("q", 1), CAMBER_ERROR_ALIGNMENT},
      {"k off by half an element", Ranges, shift("k", 2), CAMBER_ERROR_ALIGNMENT},
      {"f16 v off by a byte", Moving, shift("v", 1), CAMBER_ERROR_ALIGNMENT},
      {"lse off by half an element", Ranges, shift("lse", 2), CAMBER_ERROR_ALIGNMENT},
      {"key_end off by half an element", Ranges, shift("key_end", 2), CAMBER_ERROR_ALIGNMENT},
      {"factor off by half an element", Ranges, shift("factor", 2), CAMBER_ERROR_ALIGNMENT},
      {"a negative stride of q", Ranges, stride("q", 0, -192), CAMBER_ERROR_STRIDE},
      {"a negative stride of v", Moving, stride("v", 2, -16), CAMBER_ERROR_STRIDE},
      {"a negative stride of a parameter", Ranges, stride("slopes", 1, -1), CAMBER_ERROR_STRIDE},
      {"a negative stride of a range", Ranges, stride("key_begin", 0, -1), CAMBER_ERROR_STRIDE},
      {"a negative stride of o", Ranges, stride("o", 1, -48), CAMBER_ERROR_STRIDE},
      {"o broadcast over the batch", Ranges, stride("o", 0, 0), CAMBER_ERROR_STRIDE},
      {"o broadcast over the queries", Moving, stride("o", 2, 0), CAMBER_ERROR_STRIDE},
      {"lse broadcast over the heads", Ranges, stride("lse", 1, 0), CAMBER_ERROR_STRIDE},
      {"lse broadcast over the queries", Ranges, stride("lse", 2, 0), CAMBER_ERROR_STRIDE},
      {"heads of o in one another", Ranges, stride("o", 1, 32), CAMBER_ERROR_STRIDE},
      {"the rows of o one element too close", Moving, stride("o", 2, 15), CAMBER_ERROR_STRIDE},
      {"heads of lse in one another", Ranges, stride("lse", 1, 2), CAMBER_ERROR_STRIDE},
      {"the batch of o as far apart as its heads", Ranges, stride("o", 0, 48), CAMBER_ERROR_STRIDE},
      {"a stride of q that wraps around the address space", Ranges, stride("q", 1, int64_t(1) << 62),
       CAMBER_ERROR_STRIDE},
      {"a parameter that reaches over 2^56 elements", Ranges, stride("slopes", 0, int64_t(1) << 56),
       CAMBER_ERROR_STRIDE},
      {"o that reaches over 2^56 elements", Moving, stride("o", 2, int64_t(1) << 55), CAMBER_ERROR_STRIDE},
      {"o on q", Moving, alias("o", "q", 0), CAMBER_ERROR_ALIASING},
      {"o begins with the last element of k", Ranges, alias("o", "k", (2 * 2 * 7 * 16 - 1) * 4), CAMBER_ERROR_ALIASING},
      {"o on v", Ranges, alias("o", "v", 0), CAMBER_ERROR_ALIASING},
      {"lse inside o", Ranges, alias("lse", "o", 64), CAMBER_ERROR_ALIASING},
      {"o ends with the first element of lse", Ranges, alias("lse", "o", (2 * 4 * 3 * 16 - 1) * 4),
       CAMBER_ERROR_ALIASING},
      {"lse on a parameter", Ranges, alias("lse", "slopes", 0), CAMBER_ERROR_ALIASING},
      {"a run-time scalar inside o", Ranges, alias("factor", "o", 0), CAMBER_ERROR_ALIASING},
      {"a range inside lse", Ranges, alias("key_begin", "lse", 0), CAMBER_ERROR_ALIASING},
      {"a key range that begins before 0", Ranges, entry("key_begin", -1), CAMBER_ERROR_KEY_RANGE},
      {"a key range that ends past the keys", Ranges, entry("key_end", 8), CAMBER_ERROR_KEY_RANGE},
      {"a key range that ends before 0", Ranges, entry("key_end", -1), CAMBER_ERROR_KEY_RANGE},
      {"a key range that ends before it begins", Ranges,
       [](Call &c) {
         c.as<int32_t>("key_begin")[1] = 5;
         c.as<int32_t>("key_end")[1] = 4;
       },
       CAMBER_ERROR_KEY_RANGE},
      {"the first query before every position", Moving, entry("query_offset", -kLimit), CAMBER_ERROR_POSITION},
      {"the last query past every position", Moving, entry("query_offset", kLimit - 2), CAMBER_ERROR_POSITION},
      {"the first key before every position", Moving, entry("key_offset", INT32_MIN), CAMBER_ERROR_POSITION},
      {"the last key past every position", Moving, entry("key_offset", kLimit - 6), CAMBER_ERROR_POSITION},
      {"a key offset near the end of the type", Moving, entry("key_offset", INT32_MAX), CAMBER_ERROR_POSITION},
  };
  for (const char *operand : {"q", "k", "v", "slopes", "factor", "key_begin", "key_end", "o", "lse"})
    mistakes.push_back(
        {operand, Ranges, [=](Call &c) { c.operand(operand).data = nullptr; }, CAMBER_ERROR_NULL_OPERAND});
  for (const char *operand : {"query_offset", "key_offset"})
    mistakes.push_back(
        {operand, Moving, [=](Call &c) { c.operand(operand).data = nullptr; }, CAMBER_ERROR_NULL_OPERAND});
  for (const char *operand : {"q", "k", "v", "o"})
    for (int64_t value : {0, 2, -1})
      mistakes.push_back({operand, Moving, stride(operand, 3, value), CAMBER_ERROR_HEAD_DIM_STRIDE});
  return mistakes;
}

std::vector<Mistake> runMistakes() {
  return {
      {"no arguments", Ranges, [](Call &c) { c.passArguments = false; }, CAMBER_ERROR_NULL_ARGS},
      {"no plan", Ranges, [](Call &c) { c.passPlan = false; }, CAMBER_ERROR_NULL_ARGS},
      {"no thread workspace", Ranges, [](Call &c) { c.thread = nullptr; }, CAMBER_ERROR_NULL_ARGS},
      {"no shared workspace where it is needed", Moving, [](Call &c) { c.shared = nullptr; }, CAMBER_ERROR_NULL_ARGS},
      {"arguments of another size", Ranges, [](Call &c) { c.header().struct_size = 0; }, CAMBER_ERROR_STRUCT_SIZE},
      {"a plan of another size", Ranges, [](Call &c) { ++c.made.struct_size; }, CAMBER_ERROR_STRUCT_SIZE},
      {"arguments of another version", Ranges, [](Call &c) { c.header().abi_version = 0; }, CAMBER_ERROR_ABI_VERSION},
      {"a plan of a later version", Ranges, [](Call &c) { ++c.made.abi_version; }, CAMBER_ERROR_ABI_VERSION},
      {"a plan that nothing has made", Ranges, [](Call &c) { c.made.fingerprint = 0; }, CAMBER_ERROR_PLAN_MISMATCH},
      {"a plan for a larger batch", Ranges, [](Call &c) { c.header().batch = 0; }, CAMBER_ERROR_PLAN_MISMATCH},
      {"a plan for more queries", Moving, [](Call &c) { --c.header().q_len; }, CAMBER_ERROR_PLAN_MISMATCH},
      {"a plan for fewer keys", Moving, [](Call &c) { ++c.header().kv_len; }, CAMBER_ERROR_PLAN_MISMATCH},
      {"a plan without splits", Ranges, [](Call &c) { c.made.num_splits = 0; }, CAMBER_ERROR_PLAN_MISMATCH},
      {"a phase before the first", Ranges, [](Call &c) { c.phase = -1; }, CAMBER_ERROR_PHASE},
      {"a phase after the last", Ranges, [](Call &c) { c.phase = CAMBER_NUM_PHASES; }, CAMBER_ERROR_PHASE},
      {"a task before the first", Ranges, [](Call &c) { c.begin = -1; }, CAMBER_ERROR_TASK_RANGE},
      {"a task after the last", Ranges, [](Call &c) { ++c.end; }, CAMBER_ERROR_TASK_RANGE},
      {"a task after the last of a phase without tasks", Ranges,
       [](Call &c) {
         c.phase = CAMBER_PHASE_COMBINE;
         c.end = 1;
       },
       CAMBER_ERROR_TASK_RANGE},
      {"tasks that end before they begin", Ranges,
       [](Call &c) {
         c.begin = 2;
         c.end = 1;
       },
       CAMBER_ERROR_TASK_RANGE},
      {"a thread workspace off by an element", Ranges, [](Call &c) { c.thread = static_cast<char *>(c.thread) + 4; },
       CAMBER_ERROR_WORKSPACE_ALIGNMENT},
      {"a shared workspace off by half its alignment", Moving,
       [](Call &c) { c.shared = static_cast<char *>(c.shared) + 32; }, CAMBER_ERROR_WORKSPACE_ALIGNMENT},
  };
}

/// The call of a kernel that a mistake is made in. With enough keys and threads "moving" splits its keys, and needs
/// shared workspace.
Sizes sizesForRun(Which which) { return which == Ranges ? Sizes{2, 3, 7} : Sizes{1, 3, 2000}; }

} // namespace

TEST_F(Interface, PlanRefusesEveryMistake) {
  for (const Mistake &mistake : planMistakes()) {
    Call call = makeCall(mistake.kernel);
    ASSERT_EQ(call.plan(), CAMBER_OK) << mistake.what;
    mistake.make(call);
    EXPECT_STREQ(camber_status_name(call.plan()), camber_status_name(mistake.status)) << mistake.what;
    EXPECT_TRUE(call.outputsUntouched()) << mistake.what;
  }
}

TEST_F(Interface, RunRefusesEveryMistakeAndWritesNothing) {
  for (const Mistake &mistake : runMistakes()) {
    Call call = makeCall(mistake.kernel, sizesForRun(mistake.kernel));
    call.threads = 64;
    ASSERT_EQ(call.plan(), CAMBER_OK) << mistake.what;
    call.allocateWorkspace();
    if (mistake.kernel == Moving) {
      ASSERT_GT(call.made.shared_workspace_bytes, 0u) << mistake.what;
    }
    mistake.make(call);
    EXPECT_STREQ(camber_status_name(call.run()), camber_status_name(mistake.status)) << mistake.what;
    EXPECT_TRUE(call.outputsUntouched()) << mistake.what;
  }
}

TEST_F(Interface, ThePlanOfAnotherKernelIsRefused) {
  Call ranges = makeCall(Ranges), moving = makeCall(Moving);
  ASSERT_EQ(ranges.plan(), CAMBER_OK);
  ASSERT_EQ(moving.plan(), CAMBER_OK);
  moving.allocateWorkspace();
  moving.made = ranges.made;
  EXPECT_STREQ(camber_status_name(moving.run()), "CAMBER_ERROR_PLAN_MISMATCH");
}

TEST_F(Interface, WorkspaceThatCannotBeHadIsAnError) {
  Call call = makeCall(Ranges);
  DriverHooks hooks;
  hooks.workspace = [](int, uint64_t) -> void * { return nullptr; };
  EXPECT_STREQ(camber_status_name(ThreadPool(1, hooks).call(call.entry, call.arguments.data())),
               "CAMBER_ERROR_WORKSPACE_SIZE");
  EXPECT_TRUE(call.outputsUntouched());
}

TEST(InterfaceCpu, AProcessorOfNoTargetIsAnError) {
  // A bit of CPUID that is reserved, and 0 on every processor.
  TargetDesc target = llvm::cantFail(lookupTarget("native"));
  if (target.arch != "x86_64")
    GTEST_SKIP() << "the only target of " << target.arch << " runs everywhere";
  target.required.push_back({1, 0, CpuidBit::EDX, 10});
  CompileOptions options;
  options.targets = {target};
  CompiledBundle compiled(kernels(), options);
  ASSERT_TRUE(compiled.bundle) << compiled.error;
  for (Which which : {Ranges, Moving}) {
    Call call(compiled.bundle->manifest().kernels[which], compiled.bundle->entry(which), {2, 3, 7});
    EXPECT_STREQ(camber_status_name(call.plan()), "CAMBER_ERROR_CPU");
    EXPECT_STREQ(camber_status_name(call.run()), "CAMBER_ERROR_CPU");
    EXPECT_TRUE(call.outputsUntouched());
  }
}

TEST(InterfaceCodes, EveryOneIsInATable) {
  // Tests of their own: here, in test/Runtime for devices, and in test/Bundle for families.
  std::set<camber_status> codes = {CAMBER_OK,           CAMBER_ERROR_CPU,    CAMBER_ERROR_WORKSPACE_SIZE,
                                   CAMBER_ERROR_DEVICE, CAMBER_ERROR_BUNDLE, CAMBER_ERROR_CANDIDATE};
  for (const std::vector<Mistake> &mistakes : {planMistakes(), runMistakes()})
    for (const Mistake &mistake : mistakes)
      codes.insert(mistake.status);
  for (camber_status code = 0; code < CAMBER_STATUS_COUNT; ++code)
    EXPECT_TRUE(codes.count(code)) << camber_status_name(code);
}

//===----------------------------------------------------------------------------------------------------------------===//
// What is at the edge and valid
//===----------------------------------------------------------------------------------------------------------------===//

TEST_F(Interface, AnEmptyBatchNeedsNoMemory) {
  for (Which which : {Ranges, Moving}) {
    Call call = makeCall(which, {0, 3, 7});
    for (const Operand &operand : call.kernel.operands)
      if (operand.name != "factor") // which is one number for the whole batch
        call.operand(operand.name).data = nullptr;
    EXPECT_STREQ(camber_status_name(call.everything()), "CAMBER_OK") << call.kernel.name;
  }
}

TEST_F(Interface, NoQueriesWriteNothing) {
  Call call = makeCall(Moving, {2, 0, 7});
  call.operand("q").data = call.operand("o").data = nullptr;
  EXPECT_STREQ(camber_status_name(call.everything()), "CAMBER_OK");
}

TEST_F(Interface, NoKeysGiveZeroAndMinusInfinity) {
  Call call = makeCall(Ranges, {2, 3, 0});
  call.operand("k").data = call.operand("v").data = nullptr;
  ASSERT_STREQ(camber_status_name(call.everything()), "CAMBER_OK");
  for (int64_t i = 0; i < 2 * 4 * 3 * 16; ++i)
    ASSERT_EQ(call.as<float>("o")[i], 0) << i;
  for (int64_t i = 0; i < 2 * 4 * 3; ++i)
    ASSERT_EQ(call.as<float>("lse")[i], -INFINITY) << i;
}

TEST_F(Interface, EmptyKeyRangesAndTheWholeRangeAreValid) {
  Call call = makeCall(Ranges);
  int32_t *begin = call.as<int32_t>("key_begin"), *end = call.as<int32_t>("key_end");
  begin[0] = end[0] = 7;
  begin[1] = 0, end[1] = 7;
  ASSERT_STREQ(camber_status_name(call.everything()), "CAMBER_OK");
  EXPECT_EQ(call.as<float>("lse")[0], -INFINITY);
  EXPECT_TRUE(std::isfinite(call.as<float>("lse")[4 * 3]));
}

TEST_F(Interface, TheOutermostPositionsAreValid) {
  Call call = makeCall(Moving);
  int32_t *query = call.as<int32_t>("query_offset"), *key = call.as<int32_t>("key_offset");
  query[0] = key[0] = 1 - kLimit;
  query[1] = kLimit - 3, key[1] = kLimit - 7;
  EXPECT_STREQ(camber_status_name(call.everything()), "CAMBER_OK");
}

TEST_F(Interface, LengthsUpToTheBoundAreValid) {
  for (int64_t kvLen = 0; kvLen <= 9; ++kvLen)
    EXPECT_STREQ(camber_status_name(makeCall(Ranges, {1, 3, kvLen}).everything()), "CAMBER_OK") << kvLen;
}

TEST_F(Interface, OperandsSideBySideAreNoAliases) {
  // lse begins where o ends.
  Call call = makeCall(Ranges);
  std::vector<float> memory(2 * 4 * 3 * 17);
  call.operand("o").data = memory.data();
  call.operand("lse").data = memory.data() + 2 * 4 * 3 * 16;
  EXPECT_STREQ(camber_status_name(call.everything()), "CAMBER_OK");
  // Inputs may share memory, and a dimension of size 1 may have any stride.
  Call shared = makeCall(Ranges, {1, 3, 7});
  shared.operand("v").data = shared.operand("k").data;
  shared.operand("o").strides[0] = shared.operand("lse").strides[0] = 0;
  EXPECT_STREQ(camber_status_name(shared.everything()), "CAMBER_OK");
}

TEST_F(Interface, AStrideOfZeroBroadcastsAnInput) {
  // The second batch entry of each input is a copy of the first, or is the first.
  Call copied = makeCall(Ranges), broadcast = makeCall(Ranges);
  for (const char *name : {"q", "k", "v", "slopes", "key_begin", "key_end"}) {
    camber_tensor &tensor = copied.operand(name);
    const size_t bytes = tensor.strides[0] * 4;
    std::memcpy(static_cast<char *>(tensor.data) + bytes, tensor.data, bytes);
    std::memcpy(broadcast.operand(name).data, tensor.data, bytes);
    broadcast.operand(name).strides[0] = 0;
  }
  ASSERT_STREQ(camber_status_name(copied.everything()), "CAMBER_OK");
  ASSERT_STREQ(camber_status_name(broadcast.everything()), "CAMBER_OK");
  EXPECT_EQ(std::memcmp(copied.as<float>("o"), broadcast.as<float>("o"), 2 * 4 * 3 * 16 * 4), 0);
  EXPECT_EQ(std::memcmp(copied.as<float>("lse"), broadcast.as<float>("lse"), 2 * 4 * 3 * 4), 0);
  EXPECT_FALSE(copied.outputsUntouched());
}

TEST_F(Interface, NoWorkNeedsNoWorkspace) {
  Call call = makeCall(Ranges);
  ASSERT_EQ(call.plan(), CAMBER_OK);
  call.end = 0;
  EXPECT_STREQ(camber_status_name(call.run()), "CAMBER_OK");
  call.begin = call.end = call.made.tasks[CAMBER_PHASE_MAIN];
  EXPECT_STREQ(camber_status_name(call.run()), "CAMBER_OK");
  EXPECT_TRUE(call.outputsUntouched());
}
