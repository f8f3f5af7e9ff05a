// RUN: camber-opt %s --verify-roundtrip | FileCheck %s
// RUN: camber-opt %s --mlir-print-op-generic | camber-opt | FileCheck %s
// RUN: camber-opt %s --emit-bytecode | camber-opt | FileCheck %s

// CHECK-LABEL: func.func @scores
// CHECK: cpu.scores %{{[^ ,]+}}, %{{[^ ,]+}} count %{{[^ ,]+}} first %{{[^ ,]+}} base %{{[^ ,]+}} batch %{{[^ ,]+}} from %{{[^ ,]+}} to %{{[^ ,]+}} rows(%{{[^ ,]+}}, %{{[^ ,]+}}, %{{[^ ,]+}}) into %{{[^ ,]+}} maximum(%{{[^ ,]+}}, %{{[^ ,]+}}) params(%{{[^ ,]+}} : memref<4xf32>) tables(%{{[^ ,]+}} : memref<80xf32>) schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>)
// CHECK-SAME: attributes {full, head_offset = 4 : i64, scale = 1.000000e+00 : f64, uniform_head} : memref<2x64x16xf32>, memref<?x64xf32, strided<[?, 1], offset: ?>>, memref<32xi32>, memref<32xi32>, memref<32xi32>, memref<48x48xf32>, memref<32xf32>, memref<32xf32> {
// CHECK: tile.yield
func.func @scores(%packed: memref<2x64x16xf32>, %k: memref<?x64xf32, strided<[?, 1], offset: ?>>, %i: index, %head:
                  memref<32xi32>, %pos: memref<32xi32>, %row: memref<32xi32>, %scores: memref<48x48xf32>, %m:
                  memref<32xf32>, %new: memref<32xf32>, %w: memref<4xf32>, %table: memref<80xf32>) {
  cpu.scores %packed, %k count %i first %i base %i batch %i from %i to %i rows(%head, %pos, %row) into %scores maximum(%m, %new)
    params(%w : memref<4xf32>) tables(%table : memref<80xf32>) schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>)
    attributes {full, head_offset = 4 : i64, scale = 1.0 : f64, uniform_head}
    : memref<2x64x16xf32>, memref<?x64xf32, strided<[?, 1], offset: ?>>, memref<32xi32>, memref<32xi32>, memref<32xi32>, memref<48x48xf32>, memref<32xf32>, memref<32xf32> {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32, %slopes: memref<4xf32>, %t: f32):
    %x = arith.addf %s, %t : f32
    tile.yield %x : f32
  }
  return
}

// Lanes are keys, which are read as they are stored.
// CHECK-LABEL: func.func @scores_keys_in_lanes
// CHECK: cpu.scores
// CHECK-SAME: scratch %{{[^ ,]+}} : memref<8x2x8xf32> schedule(#cpu.keys_in_lanes<width = 8, streams = 4, rows = 2, value_keys = 8, value_vectors = 8, group_rows = 8>)
func.func @scores_keys_in_lanes(%packed: memref<8x64xf32>, %k: memref<?x64xf16, strided<[?, 1], offset: ?>>, %i: index, %rows: memref<8xi32>, %scores: memref<8x64xf32>,
                  %m: memref<8xf32>, %sums: memref<8x2x8xf32>, %table: memref<8x64xf32>) {
  cpu.scores %packed, %k count %i first %i base %i batch %i from %i to %i rows(%rows, %rows, %rows) into %scores maximum(%m, %m)
    tables(%table : memref<8x64xf32>) scratch %sums : memref<8x2x8xf32> schedule(#cpu.keys_in_lanes<width = 8, streams = 4, rows = 2, value_keys = 8, value_vectors = 8, group_rows = 8>)
    attributes {scale = 0.125 : f64, head_offset = 0 : i64}
    : memref<8x64xf32>, memref<?x64xf16, strided<[?, 1], offset: ?>>, memref<8xi32>, memref<8xi32>, memref<8xi32>, memref<8x64xf32>, memref<8xf32>, memref<8xf32> {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32, %t: f32):
    tile.yield %s : f32
  }
  return
}

// CHECK-LABEL: func.func @scores_key_end
// CHECK: cpu.scores {{.*}} to %{{[^ ,]+}} key_end %{{[^ ,]+}} rows
func.func @scores_key_end(%packed: memref<2x64x16xf32>, %k: memref<?x64xf32>, %i: index, %rows: memref<32xi32>, %scores: memref<48x32xf32>, %m: memref<32xf32>) {
  cpu.scores %packed, %k count %i first %i base %i batch %i from %i to %i key_end %i rows(%rows, %rows, %rows) into %scores maximum(%m, %m)
    schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>)
    attributes {scale = 1.0 : f64, head_offset = 0 : i64}
    : memref<2x64x16xf32>, memref<?x64xf32>, memref<32xi32>, memref<32xi32>, memref<32xi32>, memref<48x32xf32>, memref<32xf32>, memref<32xf32> {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    tile.yield %s : f32
  }
  return
}
