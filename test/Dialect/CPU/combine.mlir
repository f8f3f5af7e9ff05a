// RUN: camber-opt %s --verify-roundtrip | FileCheck %s
// RUN: camber-opt %s --mlir-print-op-generic | camber-opt | FileCheck %s
// RUN: camber-opt %s --emit-bytecode | camber-opt | FileCheck %s

// CHECK-LABEL: func.func @combine
// CHECK: cpu.combine %{{[^ ,]+}}, %{{[^ ,]+}} splits %{{[^ ,]+}} count %{{[^ ,]+}} into %{{[^ ,]+}} maximum %{{[^ ,]+}} schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>) : memref<?x32x64xf32>, memref<?x32xf32>, memref<32x64xf32>, memref<32xf32>
func.func @combine(%po: memref<?x32x64xf32>, %pm: memref<?x32xf32>, %i: index, %o: memref<32x64xf32>, %m:
                 memref<32xf32>) {
  cpu.combine %po, %pm splits %i count %i into %o maximum %m schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>) : memref<?x32x64xf32>, memref<?x32xf32>, memref<32x64xf32>, memref<32xf32>
  return
}
