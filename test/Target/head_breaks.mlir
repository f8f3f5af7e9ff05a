// RUN: camber-opt %s --attn-to-tile | FileCheck %s
// RUN: camber-opt %s --attn-to-tile --remarks-filter='.*' --remark-format=emitRemark 2>&1 >/dev/null | FileCheck %s --check-prefix=REMARK

// Half of the heads see the past, half the future: the ends of what is visible depend on the head, and are computed once a block.
// REMARK: 2 pieces: affine in distance, affine in distance; distance limited below and above
// REMARK: 2 ranges of full tiles, 2 hidden

// CHECK-LABEL: func.func @half
// CHECK: %[[HEAD:.*]] = tile.block_head
// CHECK: %[[FIRST:.*]] = arith.cmpi slt, %[[HEAD]], %c4_i32
// CHECK: arith.select %[[FIRST]], %c-33554432_i32, %c0_i32
// CHECK: tile.for_keys
// CHECK: tile.for_keys {{.*}} full
// CHECK-NOT: tile.visible
// CHECK-NOT: tile.piecewise
// CHECK: tile.affine
// CHECK: tile.for_keys {{.*}} full
// CHECK-NOT: tile.visible
// CHECK: tile.affine
// CHECK: tile.for_keys
// CHECK: tile.visible
func.func @half(%q: memref<1x8x512x64xf32>, %k: memref<1x8x512x64xf32>, %v: memref<1x8x512x64xf32>,
                %o: memref<1x8x512x64xf32>) {
  attn.attention query(%q : memref<1x8x512x64xf32>) key(%k : memref<1x8x512x64xf32>) value(%v : memref<1x8x512x64xf32>)
    outs(%o : memref<1x8x512x64xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    %0 = attn.alibi_half %s at(%h, %p, %j) {heads = 8}
    attn.yield %0
  }
  return
}

// The break of the asymmetric form is an operand's: it is read outside of the loop.
// REMARK: 2 ranges of full tiles, 0 hidden
// CHECK-LABEL: func.func @asymmetric
// CHECK: %[[HEAD:.*]] = tile.block_head
// CHECK: attn.lookup %{{.*}}[%[[HEAD]]]
// CHECK: math.ceil
// CHECK: tile.for_keys {{.*}} full
// CHECK: attn.lookup
// CHECK: %[[ORIGIN:.*]] = attn.lookup
// CHECK: tile.affine %{{.*}} slope %{{.*}} origin %[[ORIGIN]]
func.func @asymmetric(%q: memref<1x8x512x64xf32>, %k: memref<1x8x512x64xf32>, %v: memref<1x8x512x64xf32>,
                %o: memref<1x8x512x64xf32>, %m: memref<8xf32>, %offset: memref<8xf32>) {
  attn.attention query(%q : memref<1x8x512x64xf32>) key(%k : memref<1x8x512x64xf32>) value(%v : memref<1x8x512x64xf32>)
    params(%m, %offset : memref<8xf32>, memref<8xf32>) outs(%o : memref<1x8x512x64xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32, %slopes: memref<8xf32>, %offsets: memref<8xf32>):
    %0 = attn.alibi_asymmetric %s at(%h, %p, %j) slopes(%slopes : memref<8xf32>)
           slopes_right(%slopes : memref<8xf32>) offset(%offsets : memref<8xf32>)
    attn.yield %0
  }
  return
}

// Rows of several heads in one block: full tiles know their piece, whose break is a constant, and keep the limits, which are not.
// REMARK: 2 ranges of full tiles, 0 hidden
// CHECK-LABEL: func.func @packed
// CHECK-NOT: tile.block_head
// CHECK: tile.for_keys {{.*}} full
// CHECK-NOT: tile.piecewise
// CHECK: tile.visible
func.func @packed(%q: memref<1x8x1x64xf32>, %k: memref<1x2x512x64xf32>, %v: memref<1x2x512x64xf32>,
                %o: memref<1x8x1x64xf32>) {
  attn.attention query(%q : memref<1x8x1x64xf32>) key(%k : memref<1x2x512x64xf32>) value(%v : memref<1x2x512x64xf32>)
    outs(%o : memref<1x8x1x64xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    %0 = attn.alibi_half %s at(%h, %p, %j) {heads = 8}
    attn.yield %0
  }
  return
}
