// RUN: camber-opt %s --verify-roundtrip | FileCheck %s
// RUN: camber-opt %s --mlir-print-op-generic | camber-opt | FileCheck %s
// RUN: camber-opt %s --emit-bytecode | camber-opt | FileCheck %s

// One step of the online softmax, from the raw scores to the stored result.
// CHECK-LABEL: func.func @softmax
// CHECK: %[[M:[^,]+]], %[[L:[^,]+]], %[[O:[^ ]+]] = tile.init_state %[[ROWS:[^ ]+]] kv_head %{{[^ ,]+}} split %{{[^ ,]+}} sink(%{{[^ ,]+}} : memref<4xf32>) : <8> -> <8xf32>, <8xf32>, <8x16xf32>
// CHECK: %[[S:.*]] = tile.dot %{{[^ ,]+}}, %{{[^ ,]+}} scale 1.250000e-01 : <8x16xf32>, <32x16xf32> -> <8x32xf32>
// CHECK: tile.dot %{{[^ ,]+}}, %{{[^ ,]+}} : <8x16xf32>, <32x16xf32> -> <8x32xf32>
// CHECK: %[[P:[^,]+]], %[[M2:[^,]+]], %[[L2:[^,]+]], %[[DECAY:[^ ]+]] = tile.softmax_update %[[S]], %[[M]], %[[L]] : <8x32xf32>, <8xf32>, <8xf32> -> <8x32xf32>, <8xf32>, <8xf32>, <8xf32>
// CHECK: %[[O2:.*]] = tile.accumulate %[[P]], %{{[^ ,]+}} into %[[O]] rescale %[[DECAY]] : <8x32xf32>, <32x16xf32>, <8x16xf32>, <8xf32> -> <8x16xf32>
// CHECK: tile.epilogue %[[ROWS]] batch %{{[^ ,]+}} kv_head %{{[^ ,]+}} split %{{[^ ,]+}} of %{{[^ ,]+}} state(%[[M2]], %[[L2]], %[[O2]] : <8xf32>, <8xf32>, <8x16xf32>) outs(%{{[^ ,]+}} : memref<1x4x9x16xf16>) lse(%{{[^ ,]+}} : memref<1x4x9xf32>) : <8>
// CHECK: tile.epilogue
// CHECK-NOT: lse
func.func @softmax(%rows: !tile.rows<8>, %i: index, %sink: memref<4xf32>, %q: !tile.tile<8x16xf32>, %k: !tile.tile<32x16xf32>, %v: !tile.tile<32x16xf32>,
                   %o: memref<1x4x9x16xf16>, %lse: memref<1x4x9xf32>) {
  %m, %l, %acc = tile.init_state %rows kv_head %i split %i sink(%sink : memref<4xf32>) : !tile.rows<8> -> !tile.tile<8xf32>, !tile.tile<8xf32>, !tile.tile<8x16xf32>
  %s = tile.dot %q, %k scale 0.125 : !tile.tile<8x16xf32>, !tile.tile<32x16xf32> -> !tile.tile<8x32xf32>
  %unused = tile.dot %q, %k : !tile.tile<8x16xf32>, !tile.tile<32x16xf32> -> !tile.tile<8x32xf32>
  %p, %m2, %l2, %rescale = tile.softmax_update %s, %m, %l : !tile.tile<8x32xf32>, !tile.tile<8xf32>, !tile.tile<8xf32> -> !tile.tile<8x32xf32>, !tile.tile<8xf32>, !tile.tile<8xf32>, !tile.tile<8xf32>
  %acc2 = tile.accumulate %p, %v into %acc rescale %rescale : !tile.tile<8x32xf32>, !tile.tile<32x16xf32>, !tile.tile<8x16xf32>, !tile.tile<8xf32> -> !tile.tile<8x16xf32>
  tile.epilogue %rows batch %i kv_head %i split %i of %i state(%m2, %l2, %acc2 : !tile.tile<8xf32>, !tile.tile<8xf32>, !tile.tile<8x16xf32>)
    outs(%o : memref<1x4x9x16xf16>) lse(%lse : memref<1x4x9xf32>) : !tile.rows<8>
  tile.epilogue %rows batch %i kv_head %i split %i of %i state(%m2, %l2, %acc2 : !tile.tile<8xf32>, !tile.tile<8xf32>, !tile.tile<8x16xf32>)
    outs(%o : memref<1x4x9x16xf16>) : !tile.rows<8>
  return
}
