// RUN: camber-opt %s --tile-fuse-scores | FileCheck %s
// RUN: camber-opt %s --tile-fuse-scores --remarks-filter='.*' --remark-format=emitRemark 2>&1 >/dev/null | FileCheck %s --check-prefix=REMARK
// RUN: camber-opt %s --tile-fuse-scores=structure=false | FileCheck %s --check-prefix=PLAIN

// No modifier is left, with structure or without it; without it no structure is.
// CHECK-NOT: attn.{{scale|softcap|alibi|t5}}
// PLAIN-NOT: attn.{{scale|softcap|alibi|t5}}
// PLAIN-NOT: tile.{{affine|pieces|diagonal}}

// A scale after ALiBi scales the slope: the score is multiplied once and the bias is one line.
// REMARK: affine in distance
// CHECK-LABEL: func.func @alibi_then_scale
// CHECK: %[[SLOPE:.*]] = attn.lookup
// CHECK: %[[SCALED:.*]] = arith.mulf %[[SLOPE]], %{{.*}}
// CHECK: %[[GAIN:.*]] = arith.mulf %{{.*}}, %{{.*}} {tile.exact_factor = 5.000000e-01 : f64}
// CHECK: tile.affine %[[GAIN]] slope %[[SCALED]]
func.func @alibi_then_scale(%t: !tile.tile<64x64xf32>, %rows: !tile.rows<64>, %i: index) -> !tile.tile<64x64xf32> {
  %0 = tile.score %t rows %rows batch %i kv_head %i query_base %i keys %i key_base %i
         : !tile.tile<64x64xf32>, !tile.rows<64> -> !tile.tile<64x64xf32> {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    %1 = attn.alibi %s at(%h, %p, %j) {heads = 4}
    %2 = attn.scale %1, 0.5
    tile.yield %2 : f32
  }
  return %0 : !tile.tile<64x64xf32>
}

// A softcap after ALiBi ends the line: what comes out is no function of the distance alone.
// CHECK-LABEL: func.func @softcap_after_alibi
// CHECK: %[[LINE:.*]] = tile.affine
// CHECK: %[[TANH:.*]] = math.tanh %[[LINE]]
// CHECK: arith.mulf %[[TANH]]
// CHECK-NOT: tile.affine
// CHECK: tile.yield
func.func @softcap_after_alibi(%t: !tile.tile<64x64xf32>, %rows: !tile.rows<64>, %i: index) -> !tile.tile<64x64xf32> {
  %0 = tile.score %t rows %rows batch %i kv_head %i query_base %i keys %i key_base %i
         : !tile.tile<64x64xf32>, !tile.rows<64> -> !tile.tile<64x64xf32> {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    %1 = attn.alibi %s at(%h, %p, %j) {heads = 4}
    %2 = attn.softcap %1, 8.0
    tile.yield %2 : f32
  }
  return %0 : !tile.tile<64x64xf32>
}

// Two biases add up: one line with the sum of the slopes.
// CHECK-LABEL: func.func @two_biases
// CHECK: %[[SUM:.*]] = arith.addf
// CHECK: tile.affine %{{.*}} slope %[[SUM]]
// CHECK-NOT: tile.affine
// CHECK: tile.yield
func.func @two_biases(%t: !tile.tile<64x64xf32>, %rows: !tile.rows<64>, %i: index, %w: memref<4xf32>) -> !tile.tile<64x64xf32> {
  %0 = tile.score %t rows %rows batch %i kv_head %i query_base %i keys %i key_base %i params(%w : memref<4xf32>)
         : !tile.tile<64x64xf32>, !tile.rows<64> -> !tile.tile<64x64xf32> {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32, %m: memref<4xf32>):
    %1 = attn.alibi %s at(%h, %p, %j) {heads = 4}
    %2 = attn.alibi %1 at(%h, %p, %j) slopes(%m : memref<4xf32>)
    tile.yield %2 : f32
  }
  return %0 : !tile.tile<64x64xf32>
}

// A line and a line with a break at the diagonal: pieces with both slopes.
// REMARK: 2 pieces: affine in distance, affine in distance
// CHECK-LABEL: func.func @line_and_pieces
// CHECK: tile.piecewise at(%{{.*}}, %{{.*}}) breakpoints(%{{.*}}) {
// CHECK: tile.affine
// CHECK: }, {
// CHECK: tile.affine
func.func @line_and_pieces(%t: !tile.tile<64x64xf32>, %rows: !tile.rows<64>, %i: index) -> !tile.tile<64x64xf32> {
  %0 = tile.score %t rows %rows batch %i kv_head %i query_base %i keys %i key_base %i
         : !tile.tile<64x64xf32>, !tile.rows<64> -> !tile.tile<64x64xf32> {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    %1 = attn.alibi %s at(%h, %p, %j) {heads = 4}
    %2 = attn.alibi_symmetric %1 at(%h, %p, %j) {heads = 4}
    tile.yield %2 : f32
  }
  return %0 : !tile.tile<64x64xf32>
}

// Arithmetic of the user between two modifiers stays where it is; each side has its structure.
// CHECK-LABEL: func.func @user_arithmetic
// CHECK: %[[A:.*]] = tile.affine
// CHECK: %[[SQUARE:.*]] = arith.mulf %[[A]], %[[A]]
// CHECK: tile.affine %[[SQUARE]]
func.func @user_arithmetic(%t: !tile.tile<64x64xf32>, %rows: !tile.rows<64>, %i: index) -> !tile.tile<64x64xf32> {
  %0 = tile.score %t rows %rows batch %i kv_head %i query_base %i keys %i key_base %i
         : !tile.tile<64x64xf32>, !tile.rows<64> -> !tile.tile<64x64xf32> {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    %1 = attn.alibi %s at(%h, %p, %j) {heads = 4}
    %2 = arith.mulf %1, %1 : f32
    %3 = attn.alibi %2 at(%h, %p, %j) {heads = 4}
    tile.yield %3 : f32
  }
  return %0 : !tile.tile<64x64xf32>
}

// Masks move into the body: limits of the distance, and conditions on anything else.
// REMARK: distance limited below and above; 1 condition
// CHECK-LABEL: func.func @masks
// CHECK-NOT: masks
// CHECK: %[[SELECTED:.*]] = arith.select %{{.*}}, %{{.*}}, %{{.*}} : f32
// CHECK: tile.visible %[[SELECTED]] at(%{{.*}}, %{{.*}}) min %{{.*}} max %{{.*}}
func.func @masks(%t: !tile.tile<64x64xf32>, %rows: !tile.rows<64>, %i: index) -> !tile.tile<64x64xf32> {
  %0 = tile.score %t rows %rows batch %i kv_head %i query_base %i keys %i key_base %i masks [#attn.window<left = 9, right = 3>, #attn.prefix<length = 5>]
         : !tile.tile<64x64xf32>, !tile.rows<64> -> !tile.tile<64x64xf32> {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    tile.yield %s : f32
  }
  return %0 : !tile.tile<64x64xf32>
}

// What attn.alibi_half hides stays hidden whatever follows, with structure or without.
// CHECK-LABEL: func.func @half_then_softcap
// CHECK: %[[TANH:.*]] = math.tanh
// CHECK: %[[CAPPED:.*]] = arith.mulf %[[TANH]], %{{.*}} : f32
// CHECK: tile.visible %[[CAPPED]]
// PLAIN-LABEL: func.func @half_then_softcap
// PLAIN: %[[VISIBLE:.*]] = arith.select {{.*}} : i1
// PLAIN: math.tanh
// PLAIN: %[[SCORE:.*]] = arith.select %[[VISIBLE]], %{{.*}}, %{{.*}} : f32
// PLAIN-NEXT: tile.yield %[[SCORE]]
func.func @half_then_softcap(%t: !tile.tile<64x64xf32>, %rows: !tile.rows<64>, %i: index) -> !tile.tile<64x64xf32> {
  %0 = tile.score %t rows %rows batch %i kv_head %i query_base %i keys %i key_base %i
         : !tile.tile<64x64xf32>, !tile.rows<64> -> !tile.tile<64x64xf32> {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    %1 = attn.alibi_half %s at(%h, %p, %j) {heads = 4}
    %2 = attn.softcap %1, 8.0
    tile.yield %2 : f32
  }
  return %0 : !tile.tile<64x64xf32>
}

// A modifier that the score does not depend on hides nothing and leaves nothing behind.
// CHECK-LABEL: func.func @unused_hides_nothing
// CHECK: tile.score
// CHECK-NEXT: ^bb0(%[[S:[^:]*]]: f32
// CHECK-NEXT: tile.yield %[[S]]
func.func @unused_hides_nothing(%t: !tile.tile<64x64xf32>, %rows: !tile.rows<64>, %i: index) -> !tile.tile<64x64xf32> {
  %0 = tile.score %t rows %rows batch %i kv_head %i query_base %i keys %i key_base %i
         : !tile.tile<64x64xf32>, !tile.rows<64> -> !tile.tile<64x64xf32> {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    %1 = attn.alibi_half %s at(%h, %p, %j) {heads = 4}
    %2 = arith.addf %1, %s : f32
    tile.yield %s : f32
  }
  return %0 : !tile.tile<64x64xf32>
}

// What a chain hides outlasts the chains after it, and arithmetic between them.
// CHECK-LABEL: func.func @hidden_two_chains_before
// CHECK: tile.piecewise
// CHECK: arith.mulf
// CHECK: %[[SUM:.*]] = arith.addf %{{.*}}, %{{.*}}
// CHECK: %[[VISIBLE:.*]] = tile.visible %[[SUM]] at(%{{.*}}, %{{.*}}) min %{{.*}} max %{{.*}}
// CHECK: tile.yield %[[VISIBLE]]
func.func @hidden_two_chains_before(%t: !tile.tile<64x64xf32>, %rows: !tile.rows<64>, %i: index) -> !tile.tile<64x64xf32> {
  %0 = tile.score %t rows %rows batch %i kv_head %i query_base %i keys %i key_base %i
         : !tile.tile<64x64xf32>, !tile.rows<64> -> !tile.tile<64x64xf32> {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    %1 = attn.alibi_half %s at(%h, %p, %j) {heads = 4}
    %2 = arith.addf %1, %s : f32
    %3 = attn.scale %2, 2.0
    %4 = arith.addf %3, %s : f32
    tile.yield %4 : f32
  }
  return %0 : !tile.tile<64x64xf32>
}
