// RUN: camber-opt %s --verify-roundtrip | FileCheck %s
// RUN: camber-opt %s --mlir-print-op-generic | camber-opt | FileCheck %s
// RUN: camber-opt %s --emit-bytecode | camber-opt | FileCheck %s

// CHECK-LABEL: func.func @narrow
// CHECK: cpu.skip_range %{{[^ ]*}} to %{{.*}} step 64 of %{{.*}} base %{{.*}} batch %{{.*}} rows(%{{.*}}, %{{.*}}) count %{{.*}} state(%{{.*}}, %{{.*}}) norms(%{{.*}}, %{{.*}}) ends %{{.*}} params(%{{.*}} : memref<4xf32>) schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>) attributes {head_offset = 3 : i64, uniform_head} : memref<16xi32>, memref<16xi32>, memref<16xf32>, memref<16xf32>, memref<16xf32>, memref<2x?xf32>, memref<1xi32> {
// CHECK: tile.yield
// CHECK: cpu.skip_range right %{{.*}} to {{.*}} ends %[[ENDS:.*]] seen(%[[ENDS]] : memref<1xi32>) schedule(
func.func @narrow(%i: index, %r: memref<16xi32>, %m: memref<16xf32>, %k: memref<2x?xf32>, %w: memref<4xf32>, %e: memref<1xi32>) -> (index, index) {
  %0 = cpu.skip_range %i to %i step 64 of %i base %i batch %i rows(%r, %r) count %i state(%m, %m) norms(%m, %k) ends %e params(%w : memref<4xf32>)
         schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>) attributes {head_offset = 3 : i64, uniform_head} : memref<16xi32>, memref<16xi32>, memref<16xf32>, memref<16xf32>, memref<16xf32>, memref<2x?xf32>, memref<1xi32> {
  ^bb0(%limit: f32, %b: i32, %h: i32, %p: i32, %first: i32, %last: i32, %slopes: memref<4xf32>):
    tile.yield %limit : f32
  }
  %1 = cpu.skip_range right %i to %i step 64 of %i base %i batch %i rows(%r, %r) count %i state(%m, %m) norms(%m, %k) ends %e seen(%e : memref<1xi32>)
         schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>) attributes {head_offset = 0 : i64} : memref<16xi32>, memref<16xi32>, memref<16xf32>, memref<16xf32>, memref<16xf32>, memref<2x?xf32>, memref<1xi32> {
  ^bb0(%limit: f32, %b: i32, %h: i32, %p: i32, %first: i32, %last: i32):
    tile.yield %limit : f32
  }
  return %0, %1 : index, index
}
