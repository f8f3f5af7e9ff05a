// RUN: camber-opt %s --verify-roundtrip | FileCheck %s
// RUN: camber-opt %s --mlir-print-op-generic | camber-opt | FileCheck %s
// RUN: camber-opt %s --emit-bytecode | camber-opt | FileCheck %s

// CHECK-LABEL: func.func @accumulate
// CHECK: cpu.accumulate %{{[^ ,]+}}, %{{[^ ,]+}} count %{{[^ ,]+}} from %{{[^ ,]+}} to %{{[^ ,]+}} into %{{[^ ,]+}} rescale %{{[^ ,]+}} schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>) : memref<48x48xf32>, memref<?x64xf32, strided<[?, 1], offset: ?>>, memref<32x64xf32>, memref<32xf32>
func.func @accumulate(%p: memref<48x48xf32>, %v: memref<?x64xf32, strided<[?, 1], offset: ?>>, %i: index, %o:
                      memref<32x64xf32>, %rescale: memref<32xf32>) {
  cpu.accumulate %p, %v count %i from %i to %i into %o rescale %rescale schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>) : memref<48x48xf32>, memref<?x64xf32, strided<[?, 1], offset: ?>>, memref<32x64xf32>, memref<32xf32>
  return
}

// CHECK-LABEL: func.func @accumulate_keys_in_lanes
// CHECK: cpu.accumulate %{{[^ ,]+}}, %{{[^ ,]+}} count %{{[^ ,]+}} from %{{[^ ,]+}} to %{{[^ ,]+}} into %{{[^ ,]+}} rescale %{{[^ ,]+}} scratch %{{[^ ,]+}} : memref<8x64xf32> schedule(#cpu.keys_in_lanes<width = 8
func.func @accumulate_keys_in_lanes(%p: memref<8x64xf32>, %v: memref<?x64xf16, strided<[?, 1], offset: ?>>, %i: index, %o: memref<8x64xf32>, %rescale: memref<8xf32>, %sums: memref<8x64xf32>) {
  cpu.accumulate %p, %v count %i from %i to %i into %o rescale %rescale scratch %sums : memref<8x64xf32> schedule(#cpu.keys_in_lanes<width = 8, streams = 4, rows = 2, value_keys = 8, value_vectors = 8, group_rows = 8>) : memref<8x64xf32>, memref<?x64xf16, strided<[?, 1], offset: ?>>, memref<8x64xf32>, memref<8xf32>
  return
}

// CHECK-LABEL: func.func @accumulate_key_end
// CHECK: cpu.accumulate {{.*}} to %{{[^ ,]+}} key_end %{{[^ ,]+}} into
func.func @accumulate_key_end(%p: memref<48x48xf32>, %v: memref<?x64xf32>, %i: index, %o: memref<32x64xf32>, %rescale: memref<32xf32>) {
  cpu.accumulate %p, %v count %i from %i to %i key_end %i into %o rescale %rescale schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>) : memref<48x48xf32>, memref<?x64xf32>, memref<32x64xf32>, memref<32xf32>
  return
}
