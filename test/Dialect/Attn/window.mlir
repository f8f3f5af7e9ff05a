// RUN: camber-opt %s --verify-roundtrip | FileCheck %s
// RUN: camber-opt %s --mlir-print-op-generic | camber-opt | FileCheck %s
// RUN: camber-opt %s --emit-bytecode | camber-opt | FileCheck %s

// CHECK: mask = #attn.window<left = 4, right = -1>
func.func private @both() attributes {mask = #attn.window<left = 4, right = -1>}
// CHECK: mask = #attn.window<left = 1024>
func.func private @left() attributes {mask = #attn.window<left = 1024>}
// CHECK: mask = #attn.window<right = 0>
func.func private @right() attributes {mask = #attn.window<right = 0>}
// CHECK: mask = #attn.window}
func.func private @unbounded() attributes {mask = #attn.window}
