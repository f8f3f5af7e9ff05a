// RUN: camber-opt %s --tile-merge-piecewise | FileCheck %s

!s = !tile.tile<64x64xf32>
!r = !tile.rows<64>

// A number on one side, a function between, another number on the far side, whose break is the head's: one function, with
// what it needs of the body around it.
// CHECK-LABEL: func.func @join
// CHECK: ^bb0(%[[S:.*]]: f32, %[[B:.*]]: i32, %[[H:.*]]: i32, %[[P:.*]]: i32, %[[J:.*]]: i32, %{{.*}}: i32, %{{.*}}: i32, %[[T:.*]]: memref<8xf32>, %[[L:.*]]: memref<8xi32>):
// CHECK-NOT: tile.piecewise
// CHECK: %[[JOINED:.*]] = tile.diagonal %[[S]] head %[[H]] at(%[[P]], %[[J]]) {
// CHECK: ^bb0(%[[HEAD:.*]]: i32, %[[D:.*]]: i32):
// CHECK: %[[FAR:.*]] = attn.lookup %[[T]][%[[HEAD]]]
// CHECK: %[[NEAR:.*]] = attn.lookup %[[T]][%[[D]]]
// CHECK: %[[PRODUCT:.*]] = arith.mulf %[[NEAR]], %{{.*}} {tile.exact_factor = 2.000000e+00 : f64}
// CHECK: %[[FIRST:.*]] = arith.cmpi sge, %[[D]], %{{.*}} : i32
// CHECK: %[[INNER:.*]] = arith.select %[[FIRST]], %[[PRODUCT]], %[[FAR]] : f32
// CHECK: %[[C:.*]] = arith.constant 5.000000e-01 : f32
// CHECK: %[[LIMIT:.*]] = attn.lookup %[[L]][%[[HEAD]]]
// CHECK: %[[LAST:.*]] = arith.cmpi sge, %[[D]], %[[LIMIT]] : i32
// CHECK: %[[ALL:.*]] = arith.select %[[LAST]], %[[C]], %[[INNER]] : f32
// CHECK: tile.yield %[[ALL]] : f32
// CHECK: %[[SHOWN:.*]] = tile.visible %[[JOINED]]
// CHECK: tile.yield %[[SHOWN]] : f32
func.func @join(%t: !s, %rows: !r, %i: index, %m: memref<8xf32>, %l: memref<8xi32>) -> !s {
  %0 = tile.score %t rows %rows batch %i kv_head %i query_base %i keys %i key_base %i params(%m, %l : memref<8xf32>, memref<8xi32>) : !s, !r -> !s {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %query: i32, %key: i32, %table: memref<8xf32>, %limits: memref<8xi32>):
    %far = arith.constant -100 : i32
    %zero = arith.constant 0 : i32
    %factor = arith.constant 2.0 : f32
    %limit = attn.lookup %limits[%h] : memref<8xi32> -> i32
    %1 = tile.piecewise at(%p, %j) breakpoints(%far, %limit) {
    ^bb0(%distance: i32):
      %2 = attn.lookup %table[%h] : memref<8xf32> -> f32
      %3 = arith.addf %s, %2 : f32
      tile.yield %3 : f32
    }, {
    ^bb0(%distance: i32):
      %2 = tile.diagonal %s head %h at(%p, %j) {
      ^bb0(%head: i32, %d: i32):
        %3 = attn.lookup %table[%d] : memref<8xf32> -> f32
        %4 = arith.mulf %3, %factor {tile.exact_factor = 2.0 : f64} : f32
        tile.yield %4 : f32
      }
      tile.yield %2 : f32
    }, {
    ^bb0(%distance: i32):
      %c = arith.constant 0.5 : f32
      %2 = arith.addf %c, %s : f32
      tile.yield %2 : f32
    }
    %4 = tile.visible %1 at(%p, %j) max %zero
    tile.yield %4 : f32
  }
  return %0 : !s
}

// A line costs less than an entry of a table.
// CHECK-LABEL: func.func @line
// CHECK: tile.piecewise
// CHECK: tile.affine
// CHECK: tile.diagonal
func.func @line(%t: !s, %rows: !r, %i: index, %m: memref<8xf32>) -> !s {
  %0 = tile.score %t rows %rows batch %i kv_head %i query_base %i keys %i key_base %i params(%m : memref<8xf32>) : !s, !r -> !s {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %query: i32, %key: i32, %table: memref<8xf32>):
    %far = arith.constant -100 : i32
    %slope = arith.constant 0.5 : f32
    %1 = tile.piecewise at(%p, %j) breakpoints(%far) {
    ^bb0(%distance: i32):
      %2 = tile.affine %s slope %slope at(%p, %j)
      tile.yield %2 : f32
    }, {
    ^bb0(%distance: i32):
      %2 = tile.diagonal %s head %h at(%p, %j) {
      ^bb0(%head: i32, %d: i32):
        %3 = attn.lookup %table[%d] : memref<8xf32> -> f32
        tile.yield %3 : f32
      }
      tile.yield %2 : f32
    }
    tile.yield %1 : f32
  }
  return %0 : !s
}

// What depends on the key, or on the score, is no function of the diagonal; nor is a break.
// CHECK-LABEL: func.func @not_of_the_diagonal
// CHECK-COUNT-3: tile.piecewise
// CHECK: return
func.func @not_of_the_diagonal(%t: !s, %rows: !r, %i: index, %m: memref<8xf32>) -> !s {
  %0 = tile.score %t rows %rows batch %i kv_head %i query_base %i keys %i key_base %i params(%m : memref<8xf32>) : !s, !r -> !s {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %query: i32, %key: i32, %table: memref<8xf32>):
    %far = arith.constant -100 : i32
    %c = arith.constant 0.5 : f32
    %1 = tile.piecewise at(%p, %j) breakpoints(%far) {
    ^bb0(%distance: i32):
      %4 = attn.lookup %table[%j] : memref<8xf32> -> f32
      %5 = arith.addf %s, %4 : f32
      tile.yield %5 : f32
    }, {
    ^bb0(%distance: i32):
      %4 = tile.diagonal %s head %h at(%p, %j) {
      ^bb0(%head: i32, %d: i32):
        tile.yield %c : f32
      }
      tile.yield %4 : f32
    }
    %2 = tile.piecewise at(%p, %j) breakpoints(%far) {
    ^bb0(%distance: i32):
      %4 = arith.mulf %1, %c : f32
      %5 = arith.addf %1, %4 : f32
      tile.yield %5 : f32
    }, {
    ^bb0(%distance: i32):
      %4 = tile.diagonal %1 head %h at(%p, %j) {
      ^bb0(%head: i32, %d: i32):
        tile.yield %c : f32
      }
      tile.yield %4 : f32
    }
    %3 = tile.piecewise at(%p, %j) breakpoints(%j) {
    ^bb0(%distance: i32):
      %4 = arith.addf %2, %c : f32
      tile.yield %4 : f32
    }, {
    ^bb0(%distance: i32):
      %4 = tile.diagonal %2 head %h at(%p, %j) {
      ^bb0(%head: i32, %d: i32):
        tile.yield %c : f32
      }
      tile.yield %4 : f32
    }
    tile.yield %3 : f32
  }
  return %0 : !s
}

// Outside of a score body nothing is known of the values.
// CHECK-LABEL: func.func @elsewhere
// CHECK: tile.piecewise
func.func @elsewhere(%s: f32, %h: i32, %p: i32, %j: i32, %far: i32) -> f32 {
  %0 = tile.piecewise at(%p, %j) breakpoints(%far) {
  ^bb0(%distance: i32):
    tile.yield %s : f32
  }, {
  ^bb0(%distance: i32):
    %1 = tile.diagonal %s head %h at(%p, %j) {
    ^bb0(%head: i32, %d: i32):
      %c = arith.constant 0.5 : f32
      tile.yield %c : f32
    }
    tile.yield %1 : f32
  }
  return %0 : f32
}
