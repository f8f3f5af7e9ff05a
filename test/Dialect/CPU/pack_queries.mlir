// RUN: camber-opt %s --verify-roundtrip | FileCheck %s
// RUN: camber-opt %s --mlir-print-op-generic | camber-opt | FileCheck %s
// RUN: camber-opt %s --emit-bytecode | camber-opt | FileCheck %s

// CHECK-LABEL: func.func @pack_queries
// CHECK: cpu.pack_queries %{{[^ ,]+}} batch %{{[^ ,]+}} rows(%{{[^ ,]+}}, %{{[^ ,]+}}) count %{{[^ ,]+}} into %{{[^ ,]+}} scale 1.250000e-01 schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>) : memref<?x4x?x64xf16, strided<[?, ?, ?, 1]>>, memref<32xi32>, memref<32xi32>, memref<2x64x16xf32>
func.func @pack_queries(%q: memref<?x4x?x64xf16, strided<[?, ?, ?, 1]>>, %i: index, %head: memref<32xi32>, %row:
                        memref<32xi32>, %packed: memref<2x64x16xf32>) {
  cpu.pack_queries %q batch %i rows(%head, %row) count %i into %packed scale 0.125 schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>) : memref<?x4x?x64xf16, strided<[?, ?, ?, 1]>>, memref<32xi32>, memref<32xi32>, memref<2x64x16xf32>
  return
}
