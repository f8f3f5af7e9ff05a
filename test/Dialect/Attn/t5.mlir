// RUN: camber-opt %s --verify-roundtrip | FileCheck %s
// RUN: camber-opt %s --mlir-print-op-generic | camber-opt | FileCheck %s
// RUN: camber-opt %s --emit-bytecode | camber-opt | FileCheck %s

// CHECK-LABEL: func.func @t5
// CHECK: attn.t5 %{{.*}} at(%{{.*}}, %{{.*}}, %{{.*}}) table(%{{.*}} : memref<32x8xf32>){{$}}
// CHECK: attn.t5 %{{.*}} at(%{{.*}}, %{{.*}}, %{{.*}}) table(%{{.*}} : tensor<16x?xf32>) {bidirectional, head_offset = 4 : i64, max_distance = 64 : i64}
func.func @t5(%s: f32, %h: i32, %p: i32, %j: i32, %a: memref<32x8xf32>, %b: tensor<16x?xf32>) -> f32 {
  %0 = attn.t5 %s at(%h, %p, %j) table(%a : memref<32x8xf32>)
  %1 = attn.t5 %0 at(%h, %p, %j) table(%b : tensor<16x?xf32>) {bidirectional, max_distance = 64, head_offset = 4}
  return %1 : f32
}
