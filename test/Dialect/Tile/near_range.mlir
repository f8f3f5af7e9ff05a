// RUN: camber-opt %s --verify-roundtrip | FileCheck %s
// RUN: camber-opt %s --mlir-print-op-generic | camber-opt | FileCheck %s
// RUN: camber-opt %s --emit-bytecode | camber-opt | FileCheck %s

// CHECK-LABEL: func.func @near_range
// CHECK: tile.near_range %{{.*}} to %{{.*}} step 64 rows %{{.*}} query_base %{{.*}} key_base %{{.*}} : <8>
// CHECK: tile.near_range %{{.*}} to %{{.*}} step 64 rows %{{.*}} query_base %{{.*}} key_base %{{.*}} where %{{.*}} : <8>
func.func @near_range(%i: index, %many: i1, %rows: !tile.rows<8>) -> (index, index) {
  %0:4 = tile.near_range %i to %i step 64 rows %rows query_base %i key_base %i : !tile.rows<8>
  %1:4 = tile.near_range %i to %i step 64 rows %rows query_base %i key_base %i where %many : !tile.rows<8>
  return %0#0, %1#3 : index, index
}
