// RUN: camber-opt %s --verify-roundtrip | FileCheck %s
// RUN: camber-opt %s --mlir-print-op-generic | camber-opt | FileCheck %s
// RUN: camber-opt %s --emit-bytecode | camber-opt | FileCheck %s

// CHECK-LABEL: func.func @tabulate
// CHECK: cpu.tabulate %{{[^ ,]+}} count %{{[^ ,]+}} first %{{[^ ,]+}} base %{{[^ ,]+}} batch %{{[^ ,]+}} rows(%{{[^ ,]+}}, %{{[^ ,]+}}) params(%{{[^ ,]+}} : memref<4xf32>) schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>) attributes {head_offset = 0 : i64} : memref<80xf32>, memref<32xi32>, memref<32xi32> {
// CHECK: tile.yield
func.func @tabulate(%table: memref<80xf32>, %i: index, %head: memref<32xi32>, %pos: memref<32xi32>, %w: memref<4xf32>) {
  cpu.tabulate %table count %i first %i base %i batch %i rows(%head, %pos) params(%w : memref<4xf32>) schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>)
    attributes {head_offset = 0 : i64} : memref<80xf32>, memref<32xi32>, memref<32xi32> {
  ^bb0(%b: i32, %h: i32, %d: i32, %slopes: memref<4xf32>):
    %x = arith.sitofp %d : i32 to f32
    tile.yield %x : f32
  }
  return
}
