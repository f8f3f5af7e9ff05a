// RUN: camber-opt %s --verify-roundtrip | FileCheck %s
// RUN: camber-opt %s --mlir-print-op-generic | camber-opt | FileCheck %s
// RUN: camber-opt %s --emit-bytecode | camber-opt | FileCheck %s

// CHECK-LABEL: func.func @norms
// CHECK: %[[Q:.*]] = tile.row_norms %{{.*}} : <8x16xf32> -> <8xf32>
// CHECK: %[[K:.*]] = tile.key_norms %{{.*}}[%{{.*}}, %{{.*}}] keys %{{.*}} to %{{.*}} q_len_min 9 : memref<1x2x?x16xf16> -> memref<2x?xf32>
func.func @norms(%t: !tile.tile<8x16xf32>, %keys: memref<1x2x?x16xf16>, %i: index) -> (!tile.tile<8xf32>, memref<2x?xf32>) {
  %0 = tile.row_norms %t : !tile.tile<8x16xf32> -> !tile.tile<8xf32>
  %1 = tile.key_norms %keys[%i, %i] keys %i to %i q_len_min 9 : memref<1x2x?x16xf16> -> memref<2x?xf32>
  return %0, %1 : !tile.tile<8xf32>, memref<2x?xf32>
}

// CHECK-LABEL: func.func @narrow
// CHECK: tile.skip_range left %{{.*}} to %{{.*}} step 32 of %{{.*}} rows %{{.*}} batch %{{.*}} kv_head %{{.*}} query_base %{{.*}} key_base %{{.*}} state(%{{.*}}, %{{.*}} : <8xf32>, <8xf32>) norms(%{{.*}}, %{{.*}} : <8xf32>, memref<2x?xf32>) params(%{{.*}} : memref<4xf32>) : <8> {
// CHECK: ^bb0(%[[LIMIT:.*]]: f32, %{{.*}}: i32, %{{.*}}: i32, %{{.*}}: i32, %{{.*}}: i32, %{{.*}}: i32, %{{.*}}: memref<4xf32>):
// CHECK: tile.yield %[[LIMIT]] : f32
// CHECK: tile.skip_range right {{.*}} base2 : <8> {
func.func @narrow(%i: index, %rows: !tile.rows<8>, %m: !tile.tile<8xf32>, %norms: memref<2x?xf32>, %w: memref<4xf32>) -> (index, index) {
  %0 = tile.skip_range left %i to %i step 32 of %i rows %rows batch %i kv_head %i query_base %i key_base %i
         state(%m, %m : !tile.tile<8xf32>, !tile.tile<8xf32>) norms(%m, %norms : !tile.tile<8xf32>, memref<2x?xf32>)
         params(%w : memref<4xf32>) : !tile.rows<8> {
  ^bb0(%limit: f32, %b: i32, %h: i32, %p: i32, %first: i32, %last: i32, %table: memref<4xf32>):
    tile.yield %limit : f32
  }
  %1 = tile.skip_range right %i to %i step 32 of %i rows %rows batch %i kv_head %i query_base %i key_base %i
         state(%m, %m : !tile.tile<8xf32>, !tile.tile<8xf32>) norms(%m, %norms : !tile.tile<8xf32>, memref<2x?xf32>)
         base2 : !tile.rows<8> {
  ^bb0(%limit: f32, %b: i32, %h: i32, %p: i32, %first: i32, %last: i32):
    tile.yield %limit : f32
  }
  return %0, %1 : index, index
}

// CHECK-LABEL: func.func @sides
// CHECK: tile.for_keys %{{.*}} to %{{.*}} step 32 full side(left) iter
// CHECK: tile.for_keys %{{.*}} to %{{.*}} step 32 side(near) iter
func.func @sides(%i: index, %m: !tile.tile<8xf32>) {
  %0 = tile.for_keys %i to %i step 32 full side(left) iter(%m : !tile.tile<8xf32>) -> (!tile.tile<8xf32>) {
  ^bb0(%first: index, %count: index, %x: !tile.tile<8xf32>):
    tile.yield %x : !tile.tile<8xf32>
  }
  %1 = tile.for_keys %i to %i step 32 side(near) iter(%m : !tile.tile<8xf32>) -> (!tile.tile<8xf32>) {
  ^bb0(%first: index, %count: index, %x: !tile.tile<8xf32>):
    tile.yield %x : !tile.tile<8xf32>
  }
  return
}
