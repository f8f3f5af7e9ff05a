// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Machines of NVIDIA: what the threads of a block are emitted for.
#ifndef CAMBER_NVPTX_MACHINES
#define CAMBER_NVPTX_MACHINES

include "mlir/IR/AttrTypeBase.td"
include "../Pipeline/PipelineInterfaces.td"

def NVPTX_Dialect : Dialect {
  let name = "nvptx";
  let cppNamespace = "::camber::nvptx";
  let summary = "Machines of NVIDIA, by what their threads have instructions for";
  let description = [{
    | attribute | products | copies | from |
    |---|---|---|---|
    | `#nvptx.ampere` | mma.sync m16n8 on operands of ldmatrix | cp.async, in groups | sm_80 |
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect", "::mlir::NVVM::NVVMDialect", "::camber::pipeline::PipelineDialect"];
  let useDefaultAttributePrinterParser = 1;
}

def NVPTX_AmpereAttr : AttrDef<NVPTX_Dialect, "Ampere", [DeclareAttrInterfaceMethods<Pipeline_MachineAttrInterface>]> {
  let mnemonic = "ampere";
  let summary = "mma.sync, ldmatrix and cp.async";
  let description = [{
    Groups are warps of 32 threads. With lane = 4·g + t, a thread holds of a tile, as the accumulators of mma.sync m16n8:

    ```text
      row fragment m, half h, column fragment n, c:    row 16·m + 8·h + g of the warp's rows, column 8·n + 2·t + c
    ```

    [R,T] and [R,D] have register ((m · fragments + n) · 2 + h) · 2 + c, [R] has register 2·m + h.
  }];
}

#endif
