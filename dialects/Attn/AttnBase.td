// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The attn dialect and the classes its ops and attributes are defined with.
#ifndef CAMBER_ATTN_BASE
#define CAMBER_ATTN_BASE

include "mlir/IR/OpBase.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/BuiltinAttributeInterfaces.td"
include "mlir/IR/EnumAttr.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "AttnInterfaces.td"

def Attn_Dialect : Dialect {
  let name = "attn";
  let cppNamespace = "::camber::attn";
  let summary = "Attention described once, with its position bias as a pluggable op";
  let description = [{
    `attn.attention` says *what* is to be computed: query, key and value, an ordered chain of score modifiers, masks,
    positions, the result and optionally its log-sum-exp. It says nothing of tiles, loops or targets.

    A position bias is an op that implements `ScoreModifierOpInterface`; a mask is an attribute that implements
    `MaskAttrInterface`. Passes ask these interfaces and know no bias or mask by name.

    Attributes. An op takes those that it declares, and attributes of other dialects. Arguments of functions may carry
    `attn.role`, `attn.name` and `attn.dims` (pass attn-annotate-kernels). Anything else is an error that names the nearest.
  }];
  let useDefaultAttributePrinterParser = 1;
  let hasOperationAttrVerify = 1;
  let hasRegionArgAttrVerify = 1;
  let hasRegionResultAttrVerify = 1;
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::math::MathDialect"];
  let extraClassDeclaration = [{
    void registerBiasOps();
    void registerMaskAttributes();
  }];
}

/// An attribute that the op does not declare is refused, with the nearest name.
def Attn_DeclaredAttributes : NativeOpTrait<"DeclaredAttributes"> {
  let cppNamespace = "::camber";
}

class Attn_Op<string mnemonic, list<Trait> traits = []> : Op<Attn_Dialect, mnemonic,
    !listconcat([Attn_DeclaredAttributes], traits)>;

/// A table the score body may read: float32 or int32, as a tensor before bufferisation and a memref after it.
def Attn_Table : AnyTypeOf<[TensorOf<[F32, I32]>, MemRefOf<[F32, I32]>]>;
def Attn_FloatTable : AnyTypeOf<[TensorOf<[F32]>, MemRefOf<[F32]>]>;

/// Of an op that reads the tables among its operands and does nothing else. A memref may be written between two reads; a
/// tensor is a value, and reading it is no effect.
def Attn_ReadsTablesTrait : NativeOpTrait<"ReadsTables"> {
  let cppNamespace = "::camber::attn";
}
def Attn_ReadsTables : TraitList<[AlwaysSpeculatable, MemoryEffectsOpInterface, Attn_ReadsTablesTrait]>;

/// An op in the score body that turns the score so far into the next one.
class Attn_ScoreModifier<string mnemonic, list<Trait> traits = []> : Attn_Op<mnemonic,
    !listconcat([Attn_ReadsTables, DeclareOpInterfaceMethods<ScoreModifierOpInterface, ["expand"]>], traits)>;

class Attn_Mask<string name, string attrMnemonic, list<string> overridden, list<Trait> traits = []> : AttrDef<Attn_Dialect, name,
    !listconcat([DeclareAttrInterfaceMethods<MaskAttrInterface, overridden>], traits)> {
  let mnemonic = attrMnemonic;
}

#endif
