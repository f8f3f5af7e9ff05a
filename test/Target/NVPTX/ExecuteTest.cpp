// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The PTX of kernels in bundles, executed by the interpreter as camber-check --device=interpreter does: asynchronous
// copies late, approximate instructions off by their bound, races looked for, no findings, results within the bars of
// the float64 reference.
#include "../../Compiler/SetFields.h"
#include "CheckKernel.h"
#include "camber/Bundle/TemporaryDirectory.h"
#include "camber/Compiler/Compiler.h"
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
  return spec;
}
LengthSpec exactly(int64_t n) { return {LengthSpec::Static, n}; }
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
      {"segments", with(open, [](KernelSpec &s) { s.segments = true, s.causal = true; }), 1, 140, 140},
      {"positions", with(open, [](KernelSpec &s) { s.offsetPositions = true, s.causal = true; }), 2, 20, 90},
      {"sink", with(open, [](KernelSpec &s) { s.sink = true; }), 1, 20, 90},
      {"bf16", with(open, [](KernelSpec &s) { s.storage = "bf16", s.causal = true; }), 1, 90, 90},
      {"alibi",
       with(open,
            [](KernelSpec &s) {
              s.bias = "alibi";
              s.causal = true;
              s.skip = false;
            }),
       1, 150, 150},
      {"skipping",
       with(attention(4, 2, 64, kAny, kAny),
            [](KernelSpec &s) {
              s.bias = "alibi";
              s.causal = true;
            }),
       1, 600, 600},
      {"skipping_symmetric", with(attention(2, 2, 64, exactly(640), exactly(700)),
                                  [](KernelSpec &s) {
                                    s.bias = "alibi";
                                    test::setFields(s, {{"alibi-form", "symmetric"}});
                                  })},
      {"skipping_given_norms",
       with(attention(8, 2, 64, exactly(1), kAny),
            [](KernelSpec &s) {
              s.bias = "alibi";
              s.keyNorms = s.offsetPositions = true;
            }),
       2, 0, 1000},
      {"split_keys", with(attention(4, 1, 128, exactly(1), kAny), [](KernelSpec &s) { s.sink = true; }), 2, 0, 1500},
      {"f32", with(open, [](KernelSpec &s) { s.storage = "f32", s.causal = true; }), 1, 90, 150},
      {"f32_decoding", with(attention(4, 2, 128, exactly(1), kAny), [](KernelSpec &s) { s.storage = "f32"; }), 1, 0,
       600},
      {"softcap", with(open, [](KernelSpec &s) { s.softcap = 20.0; }), 1, 90, 90},
      {"t5",
       with(open,
            [](KernelSpec &s) {
              s.bias = "t5";
              test::setFields(s, {{"bidirectional", "true"}});
            }),
       1, 200, 300},
      {"t5_causal",
       with(open,
            [](KernelSpec &s) {
              s.bias = "t5";
              s.causal = true;
            }),
       1, 200, 200},
      {"alibi_symmetric",
       with(open,
            [](KernelSpec &s) {
              s.bias = "alibi";
              test::setFields(s, {{"alibi-form", "symmetric"}});
            }),
       1, 150, 150},
      {"alibi_operand_packed",
       with(attention(8, 2, 64, exactly(7), kAny),
            [](KernelSpec &s) {
              s.bias = "alibi";
              test::setFields(s, {{"slopes", "operand"}});
            }),
       1, 0, 100},
  };
  for (int64_t headDim : {32, 48, 80, 96, 112, 128, 192, 256})
    for (const char *storage : {"f16", "f32"})
      all.push_back({"head_dim",
                     with(attention(1, 1, headDim, kAny, kAny),
                          [&](KernelSpec &s) {
                            s.causal = true;
                            s.storage = storage;
                          }),
                     1, 70, 100});
  for (size_t i = 0; i < all.size(); ++i)
    all[i].spec.name = std::string("k") + std::to_string(i) + "_" + all[i].name;
  return all;
}

TEST(ExecutePTX, AgreesWithTheReference) {
  const std::vector<Case> all = cases();
  KernelSource source;
  for (const Case &test : all)
    source.specs.push_back(test.spec);
  CompileOptions options;
  options.targets = {llvm::cantFail(lookupTarget("sm_80"))};
  options.cubins = false;
  auto directory = llvm::cantFail(bundle::TemporaryDirectory::createForTemporaryFiles("camber-test"));
  harness::CheckOptions check;
  check.bundle = directory.file("bundle");
  check.device = "interpreter";
  check.inputs = "normal";
  llvm::Error error = compileBundle(source, options, {"kernels", check.bundle, false});
  ASSERT_FALSE(bool(error)) << llvm::toString(std::move(error));
  Result<Manifest> manifest = readManifest(check.bundle);
  ASSERT_TRUE(manifest) << manifest.error();
  EXPECT_EQ(manifest->architecture, "none");
  for (size_t i = 0; i < all.size(); ++i) {
    const Kernel &kernel = manifest->kernels[i];
    SCOPED_TRACE(kernel.name);
    check.batch = all[i].batch;
    check.qLen = kernel.qLen.kind == Length::Static ? kernel.qLen.value : all[i].qLen;
    check.kvLen = kernel.kvLen.kind == Length::Static ? kernel.kvLen.value : all[i].kvLen;
    Result<std::unique_ptr<harness::KernelCode>> code = harness::openInterpreted(*manifest, kernel, check);
    ASSERT_TRUE(code) << code.error();
    Result<harness::KernelReport> report = harness::checkKernel(kernel, **code, check, 2);
    ASSERT_TRUE(report) << report.error();
    std::string messages;
    for (const std::string &message : report->messages)
      messages += message + "\n";
    EXPECT_EQ(report->outcome, "passed") << messages;
  }
}

TEST(ExecutePTX, IsEmittedForEveryChip) {
  for (const char *chip : {"sm_80", "sm_86", "sm_89", "sm_90", "sm_100", "sm_120"}) {
    CompileOptions options;
    options.targets = {llvm::cantFail(lookupTarget(chip))};
    KernelSpec spec = attention(2, 2, 64, kAny, kAny);
    spec.name = "k";
    llvm::Expected<std::string> ptx = emitText(KernelSource{{spec}, "", "", {}, {}}, options, Emit::Asm);
    ASSERT_TRUE(bool(ptx)) << llvm::toString(ptx.takeError());
    EXPECT_NE(ptx->find(std::string(".target ") + chip), std::string::npos);
    for (const char *entry : {".visible .entry k_main(", ".visible .entry k_combine("})
      EXPECT_NE(ptx->find(entry), std::string::npos) << entry;
  }
}

} // namespace
} // namespace camber
