// RUN: camber-opt %s --verify-roundtrip | FileCheck %s
// RUN: camber-opt %s --mlir-print-op-generic | camber-opt | FileCheck %s
// RUN: camber-opt %s --emit-bytecode | camber-opt | FileCheck %s

// CHECK-LABEL: func.func @softmax_update
// CHECK: cpu.softmax_update %{{[^ ,]+}} count %{{[^ ,]+}} from %{{[^ ,]+}} to %{{[^ ,]+}} maximum(%{{[^ ,]+}}, %{{[^ ,]+}}) sum %{{[^ ,]+}} rescale %{{[^ ,]+}} schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>) : memref<48x48xf32>, memref<32xf32>, memref<32xf32>, memref<32xf32>, memref<32xf32>
func.func @softmax_update(%scores: memref<48x48xf32>, %i: index, %m: memref<32xf32>, %new: memref<32xf32>, %l: memref<32xf32>,
                        %rescale: memref<32xf32>) {
  cpu.softmax_update %scores count %i from %i to %i maximum(%m, %new) sum %l rescale %rescale schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>)
    : memref<48x48xf32>, memref<32xf32>, memref<32xf32>, memref<32xf32>, memref<32xf32>
  return
}

// CHECK-LABEL: func.func @softmax_update_key_end
// CHECK: cpu.softmax_update {{.*}} to %{{[^ ,]+}} key_end %{{[^ ,]+}} maximum
func.func @softmax_update_key_end(%scores: memref<48x48xf32>, %i: index, %m: memref<32xf32>) {
  cpu.softmax_update %scores count %i from %i to %i key_end %i maximum(%m, %m) sum %m rescale %m schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>)
    : memref<48x48xf32>, memref<32xf32>, memref<32xf32>, memref<32xf32>, memref<32xf32>
  return
}
