// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A kernel small enough to read: K_plan reports 7 tasks, K_run stores task_end in its first operand's data.
#ifndef CAMBER_TEST_BUNDLE_TOYKERNEL_H
#define CAMBER_TEST_BUNDLE_TOYKERNEL_H

#include "camber/Bundle/BundleWriter.h"
#include "camber/Bundle/Dispatch.h"
#include "camber/Bundle/ObjectEmitter.h"
#include "camber/Runtime/abi.h"
#include "camber/Target/Target.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/Error.h"
#include "gtest/gtest.h"
#include <cstddef>

namespace camber::test {

/// `result` is what K_plan returns, so that a test can tell targets apart.
inline std::string toyKernel(const std::string &name, int result = 0) {
  return "llvm.func @" + name +
         "_plan(%args: !llvm.ptr, %threads: i32, %plan: !llvm.ptr) -> i32 {\n"
         "  %tasks = llvm.getelementptr %plan[" +
         std::to_string(offsetof(camber_plan, tasks) + sizeof(int64_t)) +
         "] : (!llvm.ptr) -> !llvm.ptr, i8\n"
         "  %seven = llvm.mlir.constant(7 : i64) : i64\n"
         "  llvm.store %seven, %tasks : i64, !llvm.ptr\n"
         "  %r = llvm.call @helper() : () -> i32\n"
         "  llvm.return %r : i32\n}\n"
         "llvm.func @helper() -> i32 {\n"
         "  %r = llvm.mlir.constant(" +
         std::to_string(result) +
         " : i32) : i32\n"
         "  llvm.return %r : i32\n}\n"
         "llvm.func @" +
         name +
         "_run(%args: !llvm.ptr, %plan: !llvm.ptr, %phase: i32, %begin: i64, %end: i64,\n"
         "                    %shared: !llvm.ptr, %thread: !llvm.ptr) -> i32 {\n"
         "  %field = llvm.getelementptr %args[" +
         std::to_string(sizeof(camber_args_header)) +
         "] : (!llvm.ptr) -> !llvm.ptr, i8\n"
         "  %data = llvm.load %field : !llvm.ptr -> !llvm.ptr\n"
         "  llvm.store %end, %data : i64, !llvm.ptr\n"
         "  %r = llvm.mlir.constant(0 : i32) : i32\n"
         "  llvm.return %r : i32\n}\n";
}

inline KernelSignature toySignature(const std::string &name) {
  KernelSignature signature;
  signature.name = name;
  signature.storage = "f32";
  signature.heads = 4;
  signature.kvHeads = 2;
  signature.headDim = 64;
  signature.qLen = {LengthSpec::Static, 128};
  signature.kvLen = {LengthSpec::Bounded, 4096};
  OperandDim batch = OperandDim::runtime("batch"), q = OperandDim::runtime("q_len"), k = OperandDim::runtime("kv_len");
  auto n = [](int64_t size) { return OperandDim::fixed(size); };
  signature.operands = {{"q", "query", "f32", {batch, n(4), q, n(64)}},
                        {"k", "key", "f32", {batch, n(2), k, n(64)}},
                        {"v", "value", "f32", {batch, n(2), k, n(64)}},
                        {"slopes", "parameter", "f32", {n(4)}},
                        {"factor", "parameter", "f32", {}},
                        {"o", "output", "f32", {batch, n(4), q, n(64)}},
                        {"lse", "lse", "f32", {batch, n(4), q}}};
  signature.masks.push_back(llvm::json::Object{{"kind", "attn.causal"}});
  signature.score = llvm::json::Object{
      {"nodes",
       llvm::json::Array{llvm::json::Object{
           {"op", "attn.scale"}, {"args", llvm::json::Array{0}}, {"attrs", llvm::json::Object{{"factor", 0.125}}}}}},
      {"result", 5}};
  return signature;
}

/// Parses LLVM-dialect text; fails the test where it does not parse.
struct ToyModule {
  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  explicit ToyModule(const std::string &text) {
    context.loadDialect<mlir::LLVM::LLVMDialect>();
    module = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
    EXPECT_TRUE(module) << text;
  }
};

inline TargetDesc target(llvm::StringRef name) {
  llvm::Expected<TargetDesc> found = lookupTarget(name);
  EXPECT_TRUE(!!found);
  return std::move(*found);
}

inline bundle::EmitOptions exportsOf(const std::string &name, const TargetDesc &target) {
  bundle::EmitOptions options;
  for (const char *function : {"plan", "run"})
    options.exports.push_back({name + "_" + function, bundle::targetSymbol(name, target, function)});
  return options;
}

inline std::string toyObject(const std::string &name, const TargetDesc &target, int result = 0) {
  ToyModule toy(toyKernel(name, result));
  auto emitter = llvm::cantFail(bundle::ObjectEmitter::create(target, exportsOf(name, target)));
  return llvm::cantFail(emitter.object(*toy.module));
}

inline CompiledKernel toyCompiled(const std::string &name, const std::vector<std::string> &targets) {
  CompiledKernel kernel;
  kernel.signature = toySignature(name);
  for (size_t i = 0; i < targets.size(); ++i) {
    TargetDesc desc = target(targets[i]);
    kernel.targets.push_back({desc, toyObject(name, desc, 100 + static_cast<int>(i)), "", {}, "a schedule"});
  }
  return kernel;
}

inline std::string messageOf(llvm::Error error) { return llvm::toString(std::move(error)); }

} // namespace camber::test

#endif
