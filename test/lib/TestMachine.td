// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A machine that lib/ has never heard of.
#ifndef CAMBER_TEST_MACHINE
#define CAMBER_TEST_MACHINE

include "mlir/IR/AttrTypeBase.td"
include "PipelineInterfaces.td"

def TestMachine_Dialect : Dialect {
  let name = "test_machine";
  let cppNamespace = "::camber::test";
  let dependentDialects = ["::mlir::LLVM::LLVMDialect", "::mlir::NVVM::NVVMDialect", "::camber::pipeline::PipelineDialect"];
  let useDefaultAttributePrinterParser = 1;
}

def TestMachine_ScalarAttr : AttrDef<TestMachine_Dialect, "Scalar", [DeclareAttrInterfaceMethods<Pipeline_MachineAttrInterface>]> {
  let mnemonic = "scalar";
  let summary = "each thread has a whole row, copies with loads and stores, and multiplies one number at a time";
}

#endif
