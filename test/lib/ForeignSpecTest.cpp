// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A bias that only this test registers, with a flag, a key of presets and specification files, and a reference: it is
// asked for, compiled, run and checked like a bias of lib/.
#include "../Compiler/CompiledBundle.h"
#include "../Compiler/SetFields.h"
#include "BiasOps.h"
#include "CheckKernel.h"
#include "KernelCode.h"
#include "KernelFlags.h"
#include "TestBias.h"
#include "camber/Compiler/Presets.h"
#include "camber/Compiler/SpecFile.h"
#include "camber/Target/Target.h"
#include <cmath>
#include <gtest/gtest.h>

using namespace camber;

namespace {

/// score - rate · log(1 + abs(distance)).
class FadeSpec : public attn::BiasSpecBase<FadeSpec> {
public:
  llvm::StringRef getName() const override { return "fade"; }
  void visitFields(attn::BiasFieldVisitor &visitor) override {
    visitor.visitReal("fade-rate", "Rate of the fade (default 0.5)", rate);
  }
  llvm::Error validate(const attn::BiasHeads &) const override {
    if (rate >= 0 && std::isfinite(rate))
      return llvm::Error::success();
    return llvm::createStringError(llvm::inconvertibleErrorCode(), "the rate of the fade must be at least 0");
  }
  mlir::Value build(mlir::OpBuilder &b, mlir::Location loc, const attn::BiasOperands &operands) const override {
    b.getContext()->loadDialect<test::TestBiasDialect>();
    return test::FadeOp::create(b, loc, b.getF32Type(), operands.score, operands.queryPosition, operands.keyPosition,
                                b.getF64FloatAttr(rate));
  }

private:
  double rate = 0.5;
};

template <typename Real> Result<Step<Real>> bindFade(const NodeContext &context) {
  const std::optional<double> rate = realAttribute(context.node.attrs, "rate");
  if (!rate || context.args.size() != 3)
    return Failure{"needs a rate, and score, query position and key position"};
  return Step<Real>([rate = Real(*rate), score = context.args[0], query = context.args[1],
                     key = context.args[2]](Frame<Real> &frame, Column<Real> &out) {
    for (size_t j = 0; j < frame.keys; ++j) {
      const int64_t distance = frame.columns[key].integer[j] - frame.columns[query].integer[j];
      out.real[j] = frame.columns[score].real[j] - rate * std::log1p(std::abs(Real(distance)));
    }
  });
}

class ForeignSpec : public ::testing::Test {
protected:
  static void SetUpTestSuite() {
    static const BiasReference fade = {bindFade<double>, bindFade<float>};
    registerBias("test_bias.fade", fade);
    attn::registerBias(std::make_unique<FadeSpec>());
  }
  static std::string messageOf(llvm::Error error) { return llvm::toString(std::move(error)); }

  static KernelSource sourceOf(std::vector<KernelSpec> specs) {
    KernelSource source;
    source.specs = std::move(specs);
    source.registerDialects = [](mlir::DialectRegistry &registry) { registry.insert<test::TestBiasDialect>(); };
    return source;
  }
};

const char *const kPreset = R"({"summary": "s",
    "sources": {"heads": "x", "kv-heads": "x", "head-dim": "x", "bias": "x", "scale": "x", "fade-rate": "x"},
    "kernel": {"fade-rate": 0.25, "bias": "fade", "heads": 2, "head-dim": 32}})";

TEST_F(ForeignSpec, IsCompiledAndChecked) {
  const TargetDesc target = llvm::cantFail(lookupTarget("x86-64-v3"));
  if (!hostCanRun(target))
    GTEST_SKIP() << "this processor cannot run " << target.name;
  KernelSpec preset = llvm::cantFail(parsePreset("faded", kPreset)).spec, other = preset;
  test::setFields(other, {{"fade-rate", "2"}});
  preset.name = "quarter";
  other.name = "two";
  CompileOptions options;
  options.targets = {target};
  test::CompiledBundle compiled(sourceOf({preset, other}), options);
  ASSERT_TRUE(compiled.bundle) << compiled.error;
  const std::vector<Kernel> &kernels = compiled.bundle->manifest().kernels;
  ASSERT_EQ(kernels.size(), 2u);
  EXPECT_TRUE(kernels[0].checkable);
  harness::CheckOptions checks;
  checks.inputs = "normal";
  checks.qLen = 40;
  checks.kvLen = 90;
  for (size_t code : {0, 1}) {
    harness::HostCode entry(kernels[0], compiled.bundle->entry(code));
    auto report = harness::checkKernel(kernels[0], entry, checks, 2);
    ASSERT_TRUE(report) << report.error();
    EXPECT_EQ(report->outcome, code == 0 ? "passed" : "failed"); // the rate reaches code and reference
  }
}

TEST_F(ForeignSpec, HasAFlag) {
  tools::registerKernelFlags();
  const char *const arguments[] = {"camber-compile", "--bias=fade",   "--fade-rate=0.25",
                                   "--heads=2",      "--head-dim=32", "--target=x86-64-v3"};
  int exitCode = 0;
  ASSERT_TRUE(tools::parseCommandLine(std::size(arguments), arguments, "", exitCode));
  llvm::Expected<tools::Invocation> invocation = tools::readKernelFlags();
  ASSERT_TRUE(bool(invocation)) << messageOf(invocation.takeError());
  ASSERT_EQ(invocation->source.specs.size(), 1u);
  EXPECT_EQ(invocation->source.specs[0].defaultName(), "fade_h2_d32_f32");
  CompileOptions options;
  options.targets = {llvm::cantFail(lookupTarget("x86-64-v3"))};
  llvm::Expected<std::string> text = emitText(sourceOf(invocation->source.specs), options, Emit::Attn);
  ASSERT_TRUE(bool(text)) << messageOf(text.takeError());
  EXPECT_NE(text->find("test_bias.fade"), std::string::npos) << *text;
  EXPECT_NE(text->find("rate = 2.5"), std::string::npos) << *text;
}

TEST_F(ForeignSpec, MistakesAreNamed) {
  KernelSpec spec = llvm::cantFail(parsePreset("faded", kPreset)).spec;
  EXPECT_EQ(messageOf(setField(spec, "fade-rate", "fast")), "--fade-rate=fast: takes a number");
  EXPECT_EQ(messageOf(checkEffect(spec, "alibi-form")), "--alibi-form has no effect without --bias=alibi");
  test::setFields(spec, {{"fade-rate", "-1"}});
  EXPECT_EQ(messageOf(validateSpec(spec)), "the rate of the fade must be at least 0");
  EXPECT_EQ(messageOf(setField(spec, "bias", "rope")), "--bias=rope: unknown; known: none, alibi, t5, fade");
  test::setFields(spec, {{"bias", "t5"}});
  EXPECT_EQ(messageOf(checkEffect(spec, "fade-rate")), "--fade-rate has no effect without --bias=fade");
  const std::string file = messageOf(
      parseSpecFile("k.yaml", "kernel:\n  heads: 2\n  head-dim: 32\n  bias: t5\n  fade-rate: 1\n").takeError());
  EXPECT_NE(file.find("k.yaml:5:3: error: --fade-rate has no effect without --bias=fade"), std::string::npos) << file;
}

} // namespace
