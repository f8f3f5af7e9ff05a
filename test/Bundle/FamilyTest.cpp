// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Families: which kernel a call gets, what is said of the others, and which kernels can be one.
#include "camber/Bundle/Family.h"
#include "ToyKernel.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include <dlfcn.h>

using namespace camber;
using namespace camber::bundle;
using namespace camber::test;

namespace {

/// A toy whose K_plan returns `result`.
CompiledKernel member(const std::string &name, const std::string &storage, LengthSpec qLen, LengthSpec kvLen,
                      int result, const std::string &targetName = "x86-64-v3") {
  CompiledKernel kernel;
  kernel.signature = toySignature(name);
  kernel.signature.storage = storage;
  for (KernelOperand &operand : kernel.signature.operands)
    if (operand.role != "parameter" && operand.role != "lse")
      operand.element = storage;
  kernel.signature.qLen = qLen;
  kernel.signature.kvLen = kvLen;
  const TargetDesc desc = target(targetName);
  kernel.targets.push_back({desc, toyObject(name, desc, result), "", {}, ""});
  return kernel;
}

const LengthSpec kAny = {LengthSpec::Dynamic, 0}, kOne = {LengthSpec::Static, 1}, kFew = {LengthSpec::Bounded, 512};

std::vector<CompiledKernel> members() {
  return {member("f_f32_q1", "f32", kOne, kAny, 201), member("f_f32_few", "f32", kAny, kFew, 202),
          member("f_f16", "f16", kFew, kAny, 203)};
}
const KernelFamily family = {"f", {"f_f32_q1", "f_f32_few", "f_f16"}};

std::string refusal(const std::function<void(std::vector<CompiledKernel> &, KernelFamily &)> &edit) {
  std::vector<CompiledKernel> kernels = members();
  KernelFamily changed = family;
  edit(kernels, changed);
  return messageOf(validateFamilies({changed}, kernels));
}

TEST(Family, WhatCannotBeOne) {
  EXPECT_EQ(refusal([](auto &, auto &) {}), "");
  EXPECT_EQ(refusal([](auto &, auto &f) { f.name = "f_f16"; }),
            "family 'f_f16': a kernel or another family has the same name");
  EXPECT_NE(refusal([](auto &, auto &f) { f.name = "f-16"; }).find("'f-16'"), std::string::npos);
  EXPECT_EQ(refusal([](auto &, auto &f) { f.kernels.clear(); }), "family 'f': there is no kernel in it");
  EXPECT_EQ(refusal([](auto &, auto &f) { f.kernels.push_back("g"); }), "family 'f': there is no kernel 'g'");
  EXPECT_EQ(refusal([](auto &, auto &f) { f.kernels.push_back("f_f16"); }),
            "family 'f': kernel 'f_f16' is named twice");
  const std::string differ = "family 'f': kernels 'f_f32_q1' and 'f_f16' differ in more than storage type and lengths";
  EXPECT_EQ(refusal([](auto &k, auto &) { k[2].signature.heads = 8; }), differ);
  EXPECT_EQ(refusal([](auto &k, auto &) { k[2].signature.masks.clear(); }), differ);
  EXPECT_EQ(refusal([](auto &k, auto &) { k[2].signature.operands.pop_back(); }), differ);
  EXPECT_EQ(refusal([](auto &k, auto &) { k[2].signature.operands[3].element = "f16"; }), differ);
  EXPECT_EQ(refusal([](auto &k, auto &) { k[2].signature.skips = true; }), "");
  EXPECT_EQ(refusal([](auto &k, auto &) { k[2].targets.front().target.device = true; }), "");
}

#if defined(__x86_64__)
struct Args {
  camber_args_header header{sizeof(Args), CAMBER_ABI_VERSION, CAMBER_F32, CAMBER_DEVICE_CPU, 1, 1, 1};
  camber_tensor tensors[7] = {};
};

class FamilyLibrary : public testing::Test {
protected:
  void SetUp() override {
    if (!hostCanRun(target("x86-64-v3")))
      GTEST_SKIP() << "needs a processor that runs x86-64-v3";
    ASSERT_FALSE(llvm::sys::fs::createUniqueDirectory("camber-family-test", directory));
    std::vector<CompiledKernel> kernels = members();
    ASSERT_EQ(messageOf(writeBundle({"toy", path("out"), false}, kernels, {family})), "");
    for (const CompiledKernel &kernel : kernels)
      fingerprints.push_back(kernel.signature.fingerprint());
    library = dlopen(path("out/lib/libtoy.so").c_str(), RTLD_NOW | RTLD_LOCAL);
    ASSERT_TRUE(library) << dlerror();
    planFunction = reinterpret_cast<camber_plan_fn>(dlsym(library, "f_plan"));
    runFunction = reinterpret_cast<camber_run_fn>(dlsym(library, "f_run"));
    variantFunction = reinterpret_cast<camber_variant_fn>(dlsym(library, "f_variant"));
    ASSERT_TRUE(planFunction && runFunction && variantFunction);
  }
  void TearDown() override {
    if (library)
      dlclose(library);
    llvm::sys::fs::remove_directories(directory);
  }
  std::string path(const std::string &name) { return (directory + "/" + name).str(); }

  camber_status plan(int32_t element, int64_t qLen, int64_t kvLen) {
    Args args;
    args.header.element = element;
    args.header.q_len = qLen;
    args.header.kv_len = kvLen;
    return planFunction(&args, 1, &made);
  }

  llvm::SmallString<128> directory;
  void *library = nullptr;
  camber_plan_fn planFunction = nullptr;
  camber_run_fn runFunction = nullptr;
  camber_variant_fn variantFunction = nullptr;
  std::vector<uint64_t> fingerprints;
  camber_plan made = {};
};

TEST_F(FamilyLibrary, TheFirstThatFitsIsTaken) {
  EXPECT_EQ(plan(CAMBER_F32, 1, 100), 201);
  EXPECT_EQ(plan(CAMBER_F32, 1, 1 << 20), 201);
  EXPECT_EQ(plan(CAMBER_F32, 2, 100), 202);
  EXPECT_EQ(plan(CAMBER_F32, 2, 512), 202);
  EXPECT_EQ(plan(CAMBER_F16, 0, 513), 203);
  EXPECT_EQ(plan(CAMBER_F16, 512, 513), 203);
}

TEST_F(FamilyLibrary, WhereNoneFitsTheFarthestCheckIsNamed) {
  EXPECT_EQ(plan(CAMBER_F32, 2, 513), CAMBER_ERROR_KEY_LENGTH);
  EXPECT_EQ(plan(CAMBER_F32, 2, -1), CAMBER_ERROR_KEY_LENGTH);
  EXPECT_EQ(plan(CAMBER_F16, 513, 1), CAMBER_ERROR_QUERY_LENGTH);
  EXPECT_EQ(plan(CAMBER_BF16, 1, 1), CAMBER_ERROR_ELEMENT);
  EXPECT_EQ(plan(77, 1, 1), CAMBER_ERROR_ELEMENT);
}

TEST_F(FamilyLibrary, ArgumentsThatAreNoneAreRefused) {
  Args args;
  EXPECT_EQ(planFunction(nullptr, 1, &made), CAMBER_ERROR_NULL_ARGS);
  args.header.struct_size -= sizeof(camber_tensor);
  EXPECT_EQ(planFunction(&args, 1, &made), CAMBER_ERROR_STRUCT_SIZE);
  args = {};
  args.header.abi_version = 1;
  EXPECT_EQ(planFunction(&args, 1, &made), CAMBER_ERROR_ABI_VERSION);
}

TEST_F(FamilyLibrary, TheKernelThatMadeThePlanRuns) {
  Args args;
  int64_t stored = 0;
  args.tensors[0].data = &stored;
  for (uint64_t fingerprint : fingerprints) {
    made.fingerprint = fingerprint;
    stored = 0;
    EXPECT_EQ(runFunction(&args, &made, 1, 0, 5, nullptr, nullptr), CAMBER_OK);
    EXPECT_EQ(stored, 5);
  }
  made.fingerprint = 1;
  EXPECT_EQ(runFunction(&args, &made, 1, 0, 5, nullptr, nullptr), CAMBER_ERROR_PLAN_MISMATCH);
  EXPECT_EQ(runFunction(&args, nullptr, 1, 0, 5, nullptr, nullptr), CAMBER_ERROR_NULL_ARGS);
}

TEST_F(FamilyLibrary, EachVariantIsExplained) {
  EXPECT_EQ(*static_cast<const int32_t *>(dlsym(library, "f_variants")), 3);
  Args args;
  args.header.element = CAMBER_F16;
  args.header.q_len = 600;
  const camber_status expected[] = {CAMBER_ERROR_ELEMENT, CAMBER_ERROR_ELEMENT, CAMBER_ERROR_QUERY_LENGTH};
  camber_variant variant = {sizeof(variant), CAMBER_ABI_VERSION, nullptr, nullptr, 0, 0};
  for (int32_t i = 0; i < 3; ++i) {
    ASSERT_EQ(variantFunction(&args, i, &variant), CAMBER_OK);
    EXPECT_EQ(variant.kernel, family.kernels[i]);
    EXPECT_STREQ(variant.target, "x86-64-v3");
    EXPECT_EQ(variant.status, expected[i]);
  }
  args.header.q_len = 6;
  ASSERT_EQ(variantFunction(&args, 2, &variant), CAMBER_OK);
  EXPECT_EQ(variant.status, CAMBER_OK);
  for (int32_t index : {-1, 3})
    EXPECT_EQ(variantFunction(&args, index, &variant), CAMBER_ERROR_CANDIDATE);
  EXPECT_EQ(variantFunction(&args, 0, nullptr), CAMBER_ERROR_NULL_ARGS);
  variant.struct_size = 8;
  EXPECT_EQ(variantFunction(&args, 0, &variant), CAMBER_ERROR_STRUCT_SIZE);
}
#endif

} // namespace
