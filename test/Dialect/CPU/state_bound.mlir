// RUN: camber-opt %s --verify-roundtrip | FileCheck %s
// RUN: camber-opt %s --mlir-print-op-generic | camber-opt | FileCheck %s
// RUN: camber-opt %s --emit-bytecode | camber-opt | FileCheck %s

// CHECK-LABEL: func.func @state_bound
// CHECK: cpu.state_bound keys %{{.*}} to %{{.*}} base %{{.*}} batch %{{.*}} rows(%{{.*}}, %{{.*}}) count %{{.*}} norms(%{{.*}}, %{{.*}}) into %{{.*}}, %{{.*}} params(%{{.*}} : memref<4xf32>) schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>) attributes {head_offset = 3 : i64, uniform_head} : memref<16xi32>, memref<16xi32>, memref<16xf32>, memref<2x?xf32>, memref<16xf32>, memref<16xf32> nearest {
// CHECK: tile.yield %{{.*}} : i32
// CHECK: } score {
// CHECK: tile.yield %{{.*}} : f32
func.func @state_bound(%i: index, %heads: memref<16xi32>, %rows: memref<16xi32>, %n: memref<16xf32>, %k: memref<2x?xf32>, %m: memref<16xf32>, %l: memref<16xf32>, %slopes: memref<4xf32>) {
  cpu.state_bound keys %i to %i base %i batch %i rows(%heads, %rows) count %i norms(%n, %k) into %m, %l params(%slopes : memref<4xf32>)
         schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>) attributes {head_offset = 3 : i64, uniform_head}
         : memref<16xi32>, memref<16xi32>, memref<16xf32>, memref<2x?xf32>, memref<16xf32>, memref<16xf32> nearest {
  ^bb0(%b: i32, %h: i32, %p: i32, %first: i32, %last: i32, %w: memref<4xf32>):
    tile.yield %p : i32
  } score {
  ^bb0(%limit: f32, %b: i32, %h: i32, %p: i32, %j: i32, %w: memref<4xf32>):
    tile.yield %limit : f32
  }
  return
}
