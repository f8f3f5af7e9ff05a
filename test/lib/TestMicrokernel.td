// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A microkernel that lib/ has never heard of.
#ifndef CAMBER_TEST_MICROKERNEL
#define CAMBER_TEST_MICROKERNEL

include "mlir/IR/AttrTypeBase.td"
include "CPUInterfaces.td"

def TestMicrokernel_Dialect : Dialect {
  let name = "test_microkernel";
  let cppNamespace = "::camber::test";
  let dependentDialects = ["::camber::cpu::CPUDialect"];
  let useDefaultAttributePrinterParser = 1;
}

def TestMicrokernel_PlainAttr : AttrDef<TestMicrokernel_Dialect, "Plain", [DeclareAttrInterfaceMethods<CPU_MicrokernelAttrInterface>]> {
  let mnemonic = "plain";
  let summary = "a vector of `width` rows at a time, one key after the other, no register tiles";
  let parameters = (ins "int64_t":$width);
  let assemblyFormat = "`<` struct(params) `>`";
}

#endif
