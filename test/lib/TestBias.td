// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A dialect with one bias per structure and a mask, none of which lib/ has heard of. It is registered by camber-test-opt, and
// built as a plugin.
#ifndef CAMBER_TEST_BIAS
#define CAMBER_TEST_BIAS

include "AttnBase.td"

def TestBias_Dialect : Dialect {
  let name = "test_bias";
  let cppNamespace = "::camber::test";
  let dependentDialects = ["::camber::attn::AttnDialect", "::mlir::arith::ArithDialect", "::mlir::math::MathDialect"];
  let useDefaultAttributePrinterParser = 1;
  let extraClassDeclaration = "void registerMasks();";
}

class TestBias<string mnemonic, list<string> methods> : Op<TestBias_Dialect, mnemonic,
    [Pure, DeclareOpInterfaceMethods<ScoreModifierOpInterface, !listconcat(["expand"], methods)>]> {
  let results = (outs F32:$result);
}

def TestBias_ShiftOp : TestBias<"shift", ["describe", "bound"]> {
  let summary = "constant: score + by";
  let arguments = (ins F32:$score, F64Attr:$by);
  let assemblyFormat = "$score `by` $by attr-dict";
}

def TestBias_LineOp : TestBias<"line", ["describe", "bound"]> {
  let summary = "affine in distance: score + slopes[head] · distance";
  let arguments = (ins F32:$score, I32:$head, I32:$query, I32:$key, Attn_FloatTable:$slopes);
  let assemblyFormat = "$score `at` `(` $head `,` $query `,` $key `)` `slopes` `(` $slopes `:` type($slopes) `)` attr-dict";
}

def TestBias_TentOp : TestBias<"tent", ["describe"]> {
  let summary = "piecewise affine: score - slope · abs(distance - peak)";
  let arguments = (ins F32:$score, I32:$query, I32:$key, I64Attr:$peak, F64Attr:$slope);
  let assemblyFormat = "$score `at` `(` $query `,` $key `)` attr-dict";
}

def TestBias_BandOp : TestBias<"band", ["describe"]> {
  let summary = "diagonal table and far field: score + table[head, min(abs(distance), n-1)]";
  let arguments = (ins F32:$score, I32:$head, I32:$query, I32:$key, Attn_FloatTable:$table);
  let assemblyFormat = "$score `at` `(` $head `,` $query `,` $key `)` `table` `(` $table `:` type($table) `)` attr-dict";
}

def TestBias_FadeOp : TestBias<"fade", ["describe"]> {
  let summary = "diagonal closed form: score - rate · log(1 + abs(distance))";
  let arguments = (ins F32:$score, I32:$query, I32:$key, F64Attr:$rate);
  let assemblyFormat = "$score `at` `(` $query `,` $key `)` attr-dict";
}

def TestBias_GatesOp : TestBias<"gates", ["describe"]> {
  let summary = "row and column: score + columns[key] - rows[query]";
  let arguments = (ins F32:$score, I32:$query, I32:$key, Attn_FloatTable:$rows, Attn_FloatTable:$columns);
  let assemblyFormat = [{
    $score `at` `(` $query `,` $key `)` `rows` `(` $rows `:` type($rows) `)` `columns` `(` $columns `:` type($columns) `)`
    attr-dict
  }];
}

def TestBias_NearOp : TestBias<"near", ["emitVisible", "describe"]> {
  let summary = "hides pairs: -∞ where abs(distance) > reach";
  let arguments = (ins F32:$score, I32:$query, I32:$key, I64Attr:$reach);
  let assemblyFormat = "$score `at` `(` $query `,` $key `)` attr-dict";
}

def TestBias_WarpOp : TestBias<"warp", []> {
  let summary = "opaque, describes nothing: score - amount · tanh(score)";
  let arguments = (ins F32:$score, F64Attr:$amount);
  let assemblyFormat = "$score `by` $amount attr-dict";
}

def TestBias_DilatedAttr : AttrDef<TestBias_Dialect, "Dilated", [DeclareAttrInterfaceMethods<MaskAttrInterface>]> {
  let summary = "a mask: visible where the distance is a multiple of step";
  let mnemonic = "dilated";
  let parameters = (ins "int64_t":$step);
  let assemblyFormat = "`<` struct(params) `>`";
}

#endif
