// RUN: camber-opt %s --verify-roundtrip | FileCheck %s
// RUN: camber-opt %s --mlir-print-op-generic | camber-opt | FileCheck %s
// RUN: camber-opt %s --emit-bytecode | camber-opt | FileCheck %s

// CHECK-LABEL: func.func @score
// CHECK: tile.score %{{[^ ,]+}} rows %{{[^ ,]+}} batch %{{[^ ,]+}} kv_head %{{[^ ,]+}} query_base %{{[^ ,]+}} keys %{{[^ ,]+}}
// CHECK-SAME: key_base %{{[^ ,]+}} params(%{{[^ ,]+}}, %{{[^ ,]+}}, %{{[^ ,]+}} : memref<4xf32>, memref<?x?xi32>, memref<?x?xi32>) masks [#attn.causal, #attn.segments] segments
// CHECK-SAME: : <8x32xf32>, <8> -> <8x32xf32> {
// CHECK: tile.yield %{{[^ ,]+}} : f32
// CHECK: tile.score
// CHECK-NOT: masks
// CHECK: tile.yield
func.func @score(%t: !tile.tile<8x32xf32>, %rows: !tile.rows<8>, %i: index, %m: memref<4xf32>, %ids: memref<?x?xi32>) {
  %0 = tile.score %t rows %rows batch %i kv_head %i query_base %i keys %i key_base %i
         params(%m, %ids, %ids : memref<4xf32>, memref<?x?xi32>, memref<?x?xi32>) masks [#attn.causal, #attn.segments] segments
         : !tile.tile<8x32xf32>, !tile.rows<8> -> !tile.tile<8x32xf32> {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %n: i32, %slopes: memref<4xf32>, %qd: memref<?x?xi32>, %kd: memref<?x?xi32>):
    %1 = attn.alibi %s at(%h, %p, %j) slopes(%slopes : memref<4xf32>)
    tile.yield %1 : f32
  }
  %2 = tile.score %0 rows %rows batch %i kv_head %i query_base %i keys %i key_base %i : !tile.tile<8x32xf32>, !tile.rows<8> -> !tile.tile<8x32xf32> {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %n: i32):
    tile.yield %s : f32
  }
  return
}
