// RUN: camber-opt %s --verify-roundtrip | FileCheck %s
// RUN: camber-opt %s --mlir-print-op-generic | camber-opt | FileCheck %s
// RUN: camber-opt %s --emit-bytecode | camber-opt | FileCheck %s

// CHECK-LABEL: func.func @exponentiate
// CHECK: cpu.exponentiate %{{[^ ,]+}} count %{{[^ ,]+}} from %{{[^ ,]+}} to %{{[^ ,]+}} maximum(%{{[^ ,]+}}, %{{[^ ,]+}}) sum %{{[^ ,]+}} decay %{{[^ ,]+}} <width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1> : memref<48x48xf32>, memref<32xf32>, memref<32xf32>, memref<32xf32>, memref<32xf32>
func.func @exponentiate(%scores: memref<48x48xf32>, %i: index, %m: memref<32xf32>, %new: memref<32xf32>, %l: memref<32xf32>,
                        %decay: memref<32xf32>) {
  cpu.exponentiate %scores count %i from %i to %i maximum(%m, %new) sum %l decay %decay <width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>
    : memref<48x48xf32>, memref<32xf32>, memref<32xf32>, memref<32xf32>, memref<32xf32>
  return
}

// CHECK-LABEL: func.func @exponentiate_key_end
// CHECK: cpu.exponentiate {{.*}} to %{{[^ ,]+}} key_end %{{[^ ,]+}} maximum
func.func @exponentiate_key_end(%scores: memref<48x48xf32>, %i: index, %m: memref<32xf32>) {
  cpu.exponentiate %scores count %i from %i to %i key_end %i maximum(%m, %m) sum %m decay %m <width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>
    : memref<48x48xf32>, memref<32xf32>, memref<32xf32>, memref<32xf32>, memref<32xf32>
  return
}
