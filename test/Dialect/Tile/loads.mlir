// RUN: camber-opt %s --verify-roundtrip | FileCheck %s
// RUN: camber-opt %s --mlir-print-op-generic | camber-opt | FileCheck %s
// RUN: camber-opt %s --emit-bytecode | camber-opt | FileCheck %s

// CHECK-LABEL: func.func @loads
// CHECK: tile.load_rows %{{[^ ,]+}}[%{{[^ ,]+}}, %{{[^ ,]+}}, %{{[^ ,]+}}] : memref<?x4x?x16xbf16, strided<[?, ?, ?, 1]>>, <8> -> <8x16xf32>
// CHECK: tile.load_keys %{{[^ ,]+}}[%{{[^ ,]+}}, %{{[^ ,]+}}, %{{[^ ,]+}}] count %{{[^ ,]+}} : memref<?x4x?x16xbf16, strided<[?, ?, ?, 1]>> -> <32x16xf32>
func.func @loads(%t: memref<?x4x?x16xbf16, strided<[?, ?, ?, 1]>>, %rows: !tile.rows<8>, %i: index) {
  %0 = tile.load_rows %t[%i, %i, %rows] : memref<?x4x?x16xbf16, strided<[?, ?, ?, 1]>>, !tile.rows<8> -> !tile.tile<8x16xf32>
  %1 = tile.load_keys %t[%i, %i, %i] count %i : memref<?x4x?x16xbf16, strided<[?, ?, ?, 1]>> -> !tile.tile<32x16xf32>
  return
}
