// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A dialect of score structure that lib/ has never heard of, and the biases that describe themselves by it.
#ifndef CAMBER_TEST_STRUCTURE
#define CAMBER_TEST_STRUCTURE

include "AttnBase.td"
include "TileBase.td"
include "TileInterfaces.td"

def TestStructure_Dialect : Dialect {
  let name = "test_structure";
  let cppNamespace = "::camber::test";
  let dependentDialects = ["::camber::attn::AttnDialect", "::camber::tile::TileDialect", "::mlir::math::MathDialect"];
}

class TestStructure<string mnemonic, list<string> methods> : Op<TestStructure_Dialect, mnemonic, [
    Pure, Tile_InScoreBody, DeclareOpInterfaceMethods<Tile_ScoreStructureOpInterface, methods>]> {
  let results = (outs F32:$result);
}
class TestModifier<string mnemonic, list<string> methods> : Op<TestStructure_Dialect, mnemonic, [
    Pure, DeclareOpInterfaceMethods<ScoreModifierOpInterface, !listconcat(["expand", "describe"], methods)>]> {
  let results = (outs F32:$result);
  let assemblyFormat = "$score `at` `(` $query `,` $key `)` attr-dict";
}

def TestStructure_WaveOp : TestStructure<"wave", ["getScaledOperands", "isFinite", "getAugend", "emitAddend", "isTabulated"]> {
  let summary = "score + amplitude · cos(rate · distance): a function of the diagonal with a factor of its own";
  let arguments = (ins F32:$score, F32:$amplitude, I32:$query, I32:$key, F64Attr:$rate);
  let assemblyFormat = "$score `amplitude` $amplitude `at` `(` $query `,` $key `)` attr-dict";
}

def TestStructure_TailOp : TestStructure<"tail", ["getScaledOperands", "getLimits", "getBreakpoints", "hides", "specialize"]> {
  let summary = "score where key - query is first or more, else -∞";
  let arguments = (ins F32:$score, I32:$query, I32:$key, I32:$first);
  let assemblyFormat = "$score `at` `(` $query `,` $key `)` `first` $first attr-dict";
}

def TestStructure_RippleOp : TestModifier<"ripple", []> {
  let summary = "a bias: score + amplitude · cos(rate · distance)";
  let arguments = (ins F32:$score, I32:$query, I32:$key, F64Attr:$amplitude, F64Attr:$rate);
}

def TestStructure_RecentOp : TestModifier<"recent", ["emitVisible"]> {
  let summary = "hides keys that are more than `keys` before the query";
  let arguments = (ins F32:$score, I32:$query, I32:$key, I64Attr:$keys);
}

#endif
