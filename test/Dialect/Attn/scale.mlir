// RUN: camber-opt %s --verify-roundtrip | FileCheck %s
// RUN: camber-opt %s --mlir-print-op-generic | camber-opt | FileCheck %s
// RUN: camber-opt %s --emit-bytecode | camber-opt | FileCheck %s

// The factor is kept in double precision; it may be negative, and zero.
// CHECK-LABEL: func.func @scale
// CHECK: %[[A:.*]] = attn.scale %{{.*}}, -0.17677669529663689
// CHECK: attn.scale %[[A]], 0.000000e+00
func.func @scale(%s: f32) -> f32 {
  %0 = attn.scale %s, -0.17677669529663689
  %1 = attn.scale %0, 0.0
  return %1 : f32
}
