// RUN: camber-opt %s --verify-roundtrip | FileCheck %s
// RUN: camber-opt %s --mlir-print-op-generic | camber-opt | FileCheck %s
// RUN: camber-opt %s --emit-bytecode | camber-opt | FileCheck %s

// CHECK-LABEL: func.func @copy_keys
// CHECK: cpu.copy_keys %{{[^ ,]+}} count %{{[^ ,]+}} into %{{[^ ,]+}} schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>) : memref<?x64xbf16, strided<[?, 1], offset: ?>>, memref<48x64xf32>
func.func @copy_keys(%k: memref<?x64xbf16, strided<[?, 1], offset: ?>>, %i: index, %keys: memref<48x64xf32>) {
  cpu.copy_keys %k count %i into %keys schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>) : memref<?x64xbf16, strided<[?, 1], offset: ?>>, memref<48x64xf32>
  return
}

// CHECK-LABEL: func.func @copy_keys_padded
// CHECK: cpu.copy_keys {{.*}} : memref<?x64xf32>, memref<48x64xf32, strided<[80, 1]>>
func.func @copy_keys_padded(%k: memref<?x64xf32>, %i: index, %keys: memref<48x64xf32, strided<[80, 1]>>) {
  cpu.copy_keys %k count %i into %keys schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>) : memref<?x64xf32>, memref<48x64xf32, strided<[80, 1]>>
  return
}

// CHECK-LABEL: func.func @copy_keys_finite
// CHECK: cpu.copy_keys {{.*}} into %{{[^ ,]+}} finite schedule(#cpu.rows_in_lanes<width = 8{{.*}} : memref<?x64xf16>, memref<48x64xf16>
func.func @copy_keys_finite(%v: memref<?x64xf16>, %i: index, %values: memref<48x64xf16>) {
  cpu.copy_keys %v count %i into %values finite schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>) : memref<?x64xf16>, memref<48x64xf16>
  return
}
