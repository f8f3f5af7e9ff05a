// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The tile dialect's types and attributes, which the schedule level uses, too.
#ifndef CAMBER_TILE_BASE
#define CAMBER_TILE_BASE

include "mlir/IR/OpBase.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Tile_Dialect : Dialect {
  let name = "tile";
  let cppNamespace = "::camber::tile";
  let summary = "Tiled online-softmax attention, independent of the target";
  let description = [{
    One kernel program handles a block of rows of one (batch, kv head). Rows enumerate (query head of the group, query
    index), so that grouped-query decoding reads every key once. Values of `!tile.tile` have a shape and no layout.

    Units: scores and bounds of scores are natural logarithms of weights, as the author of a body sees them, until
    `tile-use-base2` multiplies them by log2(e) and says so on the op that yields them (`base2`). The softmax is base 2 from the
    start, so a kernel is right once every `tile.score`, `tile.skip_range` and `tile.state_bound` in it is `base2`, and conversions
    from this dialect refuse one that is not.
  }];
  let useDefaultTypePrinterParser = 1;
  let useDefaultAttributePrinterParser = 1;
  let hasOperationAttrVerify = 1;
}

class Tile_Op<string mnemonic, list<Trait> traits = []> : Op<Tile_Dialect, mnemonic, traits>;

/// Of an op that score bodies may hold besides arithmetic and modifiers.
def Tile_InScoreBody : NativeOpTrait<"InScoreBody"> {
  let cppNamespace = "::camber::tile";
}

/// Of an op whose effects are those of its regions. As an interface, and not the trait RecursiveMemoryEffects, so that
/// two equal ops that only read become one where nothing is written between them.
def Tile_EffectsOfRegionsTrait : NativeOpTrait<"EffectsOfRegions"> {
  let cppNamespace = "::camber::tile";
}
def Tile_EffectsOfRegions : TraitList<[MemoryEffectsOpInterface, Tile_EffectsOfRegionsTrait]>;

def Tile_TileType : TypeDef<Tile_Dialect, "Tile"> {
  let mnemonic = "tile";
  let summary = "a statically shaped block of values without a layout";
  let description = [{
    Constraints:
    1. one or two dimensions, each in 1 … 2^24-1, of f32 (scores and softmax state are float32 whatever the storage).
  }];
  let parameters = (ins ArrayRefParameter<"int64_t">:$shape, "::mlir::Type":$elementType);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
}

def Tile_RowsType : TypeDef<Tile_Dialect, "Rows"> {
  let mnemonic = "rows";
  let summary = "a block of rows: for each row its query head and query index";
  let description = [{
    Constraints:
    1. count is in 1 … 2^24-1.
  }];
  let parameters = (ins "int64_t":$count);
  let assemblyFormat = "`<` $count `>`";
  let genVerifyDecl = 1;
}

def Tile_ShapeAttr : AttrDef<Tile_Dialect, "Shape"> {
  let mnemonic = "shape";
  let summary = "how much of an attention one block and one tile hold; attn.attention may carry it as `tile.shape`";
  let description = [{
    `rows` per block, `keys` per tile. The query heads of a kv head share blocks where the query length is known to be at most
    `pack_max`.

    Constraints:
    1. rows and keys are in 1 … 2^24-1, pack_max is in 0 … 2^24-1.
    2. `tile.shape` is such an attribute, on attn.attention.
  }];
  let parameters = (ins "int64_t":$rows, "int64_t":$keys, "int64_t":$pack_max);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// Sizes that no target has chosen.
    static ShapeAttr getDefault(::mlir::MLIRContext *context) { return get(context, 64, 64, 32); }
  }];
}

def Tile_GeometryAttr : AttrDef<Tile_Dialect, "Geometry"> {
  let mnemonic = "geometry";
  let summary = "how heads and queries are divided into blocks of rows, and keys into tiles";
  let description = [{
    `rows` per block, `keys` per tile. A block holds rows of one query head, or, if `packed`, rows of all query heads of a
    kv head: row r is head ⌊r/Lq⌋ of the group at query r mod Lq. `head_offset` is added to the head the score body sees.

    Constraints:
    1. heads is a multiple of kv_heads, both at least 1.
    2. head_dim, rows and keys are at least 1, head_offset at least 0.
    3. all are below 2^24.
  }];
  let parameters = (ins "int64_t":$heads, "int64_t":$kv_heads, "int64_t":$head_dim, "int64_t":$rows, "int64_t":$keys,
                        "bool":$packed, DefaultValuedParameter<"int64_t", "0">:$head_offset);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
}

#endif
