// RUN: camber-opt %s --verify-roundtrip | FileCheck %s
// RUN: camber-opt %s --mlir-print-op-generic | camber-opt | FileCheck %s
// RUN: camber-opt %s --emit-bytecode | camber-opt | FileCheck %s

// Tables of f32 and i32, on tensors, memrefs, and of rank 0.
// CHECK-LABEL: func.func @lookup
// CHECK: attn.lookup %{{.*}}[%{{.*}}, %{{.*}}] : tensor<3x?xf32> -> f32
// CHECK: attn.lookup %{{.*}}[%{{.*}}] : memref<?xi32> -> i32
// CHECK: attn.lookup %{{.*}}[] : memref<f32> -> f32
func.func @lookup(%a: tensor<3x?xf32>, %b: memref<?xi32>, %c: memref<f32>, %i: i32) {
  %0 = attn.lookup %a[%i, %i] : tensor<3x?xf32> -> f32
  %1 = attn.lookup %b[%i] : memref<?xi32> -> i32
  %2 = attn.lookup %c[] : memref<f32> -> f32
  return
}
