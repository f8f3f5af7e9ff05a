// RUN: camber-opt %s --verify-roundtrip | FileCheck %s
// RUN: camber-opt %s --mlir-print-op-generic | camber-opt | FileCheck %s
// RUN: camber-opt %s --emit-bytecode | camber-opt | FileCheck %s

// CHECK-LABEL: func.func @norms
// CHECK: cpu.row_norms %{{.*}} batch %{{.*}} rows(%{{.*}}, %{{.*}}) count %{{.*}} into %{{.*}} schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>) : memref<?x4x?x64xf16>, memref<16xi32>, memref<16xi32>, memref<16xf32>
// CHECK: cpu.key_norms %{{.*}} batch %{{.*}} kv_head %{{.*}} keys %{{.*}} to %{{.*}} into %{{.*}} schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>) : memref<?x4x?x64xf16>, memref<2x?xf32>
// CHECK: cpu.key_norms %{{.*}} into %{{.*}} given(%{{.*}} : memref<?x4x?xf32>) schedule(#cpu.rows_in_lanes<width = 8
func.func @norms(%t: memref<?x4x?x64xf16>, %i: index, %r: memref<16xi32>, %q: memref<16xf32>, %k: memref<2x?xf32>, %given: memref<?x4x?xf32>) {
  cpu.row_norms %t batch %i rows(%r, %r) count %i into %q schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>) : memref<?x4x?x64xf16>, memref<16xi32>, memref<16xi32>, memref<16xf32>
  cpu.key_norms %t batch %i kv_head %i keys %i to %i into %k schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>) : memref<?x4x?x64xf16>, memref<2x?xf32>
  cpu.key_norms %t batch %i kv_head %i keys %i to %i into %k given(%given : memref<?x4x?xf32>) schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>) : memref<?x4x?x64xf16>, memref<2x?xf32>
  return
}
