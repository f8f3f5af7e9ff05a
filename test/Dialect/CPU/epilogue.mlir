// RUN: camber-opt %s --verify-roundtrip | FileCheck %s
// RUN: camber-opt %s --mlir-print-op-generic | camber-opt | FileCheck %s
// RUN: camber-opt %s --emit-bytecode | camber-opt | FileCheck %s

// CHECK-LABEL: func.func @finish
// CHECK: cpu.epilogue %{{[^ ,]+}} count %{{[^ ,]+}} maximum %{{[^ ,]+}} sum %{{[^ ,]+}} schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>) : memref<32x64xf32>, memref<32xf32>, memref<32xf32>
func.func @finish(%i: index, %o: memref<32x64xf32>, %m: memref<32xf32>, %l: memref<32xf32>) {
  cpu.epilogue %o count %i maximum %m sum %l schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>) : memref<32x64xf32>, memref<32xf32>, memref<32xf32>
  return
}

// CHECK-LABEL: func.func @finish_not_finite
// CHECK: cpu.epilogue {{.*}} sum %{{[^ ,]+}} not_finite %{{[^ ,]+}} : memref<1xf32> schedule(#cpu.rows_in_lanes<width = 8
func.func @finish_not_finite(%i: index, %o: memref<32x64xf32>, %m: memref<32xf32>, %l: memref<32xf32>, %n: memref<1xf32>) {
  cpu.epilogue %o count %i maximum %m sum %l not_finite %n : memref<1xf32> schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>) : memref<32x64xf32>, memref<32xf32>, memref<32xf32>
  return
}
