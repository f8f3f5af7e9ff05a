// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Objects, assembly and LLVM IR of toy modules, for this machine and for another.
#include "ToyKernel.h"
#include "camber/Bundle/Linker.h"
#include "llvm/Object/ObjectFile.h"

using namespace camber;
using namespace camber::bundle;
using namespace camber::test;

TEST(ObjectEmitter, ExportsAreRenamedAndHiddenAndTheRestIsInternal) {
  std::string object = toyObject("toy", target("x86-64-v3"));
  EXPECT_EQ(llvm::cantFail(definedSymbols(object)),
            (std::vector<std::string>{"toy__x86_64_v3_plan", "toy__x86_64_v3_run"}));
  EXPECT_TRUE(llvm::cantFail(undefinedSymbols(object)).empty());
}

TEST(ObjectEmitter, EmitsForAnotherArchitecture) {
  std::string object = toyObject("toy", target("aarch64"));
  auto file = llvm::cantFail(llvm::object::ObjectFile::createObjectFile(llvm::MemoryBufferRef(object, "toy.o")));
  EXPECT_EQ(file->getArch(), llvm::Triple::aarch64);
}

TEST(ObjectEmitter, FunctionsCarryTheTarget) {
  ToyModule toy(toyKernel("toy"));
  auto emitter = llvm::cantFail(ObjectEmitter::create(target("x86-64-v4")));
  std::string ir = llvm::cantFail(emitter.llvmIR(*toy.module, /*optimized=*/false));
  EXPECT_NE(ir.find("\"target-cpu\"=\"x86-64-v4\""), std::string::npos) << ir;
  EXPECT_NE(ir.find("-prefer-256-bit"), std::string::npos);
  EXPECT_NE(ir.find("\"frame-pointer\"=\"non-leaf\""), std::string::npos);
}

TEST(ObjectEmitter, WhatIsUnusedLeavesTheModule) {
  ToyModule toy("llvm.func @nobody(i32) -> i32\n"
                "llvm.func @f(%x: i32) -> i32 {\n"
                "  %dead = llvm.mul %x, %x : i32\n"
                "  llvm.return %x : i32\n"
                "}\n");
  auto emitter = llvm::cantFail(ObjectEmitter::create(target("x86-64-v3")));
  std::string ir = llvm::cantFail(emitter.llvmIR(*toy.module, /*optimized=*/false));
  EXPECT_NE(ir.find("@nobody"), std::string::npos) << ir;
  EXPECT_NE(ir.find("mul i32"), std::string::npos) << ir;
  std::string optimized = llvm::cantFail(emitter.llvmIR(*toy.module, /*optimized=*/true));
  EXPECT_EQ(optimized.find("@nobody"), std::string::npos) << optimized;
  EXPECT_EQ(optimized.find("mul i32"), std::string::npos) << optimized;
}

TEST(ObjectEmitter, VectorsStayAsWideAsTheyWereWritten) {
  ToyModule toy("llvm.func @f(%p: !llvm.ptr) {\n"
                "  %a = llvm.load %p {alignment = 4 : i64} : !llvm.ptr -> vector<16xf32>\n"
                "  %b = llvm.fadd %a, %a : vector<16xf32>\n"
                "  llvm.store %b, %p {alignment = 4 : i64} : vector<16xf32>, !llvm.ptr\n"
                "  llvm.return\n}\n");
  auto v4 = llvm::cantFail(ObjectEmitter::create(target("x86-64-v4")));
  std::string assembly = llvm::cantFail(v4.assembly(*toy.module));
  EXPECT_NE(assembly.find("zmm"), std::string::npos) << assembly;
  auto v3 = llvm::cantFail(ObjectEmitter::create(target("x86-64-v3")));
  assembly = llvm::cantFail(v3.assembly(*toy.module));
  EXPECT_EQ(assembly.find("zmm"), std::string::npos) << assembly;
  EXPECT_NE(assembly.find("ymm"), std::string::npos) << assembly;
}

TEST(ObjectEmitter, AModuleThatIsNotLLVMDialectIsAnError) {
  ToyModule toy("module {}\n");
  mlir::OpBuilder builder(&toy.context);
  toy.context.allowUnregisteredDialects();
  builder.setInsertionPointToEnd(toy.module->getBody());
  builder.create(mlir::OperationState(builder.getUnknownLoc(), "attn.nothing"));
  auto emitter = llvm::cantFail(ObjectEmitter::create(target("x86-64-v3")));
  auto object = emitter.object(*toy.module);
  ASSERT_FALSE(!!object);
  std::string message = messageOf(object.takeError());
  EXPECT_NE(message.find("cannot be translated to LLVM IR"), std::string::npos) << message;
  EXPECT_NE(message.find("attn.nothing"), std::string::npos) << message;
}

TEST(ObjectEmitter, AMissingExportIsAnError) {
  ToyModule toy(toyKernel("toy"));
  auto emitter = llvm::cantFail(ObjectEmitter::create(target("x86-64-v3"), exportsOf("other", target("x86-64-v3"))));
  auto object = emitter.object(*toy.module);
  ASSERT_FALSE(!!object);
  EXPECT_EQ(messageOf(object.takeError()), "the module does not define 'other_plan'");
}

TEST(ObjectEmitter, BadInlineAssemblyIsAnError) {
  ToyModule toy("llvm.func @f() {\n  llvm.inline_asm has_side_effects \"no_such_instruction\", \"\" : () -> ()\n"
                "  llvm.return\n}\n");
  auto emitter = llvm::cantFail(ObjectEmitter::create(target("x86-64-v3")));
  auto object = emitter.object(*toy.module);
  ASSERT_FALSE(!!object);
  std::string message = messageOf(object.takeError());
  EXPECT_NE(message.find("no_such_instruction"), std::string::npos) << message;
}

TEST(Linker, RefusesObjectsThatNeedALibrary) {
  ToyModule toy("llvm.func @tanhf(f32) -> f32\nllvm.func @memcpy(!llvm.ptr, !llvm.ptr, i64) -> !llvm.ptr\n"
                "llvm.func @f(%x: f32, %p: !llvm.ptr, %q: !llvm.ptr, %n: i64) -> f32 {\n"
                "  %m = llvm.call @memcpy(%p, %p, %n) : (!llvm.ptr, !llvm.ptr, i64) -> !llvm.ptr\n"
                "  \"llvm.intr.memmove\"(%p, %q, %n) <{isVolatile = false}> : (!llvm.ptr, !llvm.ptr, i64) -> ()\n"
                "  %y = llvm.call @tanhf(%x) : (f32) -> f32\n  llvm.return %y : f32\n}\n");
  auto emitter = llvm::cantFail(ObjectEmitter::create(target("x86-64-v3")));
  ObjectFile object{"k.o", llvm::cantFail(emitter.object(*toy.module))};
  EXPECT_EQ(messageOf(checkUndefinedSymbols(object)),
            "'k.o' calls functions that no kernel may depend on: memmove, tanhf "
            "(only memcpy and memset are allowed)");
  EXPECT_EQ(messageOf(checkUndefinedSymbols(object, {"memmove", "tanhf"})), "");
}

TEST(Linker, RefusesWhatIsNoObject) {
  EXPECT_NE(messageOf(checkUndefinedSymbols({"k.o", "not an object"})).find("'k.o' is not an object file"),
            std::string::npos);
  auto linked = makeSharedLibrary({{"k.o", "not an object"}}, "libk.so");
  ASSERT_FALSE(!!linked);
  EXPECT_NE(messageOf(linked.takeError()).find("linking failed"), std::string::npos);
  // LLD can be used again after a failure.
  auto again = makeSharedLibrary({{"toy.o", toyObject("toy", target("x86-64-v3"))}}, "libtoy.so");
  EXPECT_TRUE(!!again) << messageOf(again.takeError());
}

TEST(Target, UnknownNamesListWhatExists) {
  EXPECT_EQ(messageOf(lookupTarget("x86-64-v5").takeError()),
            "unknown target 'x86-64-v5'; known targets: x86-64-v3, x86-64-v4, aarch64, sm_80, sm_86, sm_89, sm_90, "
            "sm_100, sm_120, native");
  EXPECT_EQ(messageOf(lookupTarget("x86-64-v4+amx").takeError()),
            "unknown CPU feature 'amx'; known for x86-64-v4: avx512bf16, avx512fp16, avx512vnni");
  EXPECT_EQ(messageOf(lookupTarget("aarch64+sve").takeError()),
            "unknown CPU feature 'sve'; aarch64 takes no additional features");
  EXPECT_EQ(messageOf(lookupTargets(",").takeError()), "',' holds an empty name; known targets: x86-64-v3, x86-64-v4, "
                                                       "aarch64, sm_80, sm_86, sm_89, sm_90, sm_100, sm_120, native");
  EXPECT_EQ(messageOf(lookupTargets("x86-64-v3,x86-64-v3").takeError()), "target 'x86-64-v3' is given twice");
  EXPECT_EQ(messageOf(lookupTargets("x86-64-v3,aarch64").takeError()),
            "targets 'x86-64-v3' and 'aarch64' are of different architectures; a bundle has libraries for one");
}

TEST(Target, NativeIsSomethingThisMachineRuns) {
  auto native = lookupTarget("native");
  ASSERT_TRUE(!!native) << messageOf(native.takeError());
  EXPECT_NE(native->name, "native");
  EXPECT_TRUE(hostCanRun(*native));
}
