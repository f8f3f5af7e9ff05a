// RUN: camber-opt %s --tile-fuse-scores --tile-use-base2 | FileCheck %s
// RUN: camber-opt %s --tile-fuse-scores --tile-use-base2 --tile-use-base2 | FileCheck %s

// log2(e) goes into the slope and the scale, once, however often the pass runs.
// CHECK-LABEL: func.func @into_slope
// CHECK: tile.score {{.*}}base2
// CHECK: %[[GAIN:.*]] = arith.mulf %{{.*}}, %{{.*}} {tile.exact_factor = 0.1803368801111
// CHECK: %[[SLOPE:.*]] = arith.mulf %{{.*}}, %{{.*}} {tile.exact_factor = 1.4426950408889634 : f64}
// CHECK: %[[RESULT:.*]] = tile.affine %[[GAIN]] slope %[[SLOPE]]
// CHECK-NOT: arith.mulf
// CHECK: tile.yield %[[RESULT]]
func.func @into_slope(%t: !tile.tile<64x64xf32>, %rows: !tile.rows<64>, %i: index, %w: memref<4xf32>) -> !tile.tile<64x64xf32> {
  %0 = tile.score %t rows %rows batch %i kv_head %i query_base %i keys %i key_base %i params(%w : memref<4xf32>)
         : !tile.tile<64x64xf32>, !tile.rows<64> -> !tile.tile<64x64xf32> {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32, %m: memref<4xf32>):
    %1 = attn.scale %s, 0.125
    %2 = attn.alibi %1 at(%h, %p, %j) slopes(%m : memref<4xf32>)
    tile.yield %2 : f32
  }
  return %0 : !tile.tile<64x64xf32>
}

// Where nothing can take it, one multiplication of the final score does.
// CHECK-LABEL: func.func @opaque
// CHECK: %[[TANH:.*]] = math.tanh
// CHECK: %[[RESULT:.*]] = arith.mulf %[[TANH]], %{{.*}} {tile.exact_factor = 1.4426950408889634 : f64}
// CHECK: tile.yield %[[RESULT]]
func.func @opaque(%t: !tile.tile<64x64xf32>, %rows: !tile.rows<64>, %i: index) -> !tile.tile<64x64xf32> {
  %0 = tile.score %t rows %rows batch %i kv_head %i query_base %i keys %i key_base %i
         : !tile.tile<64x64xf32>, !tile.rows<64> -> !tile.tile<64x64xf32> {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    %1 = math.tanh %s : f32
    tile.yield %1 : f32
  }
  return %0 : !tile.tile<64x64xf32>
}
