// RUN: camber-opt %s --verify-roundtrip | FileCheck %s
// RUN: camber-opt %s --mlir-print-op-generic | camber-opt | FileCheck %s
// RUN: camber-opt %s --emit-bytecode | camber-opt | FileCheck %s

// CHECK-LABEL: func.func @convert_keys
// CHECK: cpu.convert_keys %{{[^ ,]+}} count %{{[^ ,]+}} into %{{[^ ,]+}} <width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1> : memref<?x64xbf16, strided<[?, 1], offset: ?>>, memref<48x64xf32>
func.func @convert_keys(%k: memref<?x64xbf16, strided<[?, 1], offset: ?>>, %i: index, %keys: memref<48x64xf32>) {
  cpu.convert_keys %k count %i into %keys <width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1> : memref<?x64xbf16, strided<[?, 1], offset: ?>>, memref<48x64xf32>
  return
}
