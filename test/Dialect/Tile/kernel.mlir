// RUN: camber-opt %s --verify-roundtrip | FileCheck %s
// RUN: camber-opt %s --mlir-print-op-generic | camber-opt | FileCheck %s
// RUN: camber-opt %s --emit-bytecode | camber-opt | FileCheck %s

// CHECK-LABEL: func.func @programs
// CHECK: tile.kernel batch(%{{[^ ,]+}}) q_len(%{{[^ ,]+}}) <heads = 4, kv_heads = 2, head_dim = 16, rows = 8, keys = 32, packed = false> schedule #cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 1, value_rows = 6, value_vectors = 2, panels = 1> {
// CHECK-NEXT: ^bb0(%[[BATCH:.*]]: index, %[[HEAD:.*]]: index, %[[ROWS:.*]]: !tile.rows<8>, %[[SPLIT:.*]]: index, %[[SPLITS:.*]]: index):
// CHECK-NEXT: %{{[^ ,]+}}, %{{[^ ,]+}} = tile.row_bounds %[[ROWS]] base %[[BATCH]] : <8>
// CHECK-NEXT: tile.block_head %[[ROWS]] : <8>
// CHECK-NEXT: tile.key_range %[[BATCH]] to %[[SPLITS]] step 32 split %[[SPLIT]]
func.func @programs(%batch: index, %q_len: index) {
  tile.kernel batch(%batch) q_len(%q_len) <heads = 4, kv_heads = 2, head_dim = 16, rows = 8, keys = 32, packed = false>
      schedule #cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 1, value_rows = 6, value_vectors = 2, panels = 1> {
  ^bb0(%b: index, %g: index, %rows: !tile.rows<8>, %split: index, %splits: index):
    %min, %max = tile.row_bounds %rows base %b : !tile.rows<8>
    %head = tile.block_head %rows : !tile.rows<8>
    tile.key_range %b to %splits step 32 split %split
  }
  // CHECK: packed = false> no_skip {
  tile.kernel batch(%batch) q_len(%q_len) <heads = 4, kv_heads = 2, head_dim = 16, rows = 8, keys = 32, packed = false> no_skip {
  ^bb0(%b: index, %g: index, %rows: !tile.rows<8>, %split: index, %splits: index):
  }
  return
}
