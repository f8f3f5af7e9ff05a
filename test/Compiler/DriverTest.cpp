// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// compileKernels and emitText: order of results, files with several kernels, and errors that name file and line.
#include "camber/Compiler/Compiler.h"
#include "camber/Target/Target.h"
#include "llvm/Support/FileSystem.h"
#include "gtest/gtest.h"
#include <algorithm>

using namespace camber;

namespace {

std::string messageOf(llvm::Error error) { return llvm::toString(std::move(error)); }

KernelSpec spec(const std::string &name) {
  KernelSpec spec;
  spec.name = name;
  spec.heads = spec.kvHeads = 2;
  spec.headDim = 32;
  spec.qLen = spec.kvLen = {LengthSpec::Static, 64};
  return spec;
}

CompileOptions optionsFor(const std::string &targets) {
  CompileOptions options;
  options.targets = llvm::cantFail(lookupTargets(targets));
  return options;
}

/// A file with these kernels, made of what the compiler itself prints.
KernelSource fileOf(const std::vector<std::string> &names) {
  KernelSource source;
  source.file = "model.mlir";
  for (const std::string &name : names) {
    KernelSource one;
    one.specs.push_back(spec(name));
    std::string text = llvm::cantFail(emitText(one, optionsFor("x86-64-v3"), Emit::Attn));
    size_t begin = text.find("func.func"), end = text.rfind('}'); // without the module around it
    source.text += text.substr(begin, end - begin);
  }
  return source;
}

} // namespace

TEST(Driver, ResultsComeInTheOrderOfTheSource) {
  KernelSource source;
  source.specs = {spec("b"), spec("a")};
  CompileOptions options = optionsFor("x86-64-v4,x86-64-v3");
  size_t calls = 0, last = 0;
  options.progress = [&](const CompileProgress &progress) {
    ++calls;
    last = progress.done;
    EXPECT_EQ(progress.total, 4u);
    EXPECT_GT(progress.seconds, 0);
    EXPECT_FALSE(progress.failed || progress.reused);
  };
  auto kernels = llvm::cantFail(compileKernels(source, options));
  ASSERT_EQ(kernels.size(), 2u);
  EXPECT_EQ(kernels[0].signature.name, "b");
  EXPECT_EQ(kernels[1].signature.name, "a");
  EXPECT_EQ(kernels[0].targets[0].target.name, "x86-64-v4");
  EXPECT_EQ(kernels[0].targets[1].target.name, "x86-64-v3");
  for (const CompiledKernel &kernel : kernels)
    EXPECT_TRUE(std::all_of(kernel.targets.begin(), kernel.targets.end(),
                            [](const TargetCode &code) { return !code.code.empty() && !code.schedule.empty(); }));
  EXPECT_EQ(calls, 4u);
  EXPECT_EQ(last, 4u);
}

TEST(Driver, AFileHoldsSeveralKernels) {
  auto kernels = llvm::cantFail(compileKernels(fileOf({"one", "two"}), optionsFor("x86-64-v3")));
  ASSERT_EQ(kernels.size(), 2u);
  EXPECT_EQ(kernels[0].signature.name, "one");
  EXPECT_EQ(kernels[1].signature.name, "two");
}

TEST(Driver, EveryLevelCanBePrinted) {
  KernelSource source;
  source.specs = {spec("k")};
  CompileOptions options = optionsFor("x86-64-v3");
  EXPECT_NE(llvm::cantFail(emitText(source, options, Emit::Attn)).find("attn.attention"), std::string::npos);
  EXPECT_NE(llvm::cantFail(emitText(source, options, Emit::Tile)).find("tile."), std::string::npos);
  EXPECT_NE(llvm::cantFail(emitText(source, options, Emit::LLVM)).find("define hidden i32 @k__x86_64_v3_plan"),
            std::string::npos);
  std::string assembly = llvm::cantFail(emitText(source, optionsFor("x86-64-v4,x86-64-v3"), Emit::Asm));
  EXPECT_EQ(assembly.find("# k for x86-64-v4\n"), 0u);
  EXPECT_NE(assembly.find("# k for x86-64-v3\n"), std::string::npos);
}

TEST(Driver, MistakesNameFileAndLine) {
  KernelSource source = fileOf({"one"});
  source.text += "\nfunc.func @broken() { oops }\n";
  std::string message = messageOf(compileKernels(source, optionsFor("x86-64-v3")).takeError());
  EXPECT_NE(message.find("model.mlir:"), std::string::npos) << message;
  EXPECT_NE(message.find("oops"), std::string::npos) << message;

  source.text = "module {}";
  EXPECT_EQ(messageOf(compileKernels(source, optionsFor("x86-64-v3")).takeError()),
            "'model.mlir' holds no kernel: a func.func with one attn.attention");
  EXPECT_EQ(messageOf(compileKernels({}, optionsFor("x86-64-v3")).takeError()), "no kernel was asked for");
}

TEST(Driver, AHeadDimNoTargetSupportsIsToldOnce) {
  KernelSource source;
  source.specs = {spec("k")};
  source.specs.front().headDim = 4095;
  auto kernels = compileKernels(source, optionsFor("x86-64-v3"));
  ASSERT_FALSE(!!kernels);
  std::string message = messageOf(kernels.takeError());
  EXPECT_EQ(message.find('\n'), std::string::npos) << message;
  EXPECT_NE(message.find("4095"), std::string::npos) << message;
}

TEST(Driver, ARefusedFolderCostsNoCompilation) {
  llvm::SmallString<128> directory;
  ASSERT_FALSE(llvm::sys::fs::createUniqueDirectory("camber-driver", directory));
  KernelSource source;
  source.specs = {spec("k")};
  CompileOptions options = optionsFor("x86-64-v3");
  bool compiled = false;
  options.progress = [&](const CompileProgress &) { compiled = true; };
  EXPECT_NE(messageOf(compileBundle(source, options, {"k", directory.str().str(), false})), "");
  EXPECT_FALSE(compiled);
  llvm::sys::fs::remove_directories(directory);
}
