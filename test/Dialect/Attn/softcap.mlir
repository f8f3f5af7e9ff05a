// RUN: camber-opt %s --verify-roundtrip | FileCheck %s
// RUN: camber-opt %s --mlir-print-op-generic | camber-opt | FileCheck %s
// RUN: camber-opt %s --emit-bytecode | camber-opt | FileCheck %s

// CHECK-LABEL: func.func @softcap
// CHECK: attn.softcap %{{.*}}, 3.000000e+01
func.func @softcap(%s: f32) -> f32 {
  %0 = attn.softcap %s, 30.0
  return %0 : f32
}
