// RUN: camber-opt %s --verify-roundtrip | FileCheck %s
// RUN: camber-opt %s --mlir-print-op-generic | camber-opt | FileCheck %s
// RUN: camber-opt %s --emit-bytecode | camber-opt | FileCheck %s

// CHECK-LABEL: func.func @split_kv
// CHECK: tile.key_range %{{.*}} to %{{.*}} step 32 split %{{.*}} norms(%[[GIVEN:.*]] : memref<1x2x?xf32>)
// CHECK: tile.key_norms %{{.*}}[%{{.*}}, %{{.*}}] keys %{{.*}} to %{{.*}} q_len_min 0 given(%[[GIVEN]] : memref<1x2x?xf32>) : memref<1x2x?x16xf16> -> memref<2x?xf32>
// CHECK: %{{[^ ,]+}}, %{{[^ ,]+}} = tile.split_kv %{{.*}} to %{{.*}} step 32 split %{{.*}} of %{{.*}}
func.func @split_kv(%i: index, %keys: memref<1x2x?x16xf16>, %given: memref<1x2x?xf32>) -> (memref<2x?xf32>, index, index) {
  tile.key_range %i to %i step 32 split %i norms(%given : memref<1x2x?xf32>)
  %0 = tile.key_norms %keys[%i, %i] keys %i to %i q_len_min 0 given(%given : memref<1x2x?xf32>) : memref<1x2x?x16xf16> -> memref<2x?xf32>
  %first, %last = tile.split_kv %i to %i step 32 split %i of %i
  return %0, %first, %last : memref<2x?xf32>, index, index
}

// CHECK-LABEL: func.func @state_bound
// CHECK: %{{[^ ,]+}}, %{{[^ ,]+}} = tile.state_bound where %{{.*}} keys %{{.*}} to %{{.*}} rows %{{.*}} batch %{{.*}} kv_head %{{.*}} query_base %{{.*}} key_base %{{.*}} norms(%{{.*}}, %{{.*}} : <8xf32>, memref<2x?xf32>) params(%{{.*}} : memref<4xf32>) base2 : <8> -> <8xf32>, <8xf32> nearest {
// CHECK: ^bb0(%{{.*}}: i32, %{{.*}}: i32, %[[P:.*]]: i32, %{{.*}}: i32, %{{.*}}: i32, %{{.*}}: memref<4xf32>):
// CHECK: tile.yield %[[P]] : i32
// CHECK: } score {
// CHECK: ^bb0(%[[LIMIT:.*]]: f32, %{{.*}}: i32, %{{.*}}: i32, %{{.*}}: i32, %{{.*}}: i32, %{{.*}}: memref<4xf32>):
// CHECK: tile.yield %[[LIMIT]] : f32
func.func @state_bound(%c: i1, %i: index, %rows: !tile.rows<8>, %n: !tile.tile<8xf32>, %norms: memref<2x?xf32>, %w: memref<4xf32>) -> !tile.tile<8xf32> {
  %m, %l = tile.state_bound where %c keys %i to %i rows %rows batch %i kv_head %i query_base %i key_base %i
         norms(%n, %norms : !tile.tile<8xf32>, memref<2x?xf32>) params(%w : memref<4xf32>) base2
         : !tile.rows<8> -> !tile.tile<8xf32>, !tile.tile<8xf32> nearest {
  ^bb0(%b: i32, %h: i32, %p: i32, %first: i32, %last: i32, %table: memref<4xf32>):
    tile.yield %p : i32
  } score {
  ^bb0(%limit: f32, %b: i32, %h: i32, %p: i32, %j: i32, %table: memref<4xf32>):
    tile.yield %limit : f32
  }
  return %m : !tile.tile<8xf32>
}
