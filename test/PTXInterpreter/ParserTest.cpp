// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What is not PTX, or not known, is an error that names the line and the token.
#include "Instruction.h"

using namespace camber::test;
namespace ptx = camber::ptx;

namespace {

struct Wrong {
  const char *name;
  std::string text; ///< a whole module, or the body of a kernel
  const char *message;
};

std::string errorOf(const std::string &text) {
  const std::string whole =
      text.find(".version") == std::string::npos
          ? kernelText(".param .u64 p", "  .reg .b32 %r<4>; .reg .b64 %rd<4>; .reg .pred %q<4>;\n" + text)
          : text;
  const auto module = ptx::Module::parse(whole);
  if (!module)
    return module.error();
  const auto kernel = module->kernel("k");
  return kernel ? "" : kernel.error();
}

class WrongText : public testing::TestWithParam<Wrong> {};

TEST_P(WrongText, IsRefused) {
  const std::string message = errorOf(GetParam().text);
  EXPECT_NE(message.find(GetParam().message), std::string::npos) << message;
}

INSTANTIATE_TEST_SUITE_P(
    Parser, WrongText,
    testing::Values(
        Wrong{"UnknownInstruction", "frobnicate.b32 %r0, %r1;\n",
              "line 8: unknown instruction 'frobnicate' in: frobnicate.b32 %r0, %r1;"},
        Wrong{"UnknownSuffix", "add.wrong.u32 %r0, %r1, %r2;\n", "'.wrong' is not known here: add.wrong.u32"},
        Wrong{"UnknownLastSuffix", "ld.global.u33 %r0, [%rd0];\n", "'.u33' is not known here"},
        Wrong{"IncompleteOpcode", "ld.global %r0, [%rd0];\n", "the opcode is not complete"},
        Wrong{"WrongMmaShape", "mma.sync.aligned.m16n8k32.row.col.f32.f16.f16.f32 {%r0}, {%r0}, {%r0}, {%r0};\n",
              "'.m16n8k32' is not known here"},
        Wrong{"UnknownRegister", "add.u32 %r0, %r1, %r9;\n", "unknown name '%r9'"},
        Wrong{"WrongWidth", "add.u32 %r0, %r1, %rd1;\n", "'%rd1' has 64 bits, 32 are needed"},
        Wrong{"PredicateAsOperand", "add.u32 %r0, %r1, %q1;\n", "'%q1' has 1 bits, 32 are needed"},
        Wrong{"WrongGuard", "@%r1 add.u32 %r0, %r1, %r1;\n", "'%r1' is no predicate register"},
        Wrong{"TooFewOperands", "add.u32 %r0, %r1;\n", "2 operands, 3 are needed"},
        Wrong{"TooManyElements", "ld.global.v2.u32 {%r0, %r1, %r2}, [%rd0];\n", "3 elements, 2 are needed"},
        Wrong{"UnknownLabel", "bra NOWHERE;\n", "unknown label 'NOWHERE'"},
        Wrong{"UnknownFunction", "call nothing, (%r0);\n", "indirect calls are not supported"},
        Wrong{"MissingSemicolon", "add.u32 %r0, %r1, %r2\n add.u32 %r0, %r1, %r2;\n",
              "expected ',' or ';' after an operand of 'add.u32'"},
        Wrong{"MissingBracket", "ld.global.u32 %r0, [%rd0;\n", "expected ']' after an address"},
        Wrong{"WrongNumber", "mov.u32 %r0, 12ab;\n", "'12ab' is not a number"},
        Wrong{"CopySize", "cp.async.cg.shared.global [%r0], [%rd0], 8;\n", "cp-size must be"},
        Wrong{"UnknownBodyDirective", ".texmode_unified;\n", "unknown directive '.texmode_unified'"},
        Wrong{"NotPtx", ".version", "this is not PTX"},
        Wrong{"UnknownDirective", ".version 8.0\n.surprise\n", "line 2: unknown directive '.surprise'"},
        Wrong{"Address32", ".version 8.0\n.target sm_80\n.address_size 32\n", ".address_size 32 is not supported"},
        Wrong{"Recursion",
              ".version 8.0\n.target sm_80\n.address_size 64\n.func f() { call f, (); ret; }\n.entry k() { call f, (); "
              "ret; }\n",
              "calls itself"},
        Wrong{"UnendedPragma", ".pragma \"nounroll\"\n", "expected ';', found the end of the text"},
        Wrong{"UnendedAttribute", ".version 8.0\n.target sm_80\n.func .attribute(.unified\n",
              "expected ')', found the end"},
        Wrong{"UnendedTargets", "L: .calltargets f\n", "expected ';', found the end of the text"},
        Wrong{"DeepOperand", "mov.u32 %r0, " + std::string(100000, '{') + ";\n", "an operand is nested too deeply"},
        Wrong{"DeepInitialiser", ".version 8.0\n.target sm_80\n.global .u32 x[1] = " + std::string(100000, '{') + ";\n",
              "the initialiser of 'x' is nested too deeply"},
        Wrong{"NegativeSize", ".shared .b8 x[-8];\n", "the size of an array must be from 0 to"},
        Wrong{"HugeSize", ".shared .b32 x[65536][65536];\n", "'x' has more than"},
        Wrong{"HugeShared", ".shared .b8 x[4294000000];\n mov.u32 %r0, x;\n",
              "'x' brings static shared memory to 4294000000 bytes; no device has more than 232448"},
        Wrong{"HugeLocal", ".local .b8 x[1048576];\n mov.u64 %rd0, x;\n", "more than 524288 bytes of local memory"},
        Wrong{"HugeParameter", ".version 8.0\n.target sm_80\n.entry k(.param .b8 p[65536]) { ret; }\n",
              "the parameters of 'k' have more than 32764 bytes"},
        Wrong{"ManyRegisters", ".reg .b32 %x<2000000000>;\n", "has more than 1048576 registers"},
        Wrong{"OddAlignment", ".shared .align 12 .b8 x[8];\n",
              "an alignment must be a power of two up to 65536, got 12"},
        Wrong{"NoAlignment", ".shared .align 0 .b8 x[8];\n", "an alignment must be a power of two up to 65536, got 0"},
        Wrong{"LongNumber", "mov.u32 %r0, 99999999999999999999;\n", "'99999999999999999999' does not fit in 64 bits"},
        Wrong{"LongInitialiser", ".version 8.0\n.target sm_80\n.global .u32 x[1] = {1, 2};\n",
              "'x' has 4 bytes and is initialised with 8"},
        Wrong{"NoSuchKernel", ".version 8.0\n.target sm_80\n.entry other() { ret; }\n", "has no kernel 'k'"}),
    [](const auto &info) { return std::string(info.param.name); });

/// Thirty functions of which each calls the next one twice are 2^30 instructions once they are inlined.
TEST(Parser, RefusesCallsThatDoubleTooOften) {
  std::string text = ".version 8.0\n.target sm_80\n.address_size 64\n.func f0() { ret; }\n";
  for (int i = 1; i <= 30; ++i)
    text += ".func f" + std::to_string(i) + "() { call f" + std::to_string(i - 1) + ", (); call f" +
            std::to_string(i - 1) + ", (); ret; }\n";
  const std::string message = errorOf(text + ".entry k() { call f30, (); ret; }\n");
  EXPECT_NE(message.find("instructions with the functions it calls"), std::string::npos) << message;
}

TEST(Parser, AcceptsWhatCompilersPrint) {
  const std::string text = R"(
//
// Generated by a compiler
//
.version 8.0
.target sm_80, debug
.address_size 64
	// .globl	k
.extern .shared .align 128 .b8 dynamic[];
.visible .global .align 4 .b8 message[4] = {104, 105, 10};
.const .align 4 .f32 factors[2] = {0f3F800000, 1.5};
.file 1 "kernel.cu"
.visible .entry k(
	.param .u64 .ptr .global .align 16 k_param_0,
	.param .align 4 .b8 k_param_1[12],
	.param .u32 k_param_2
)
.reqntid 32, 1, 1
.minnctapersm 1
{
	.reg .pred 	%p<2>;
	.reg .b32 	%r<5>, %x;
	.reg .b64 	%rd<3>;
	.loc	1 3 5
// %bb.0:                               // %entry
	ld.param.u64 	%rd1, [k_param_0];
	ld.param.u32 	%r1, [k_param_1+8];
	ld.param.u32 	%r2, [k_param_2];
	setp.eq.s32 	%p1, %r1, -0x1;
	@!%p1 bra 	$L__BB0_2;
	bra.uni 	$L__BB0_1;
$L__BB0_1:                              // %loop
	.pragma "nounroll";
	add.s32 	%r1, %r1, 1;
$L__BB0_2:
	// begin inline asm
	{ add.u32 %r3, %r1, %r2; }
	// end inline asm
	st.global.u32 	[%rd1], %r3;
	ret;
                                        // -- End function
}
.section .debug_str
{
.b8 1
}
)";
  const auto module = ptx::Module::parse(text);
  ASSERT_TRUE(module) << module.error();
  EXPECT_EQ(module->version(), "8.0");
  EXPECT_EQ(module->target(), "sm_80");
  EXPECT_EQ(module->kernels(), std::vector<std::string>{"k"});
  const auto kernel = module->kernel("k");
  ASSERT_TRUE(kernel) << kernel.error();
  ASSERT_EQ(kernel->parameters().size(), 3u);
  EXPECT_EQ(kernel->parameters()[1].offset, 8u);
  EXPECT_EQ(kernel->parameters()[2].offset, 20u);
  EXPECT_EQ(kernel->parameterBytes(), 24u);
  EXPECT_EQ(kernel->requiredBlock(), (std::array<uint32_t, 3>{32, 1, 1}));
}

TEST(Parser, ListsEverythingUnknown) {
  const auto module = ptx::Module::parse(
      kernelText("", "  .reg .b32 %r<4>;\n frob.b32 %r0;\n add.u32 %r0, %r1, %r2;\n add.huge %r0, %r1, %r2;\n"));
  ASSERT_TRUE(module);
  EXPECT_EQ(module->unknownInstructions("k").size(), 2u);
}

} // namespace
