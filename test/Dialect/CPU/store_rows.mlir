// RUN: camber-opt %s --verify-roundtrip | FileCheck %s
// RUN: camber-opt %s --mlir-print-op-generic | camber-opt | FileCheck %s
// RUN: camber-opt %s --emit-bytecode | camber-opt | FileCheck %s

// CHECK-LABEL: func.func @store_rows
// CHECK: cpu.store_rows %{{[^ ,]+}}, %{{[^ ,]+}} batch %{{[^ ,]+}} rows(%{{[^ ,]+}}, %{{[^ ,]+}}) count %{{[^ ,]+}} to %{{[^ ,]+}} lse %{{[^ ,]+}} : memref<?x4x?xf32> schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>) : memref<32x64xf32>, memref<32xf32>, memref<32xi32>, memref<32xi32>, memref<?x4x?x64xf16, strided<[?, ?, ?, 1]>>
func.func @store_rows(%o: memref<32x64xf32>, %m: memref<32xf32>, %i: index, %head: memref<32xi32>, %row: memref<32xi32>,
                      %d: memref<?x4x?x64xf16, strided<[?, ?, ?, 1]>>, %lse: memref<?x4x?xf32>) {
  cpu.store_rows %o, %m batch %i rows(%head, %row) count %i to %d lse %lse : memref<?x4x?xf32> schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>)
    : memref<32x64xf32>, memref<32xf32>, memref<32xi32>, memref<32xi32>, memref<?x4x?x64xf16, strided<[?, ?, ?, 1]>>
  return
}
