// RUN: camber-opt %s --verify-roundtrip | FileCheck %s
// RUN: camber-opt %s --mlir-print-op-generic | camber-opt | FileCheck %s
// RUN: camber-opt %s --emit-bytecode | camber-opt | FileCheck %s

// CHECK-LABEL: func.func @reach
// CHECK: cpu.reach %{{[^ ,]+}}, %{{[^ ,]+}} count %{{[^ ,]+}} from %{{[^ ,]+}} to %{{[^ ,]+}} into %{{[^ ,]+}} schedule(#cpu.rows_in_lanes<width = 8
func.func @reach(%s: memref<48x48xf32>, %v: memref<?x64xbf16, strided<[?, 1], offset: ?>>, %i: index, %r: memref<32x64xf32>) {
  cpu.reach %s, %v count %i from %i to %i into %r schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>) : memref<48x48xf32>, memref<?x64xbf16, strided<[?, 1], offset: ?>>, memref<32x64xf32>
  return
}

// CHECK-LABEL: func.func @reach_key_end
// CHECK: cpu.reach {{.*}} to %{{[^ ,]+}} key_end %{{[^ ,]+}} into
func.func @reach_key_end(%s: memref<48x48xf32>, %v: memref<?x64xf32>, %i: index, %r: memref<32x64xf32>) {
  cpu.reach %s, %v count %i from %i to %i key_end %i into %r schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>) : memref<48x48xf32>, memref<?x64xf32>, memref<32x64xf32>
  return
}

// CHECK-LABEL: func.func @add_rows
// CHECK: cpu.add_rows %{{[^ ,]+}} count %{{[^ ,]+}} into %{{[^ ,]+}} schedule(#cpu.rows_in_lanes<width = 8
func.func @add_rows(%i: index, %x: memref<32x64xf32>, %o: memref<32x64xf32>) {
  cpu.add_rows %x count %i into %o schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>) : memref<32x64xf32>, memref<32x64xf32>
  return
}
