// RUN: camber-opt %s --convert-attn-to-tile --tile-fuse-scores --tile-split-key-ranges --canonicalize --cse | FileCheck %s
// RUN: camber-opt %s --convert-attn-to-tile --tile-fuse-scores --tile-split-key-ranges --remarks-filter=camber \
// RUN:   --remark-format=emitRemark -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARK

!t = memref<1x8x500x64xf32>
!whole = memref<1x8x512x64xf32>

// Without breakpoints: full tiles, then what is left of the last one.
// REMARK: key-ranges{{.*}}1 range of full tiles, 0 hidden
// CHECK-LABEL: func.func @full
// CHECK: tile.for_keys {{.*}} full
// CHECK-NOT: tile.for_keys {{.*}} full
// CHECK-NOT: tile.visible
// CHECK: tile.epilogue
func.func @full(%q: !t, %k: !t, %v: !t, %o: !t) {
  attn.attention query(%q : !t) key(%k : !t) value(%v : !t) outs(%o : !t) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qindex: i32, %kindex: i32):
    attn.yield %s
  }
  return
}

// Where the lengths are whole tiles nothing is left.
// REMARK: key-ranges{{.*}}1 range of full tiles, 0 hidden
// CHECK-LABEL: func.func @whole
// CHECK: tile.for_keys %{{.*}} to %{{.*}} step 64 full
// CHECK-NOT: tile.for_keys
// CHECK: tile.epilogue
func.func @whole(%q: !whole, %k: !whole, %v: !whole, %o: !whole) {
  attn.attention query(%q : !whole) key(%k : !whole) value(%v : !whole) outs(%o : !whole) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qindex: i32, %kindex: i32):
    attn.yield %s
  }
  return
}

// A window has two edges. A tile of 64 keys is inside it for 64 rows at [min, max] if its first key is at or after max - 127
// and its last at or before min: it begins before min - 62. Tiles on either edge keep the mask;
// only the last can be short.
// REMARK: key-ranges{{.*}}1 range of full tiles, 2 hidden
// CHECK-LABEL: func.func @window
// CHECK-DAG: %[[LEFT:.*]] = arith.constant -127 : index
// CHECK-DAG: %[[RIGHT:.*]] = arith.constant -62 : index
// CHECK: %[[MIN:.*]], %[[MAX:.*]] = tile.row_bounds
// CHECK-DAG: arith.addi %[[MAX]], %[[LEFT]]
// CHECK-DAG: arith.addi %[[MIN]], %[[RIGHT]]
// CHECK: %[[EDGE:.*]]:3 = tile.for_keys %{{.*}} to %[[B:[^ ]*]] step 64 full iter
// CHECK: tile.visible {{.*}} min %{{.*}} max
// CHECK: %[[INSIDE:.*]]:3 = tile.for_keys %[[B]] to %[[C:[^ ]*]] step 64 full iter(%[[EDGE]]#0
// CHECK-NOT: tile.visible
// CHECK: tile.for_keys %[[C]] to %{{.*}} step 64 iter(%[[INSIDE]]#0
// CHECK: tile.visible {{.*}} min %{{.*}} max
// CHECK: tile.epilogue
func.func @window(%q: !t, %k: !t, %v: !t, %o: !t) {
  attn.attention query(%q : !t) key(%k : !t) value(%v : !t) masks [#attn.window<left = 127, right = 0>] outs(%o : !t) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qindex: i32, %kindex: i32):
    attn.yield %s
  }
  return
}

// Far and past the diagonal the slope of symmetric ALiBi has one sign: a full loop for each, the pieces only between.
// REMARK: key-ranges{{.*}}2 ranges of full tiles, 0 hidden
// CHECK-LABEL: func.func @symmetric
// CHECK: tile.for_keys {{.*}} full
// CHECK-NOT: tile.piecewise
// CHECK: tile.affine
// CHECK: tile.for_keys
// CHECK: tile.piecewise
// CHECK: tile.for_keys {{.*}} full
// CHECK-NOT: tile.piecewise
// CHECK: tile.affine
// CHECK: tile.for_keys
// CHECK: tile.epilogue
func.func @symmetric(%q: !t, %k: !t, %v: !t, %o: !t) {
  attn.attention query(%q : !t) key(%k : !t) value(%v : !t) outs(%o : !t) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qindex: i32, %kindex: i32):
    %0 = attn.alibi_symmetric %s at(%h, %p, %j) {heads = 8}
    attn.yield %0
  }
  return
}

// Scores the pass cannot see through still have the mask's break.
// REMARK: key-ranges{{.*}}1 range of full tiles, 1 hidden
// CHECK-LABEL: func.func @opaque
// CHECK: tile.for_keys {{.*}} full
// CHECK: math.exp
// CHECK-NOT: tile.visible
// CHECK: tile.for_keys
// CHECK: math.exp
// CHECK: tile.visible
// CHECK: tile.epilogue
func.func @opaque(%q: !t, %k: !t, %v: !t, %o: !t) {
  attn.attention query(%q : !t) key(%k : !t) value(%v : !t) masks [#attn.causal] outs(%o : !t) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qindex: i32, %kindex: i32):
    %0 = math.exp %s : f32
    attn.yield %0
  }
  return
}

// Run a second time, the pass finds its own loops and leaves them.
// RUN: camber-opt %s --convert-attn-to-tile --tile-fuse-scores --tile-split-key-ranges --canonicalize --cse -o %t.once
// RUN: camber-opt %t.once --tile-split-key-ranges --canonicalize --cse -o %t.twice
// RUN: diff %t.once %t.twice

// Only limits that end the body hide a range: tanh makes a number of the first one's -∞, and nothing uses the second.
// REMARK: key-ranges{{.*}}1 range of full tiles, 0 hidden
// CHECK-LABEL: func.func @limits_inside
// CHECK: tile.for_keys {{.*}} full
// CHECK: tile.visible
// CHECK: math.tanh
// CHECK: tile.for_keys
// CHECK-NOT: full
// CHECK: tile.visible
// CHECK: math.tanh
// CHECK-NOT: tile.for_keys
// CHECK: return
!s = !tile.tile<64xf32>
func.func @limits_inside(%t: !tile.tile<64x64xf32>, %rows: !tile.rows<64>, %i: index, %m: !s) -> !s {
  %0 = tile.for_keys %i to %i step 64 iter(%m : !s) -> (!s) {
  ^bb0(%first: index, %count: index, %x: !s):
    %1 = tile.score %t rows %rows batch %i kv_head %i query_base %i keys %first key_base %i
           : !tile.tile<64x64xf32>, !tile.rows<64> -> !tile.tile<64x64xf32> {
    ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
      %zero = arith.constant 0 : i32
      %2 = tile.visible %s at(%p, %j) max %zero
      %3 = math.tanh %2 : f32
      %4 = tile.visible %3 at(%p, %j) min %zero
      tile.yield %3 : f32
    }
    %p2, %max, %sum, %rescale = tile.softmax_update %1, %x, %x
      : !tile.tile<64x64xf32>, !s, !s -> !tile.tile<64x64xf32>, !s, !s, !s
    tile.yield %sum : !s
  }
  return %0 : !s
}

// The last rows of blocks are at 384 + 63, 384 + 127, …: the keys up to each are whole tiles.
// CHECK-LABEL: func.func @whole_tiles
// CHECK: tile.for_keys {{.*}} step 64 full
// CHECK: tile.for_keys {{.*}} step 64 full
// CHECK: tile.visible
// CHECK: tile.epilogue
func.func @whole_tiles(%q: memref<1x8x256x64xf32>, %k: memref<1x8x640x64xf32>, %v: memref<1x8x640x64xf32>,
                       %o: memref<1x8x256x64xf32>) {
  attn.attention query(%q : memref<1x8x256x64xf32>) key(%k : memref<1x8x640x64xf32>) value(%v : memref<1x8x640x64xf32>)
    masks [#attn.causal] outs(%o : memref<1x8x256x64xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qindex: i32, %kindex: i32):
    attn.yield %s
  }
  return
}

// Queries that begin or end inside of a tile make the last one partial.
// CHECK-LABEL: func.func @partial_tile
// CHECK: tile.for_keys {{.*}} step 64 full
// CHECK: tile.for_keys {{.*}} step 64 iter
// CHECK: tile.epilogue
func.func @partial_tile(%q: memref<1x8x250x64xf32>, %k: memref<1x8x640x64xf32>, %v: memref<1x8x640x64xf32>,
                        %o: memref<1x8x250x64xf32>) {
  attn.attention query(%q : memref<1x8x250x64xf32>) key(%k : memref<1x8x640x64xf32>) value(%v : memref<1x8x640x64xf32>)
    masks [#attn.causal] outs(%o : memref<1x8x250x64xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qindex: i32, %kindex: i32):
    attn.yield %s
  }
  return
}
