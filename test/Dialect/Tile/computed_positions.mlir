// RUN: camber-opt %s --tile-fuse-scores | FileCheck %s
// RUN: camber-opt %s --tile-fuse-scores --remarks-filter='.*' --remark-format=emitRemark 2>&1 >/dev/null | FileCheck %s --check-prefix=REMARK

// A bias has a structure where it is a function of the pair's own distance, with slopes that are the same for all pairs of
// a head. test/Numeric/computed_positions.mlir has the values of those that are not.

// REMARK: =opaque
// CHECK-LABEL: func.func @halved_query(
// CHECK-NOT: tile.{{affine|pieces|diagonal}}
// CHECK: tile.yield
func.func @halved_query(%t: !tile.tile<64x64xf32>, %rows: !tile.rows<64>, %i: index) -> !tile.tile<64x64xf32> {
  %0 = tile.score %t rows %rows batch %i kv_head %i query_base %i keys %i key_base %i
         : !tile.tile<64x64xf32>, !tile.rows<64> -> !tile.tile<64x64xf32> {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    %two = arith.constant 2 : i32
    %p2 = arith.divsi %p, %two : i32
    %y = attn.alibi %s at(%h, %p2, %j) {heads = 4}
    tile.yield %y : f32
  }
  return %0 : !tile.tile<64x64xf32>
}

// What it hides is no limit of the distance, and is hidden last, after the softcap.
// REMARK: "opaque; 1 condition"
// CHECK-LABEL: func.func @swapped_half(
// CHECK-NOT: tile.{{affine|pieces|diagonal|visible}}
// CHECK: %[[TANH:.*]] = math.tanh
// CHECK: %[[CAPPED:.*]] = arith.mulf %[[TANH]]
// CHECK: arith.select %{{.*}}, %[[CAPPED]], %{{.*}} : f32
// CHECK: tile.yield
func.func @swapped_half(%t: !tile.tile<64x64xf32>, %rows: !tile.rows<64>, %i: index) -> !tile.tile<64x64xf32> {
  %0 = tile.score %t rows %rows batch %i kv_head %i query_base %i keys %i key_base %i
         : !tile.tile<64x64xf32>, !tile.rows<64> -> !tile.tile<64x64xf32> {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    %1 = attn.alibi_half %s at(%h, %j, %p) {heads = 4}
    %y = attn.softcap %1, 8.0
    tile.yield %y : f32
  }
  return %0 : !tile.tile<64x64xf32>
}

// Indices are no positions: they leave out the offsets.
// REMARK: =opaque
// CHECK-LABEL: func.func @indices(
// CHECK-NOT: tile.{{affine|pieces|diagonal}}
// CHECK: tile.yield
func.func @indices(%t: !tile.tile<64x64xf32>, %rows: !tile.rows<64>, %i: index) -> !tile.tile<64x64xf32> {
  %0 = tile.score %t rows %rows batch %i kv_head %i query_base %i keys %i key_base %i
         : !tile.tile<64x64xf32>, !tile.rows<64> -> !tile.tile<64x64xf32> {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    %y = attn.alibi_sqrt %s at(%h, %qi, %ki) {heads = 4}
    tile.yield %y : f32
  }
  return %0 : !tile.tile<64x64xf32>
}

// REMARK: =opaque
// CHECK-LABEL: func.func @other_head(
// CHECK-NOT: tile.{{affine|pieces|diagonal}}
// CHECK: tile.yield
func.func @other_head(%t: !tile.tile<64x64xf32>, %rows: !tile.rows<64>, %i: index) -> !tile.tile<64x64xf32> {
  %0 = tile.score %t rows %rows batch %i kv_head %i query_base %i keys %i key_base %i
         : !tile.tile<64x64xf32>, !tile.rows<64> -> !tile.tile<64x64xf32> {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    %one = arith.constant 1 : i32
    %other = arith.xori %h, %one : i32
    %y = attn.alibi %s at(%other, %p, %j) {heads = 4}
    tile.yield %y : f32
  }
  return %0 : !tile.tile<64x64xf32>
}

// REMARK: =opaque
// CHECK-LABEL: func.func @batch_of_a_key(
// CHECK-NOT: tile.{{affine|pieces|diagonal}}
// CHECK: tile.yield
func.func @batch_of_a_key(%t: !tile.tile<64x64xf32>, %rows: !tile.rows<64>, %i: index, %m: memref<?x4xf32>) -> !tile.tile<64x64xf32> {
  %0 = tile.score %t rows %rows batch %i kv_head %i query_base %i keys %i key_base %i params(%m : memref<?x4xf32>)
         : !tile.tile<64x64xf32>, !tile.rows<64> -> !tile.tile<64x64xf32> {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32, %m_: memref<?x4xf32>):
    %y = attn.alibi %s at(%h, %p, %j) batch(%j) slopes(%m_ : memref<?x4xf32>)
    tile.yield %y : f32
  }
  return %0 : !tile.tile<64x64xf32>
}

// REMARK: =opaque
// CHECK-LABEL: func.func @factor_of_the_score(
// CHECK-NOT: tile.{{affine|pieces|diagonal}}
// CHECK: tile.yield
func.func @factor_of_the_score(%t: !tile.tile<64x64xf32>, %rows: !tile.rows<64>, %i: index) -> !tile.tile<64x64xf32> {
  %0 = tile.score %t rows %rows batch %i kv_head %i query_base %i keys %i key_base %i
         : !tile.tile<64x64xf32>, !tile.rows<64> -> !tile.tile<64x64xf32> {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    %f = math.exp %s : f32
    %y = attn.alibi %s at(%h, %p, %j) factor(%f) {heads = 4}
    tile.yield %y : f32
  }
  return %0 : !tile.tile<64x64xf32>
}

// REMARK: =opaque
// CHECK-LABEL: func.func @swapped_t5(
// CHECK-NOT: tile.{{affine|pieces|diagonal}}
// CHECK: tile.yield
func.func @swapped_t5(%t: !tile.tile<64x64xf32>, %rows: !tile.rows<64>, %i: index, %m: memref<32x4xf32>) -> !tile.tile<64x64xf32> {
  %0 = tile.score %t rows %rows batch %i kv_head %i query_base %i keys %i key_base %i params(%m : memref<32x4xf32>)
         : !tile.tile<64x64xf32>, !tile.rows<64> -> !tile.tile<64x64xf32> {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32, %m_: memref<32x4xf32>):
    %y = attn.t5 %s at(%h, %j, %p) table(%m_ : memref<32x4xf32>)
    tile.yield %y : f32
  }
  return %0 : !tile.tile<64x64xf32>
}

// What comes after has its own structure.
// REMARK: "opaque, then affine in distance"
// CHECK-LABEL: func.func @structure_after(
// CHECK: %[[BASE:.*]] = math.fma
// CHECK: tile.affine %[[BASE]]
func.func @structure_after(%t: !tile.tile<64x64xf32>, %rows: !tile.rows<64>, %i: index) -> !tile.tile<64x64xf32> {
  %0 = tile.score %t rows %rows batch %i kv_head %i query_base %i keys %i key_base %i
         : !tile.tile<64x64xf32>, !tile.rows<64> -> !tile.tile<64x64xf32> {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    %1 = attn.alibi %s at(%h, %j, %p) {heads = 4}
    %y = attn.alibi %1 at(%h, %p, %j) {heads = 4}
    tile.yield %y : f32
  }
  return %0 : !tile.tile<64x64xf32>
}

// Computed from batch and parameters alone: still one slope per head.
// REMARK: "affine in distance"
// CHECK-LABEL: func.func @computed_factor(
// CHECK: %[[SLOPE:.*]] = arith.divf
// CHECK: tile.affine %{{.*}} slope %[[SLOPE]]
func.func @computed_factor(%t: !tile.tile<64x64xf32>, %rows: !tile.rows<64>, %i: index, %m: f32, %w: memref<?x4xf32>) -> !tile.tile<64x64xf32> {
  %0 = tile.score %t rows %rows batch %i kv_head %i query_base %i keys %i key_base %i params(%m, %w : f32, memref<?x4xf32>)
         : !tile.tile<64x64xf32>, !tile.rows<64> -> !tile.tile<64x64xf32> {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32, %m_: f32, %w_: memref<?x4xf32>):
    %f = arith.mulf %m_, %m_ : f32
    %last = arith.constant 1 : i32
    %other = arith.subi %last, %b : i32
    %y = attn.alibi %s at(%h, %p, %j) batch(%other) slopes(%w_ : memref<?x4xf32>) factor(%f)
    tile.yield %y : f32
  }
  return %0 : !tile.tile<64x64xf32>
}
