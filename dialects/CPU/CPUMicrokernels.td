// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The microkernels: how one core computes a tile.
#ifndef CAMBER_CPU_MICROKERNELS
#define CAMBER_CPU_MICROKERNELS

include "CPUInterfaces.td"
include "mlir/IR/AttrTypeBase.td"

class CPU_Microkernel<string name, string attrMnemonic> : AttrDef<CPU_Dialect, name, [DeclareAttrInterfaceMethods<CPU_MicrokernelAttrInterface, ["getAlternatives"]>]> {
  let mnemonic = attrMnemonic;
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
}

def CPU_RowsInLanesAttr : CPU_Microkernel<"RowsInLanes", "rows_in_lanes"> {
  let summary = "many rows: lanes are rows, keys and values are broadcast";
  let description = [{
    `width` f32 lanes. Scores: `score_keys` × `row_vectors` accumulators. Values: `value_rows` × `value_vectors` accumulators.
    Accumulators, one row of vectors and a broadcast must fit the register file: 6×2 for 16 registers, 6×4 for 32. `panels` of
    row_vectors · width rows go through scores, softmax and values together. With `copy_values` the values of a tile are copied
    before they are multiplied, as those that are no f32 always are: the caller's rows may lie at a stride that puts them all into
    the same few sets of the first-level cache.

    Packed queries are [R / panel, D, panel], transposed and times the scale; scores [T, S], S padded to an odd number of cache lines.

    Constraints:
    1. all sizes are in 1 … 64, width is a power of two.
  }];
  let parameters = (ins "int64_t":$width, "int64_t":$score_keys, "int64_t":$row_vectors, "int64_t":$value_rows,
                        "int64_t":$value_vectors, "int64_t":$panels, DefaultValuedParameter<"bool", "false">:$copy_values);
}

def CPU_KeysInLanesAttr : CPU_Microkernel<"KeysInLanes", "keys_in_lanes"> {
  let summary = "a few rows, as in decoding: lanes are keys, each of which is read once";
  let description = [{
    `width` f32 lanes. A panel is one row, a score a dot product along the head dim. `rows` of them share what is loaded of a key or
    value, one row at a time where fewer are left. The keys of a tile are read as `streams`, runs of neighbours, a key of each together:
    processors fetch ahead within a page, and one stream alone would wait at the end of each. Values are summed `value_keys` keys at a
    time in `value_vectors` accumulators, those of all rows together. `group_rows` rows go through scores, softmax and values together.
    `prefetch` is how many bytes ahead every stream asks for memory, rounded up to whole keys; 0 leaves that to the processor.

    Packed queries are [R, D], scores [S, T'], T' being T rounded up to lanes. Beside the scores it keeps [R, W / streams, W]: dot products of a
    vector of keys before their lanes are added; beside the output [R, D]: what the values of a tile add to it.

    Constraints:
    1. all sizes are in 1 … 64, width is a power of two.
    2. streams is a power of two that divides width.
    3. prefetch is in 0 … 1048576.
  }];
  let parameters = (ins "int64_t":$width, "int64_t":$streams, "int64_t":$rows, "int64_t":$value_keys, "int64_t":$value_vectors,
                        "int64_t":$group_rows, DefaultValuedParameter<"int64_t", "0">:$prefetch);
}

#endif
