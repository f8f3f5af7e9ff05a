// RUN: camber-opt %s --verify-roundtrip | FileCheck %s
// RUN: camber-opt %s --mlir-print-op-generic | camber-opt | FileCheck %s
// RUN: camber-opt %s --emit-bytecode | camber-opt | FileCheck %s

// CHECK: mask = #attn.prefix<length = 12>
func.func private @prefix() attributes {mask = #attn.prefix<length = 12>}
// CHECK: mask = #attn.prefix<length = 0>
func.func private @empty() attributes {mask = #attn.prefix<length = 0>}
