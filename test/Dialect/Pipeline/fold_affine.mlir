// RUN: camber-opt %s --attn-to-tile=target=sm_80 --choose-schedule=target=sm_80 --convert-tile-to-pipeline --pipeline-fold-affine --canonicalize --cse | FileCheck %s

!t = memref<1x2x128x64xf16>
!f = memref<1x2x128x64xf32>

// A line in every case of the switch: full tiles have no score body any more, those of the diagonal a mask.
// CHECK-LABEL: func.func @line_main
// CHECK-DAG: %[[SLOPES:.*]] = pipeline.row_values
// CHECK-DAG: arith.constant 5.54517746 : f32
// CHECK: scf.for
// CHECK: %[[DOTS:.*]], %{{.*}} = pipeline.dot %{{.*}}, %{{.*}} line(%{{.*}}) : <64x64xf16>
// CHECK: %[[SCORES:.*]] = scf.index_switch
// CHECK-NEXT: case 0 {
// CHECK-NEXT: scf.yield %[[DOTS]]
// CHECK: default {
// CHECK-NEXT: tile.score %[[DOTS]] rows %[[ROWS:.*]] batch %{{.*}} keys %[[FIRST:.*]] key_base
// CHECK-NOT: tile.affine
// CHECK: tile.visible
// CHECK: %[[OFFSETS:.*]] = pipeline.row_offsets %{{.*}} keys %[[FIRST]] key_base
// CHECK: pipeline.softmax_update %[[SCORES]], %{{.*}} offset(%[[OFFSETS]] : !tile.tile<64xf32>) scale 0.18033688
func.func @line(%q: !t, %k: !t, %v: !t, %o: !t) {
  attn.attention query(%q : !t) key(%k : !t) value(%v : !t) masks [#attn.causal] no_skip outs(%o : !t) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    %c = arith.constant 0.125 : f32
    %y = arith.mulf %s, %c : f32
    %x = attn.alibi %y at(%h, %p, %j) {heads = 2}
    attn.yield %x
  }
  return
}

// Steep slopes (|slope| times the keys of a tile above 4) are divided by the scale, and added to the product: 1.44269502 / 0.18033688.
// CHECK-LABEL: func.func @steep_main
// CHECK: pipeline.dot %{{[^ ]*}}, %{{[^ ]*}} : <64x64xf16>
// CHECK: case 0 {
// CHECK: %[[SLOPE:.*]] = arith.mulf %{{.*}}, %[[FACTOR:.*]] : f32
// CHECK: tile.affine %{{.*}} slope %[[SLOPE]] at
// CHECK: default {
// CHECK: %[[FACTOR:.*]] = arith.constant 8.000000e+00 : f32
// CHECK: %[[SLOPE:.*]] = arith.mulf %{{.*}}, %[[FACTOR]] : f32
// CHECK: %[[LINE:.*]] = tile.affine %{{.*}} slope %[[SLOPE]] at
// CHECK: tile.visible %[[LINE]]
// CHECK-NOT: row_offsets
// CHECK: pipeline.softmax_update %{{[^ ]*}}, %{{[^ ]*}}, %{{[^ ]*}} scale 0.18033688
!h = memref<1x8x128x64xf16>
func.func @steep(%q: !h, %k: !h, %v: !h, %o: !h) {
  attn.attention query(%q : !h) key(%k : !h) value(%v : !h) masks [#attn.causal] no_skip outs(%o : !h) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    %c = arith.constant 0.125 : f32
    %y = arith.mulf %s, %c : f32
    %x = attn.alibi %y at(%h, %p, %j) {heads = 8}
    attn.yield %x
  }
  return
}

// The last two heads of these 8 are not steep, and the kernel has no others.
// CHECK-LABEL: func.func @shard_main
// CHECK: pipeline.dot %{{.*}}, %{{.*}} line(%{{.*}}) : <64x64xf16>
// CHECK: pipeline.softmax_update %{{.*}} offset(%{{.*}} : !tile.tile<64xf32>) scale 0.18033688
func.func @shard(%q: !t, %k: !t, %v: !t, %o: !t) {
  attn.attention query(%q : !t) key(%k : !t) value(%v : !t) masks [#attn.causal] head_offset = 6 no_skip outs(%o : !t) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    %c = arith.constant 0.125 : f32
    %y = arith.mulf %s, %c : f32
    %x = attn.alibi %y at(%h, %p, %j) {heads = 8}
    attn.yield %x
  }
  return
}

// Nobody knows how steep slopes are that are an operand.
// CHECK-LABEL: func.func @given_main
// CHECK: pipeline.dot %{{[^ ]*}}, %{{[^ ]*}} : <64x64xf16>
// CHECK: tile.affine
// CHECK: pipeline.softmax_update %{{[^ ]*}}, %{{[^ ]*}}, %{{[^ ]*}} scale 0.18033688
func.func @given(%q: !t, %k: !t, %v: !t, %o: !t, %slopes: memref<2xf32>) {
  attn.attention query(%q : !t) key(%k : !t) value(%v : !t) params(%slopes : memref<2xf32>) masks [#attn.causal] no_skip outs(%o : !t) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32, %m: memref<2xf32>):
    %c = arith.constant 0.125 : f32
    %y = arith.mulf %s, %c : f32
    %x = attn.alibi %y at(%h, %p, %j) slopes(%m : memref<2xf32>)
    attn.yield %x
  }
  return
}

// Nothing but a scale.
// CHECK-LABEL: func.func @scale_main
// CHECK: pipeline.dot %{{[^ ]*}}, %{{[^ ]*}} : <64x64xf16>
// CHECK: pipeline.softmax_update %{{.*}}, %{{.*}}, %{{[^ ]*}} scale 0.18033688
func.func @scale(%q: !t, %k: !t, %v: !t, %o: !t) {
  attn.attention query(%q : !t) key(%k : !t) value(%v : !t) outs(%o : !t) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    %c = arith.constant 0.125 : f32
    %y = arith.mulf %s, %c : f32
    attn.yield %y
  }
  return
}

// A scale below 0 turns the order of scores round, and slopes are divided by one.
// CHECK-LABEL: func.func @negative_main
// CHECK: pipeline.dot {{.*}} scale -0.18033688
// CHECK: pipeline.softmax_update %{{[^ ]*}}, %{{[^ ]*}}, %{{[^ ]*}} :
func.func @negative(%q: !t, %k: !t, %v: !t, %o: !t) {
  attn.attention query(%q : !t) key(%k : !t) value(%v : !t) outs(%o : !t) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    %c = arith.constant -0.125 : f32
    %y = arith.mulf %s, %c : f32
    attn.yield %y
  }
  return
}

// With a line, products of float32 stay as they are.
// CHECK-LABEL: func.func @wide_main
// CHECK-NOT: pipeline.row_values
// CHECK: pipeline.dot {{.*}} scale
// CHECK: tile.affine
// CHECK: pipeline.softmax_update %{{[^ ]*}}, %{{[^ ]*}}, %{{[^ ]*}} :
func.func @wide(%q: !f, %k: !f, %v: !f, %o: !f) {
  attn.attention query(%q : !f) key(%k : !f) value(%v : !f) masks [#attn.causal] no_skip outs(%o : !f) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    %x = attn.alibi %s at(%h, %p, %j) {heads = 2}
    attn.yield %x
  }
  return
}

// What comes after the line needs the whole score.
// CHECK-LABEL: func.func @more_main
// CHECK-NOT: pipeline.row_values
// CHECK: tile.affine
// CHECK: math.tanh
// CHECK: pipeline.softmax_update %{{[^ ]*}}, %{{[^ ]*}}, %{{[^ ]*}} :
func.func @more(%q: !t, %k: !t, %v: !t, %o: !t) {
  attn.attention query(%q : !t) key(%k : !t) value(%v : !t) masks [#attn.causal] outs(%o : !t) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    %x = attn.alibi %s at(%h, %p, %j) {heads = 2}
    %y = math.tanh %x : f32
    attn.yield %y
  }
  return
}

// T5: at far distances a number of the row, which is its offset; near the diagonal entries of a table, divided by the scale, and
// no offset. The scale is a factor of the exponent in both.
// CHECK-LABEL: func.func @table_main
// CHECK: pipeline.dot %{{[^ ]*}}, %{{[^ ]*}} : <64x64xf16>
// CHECK: %[[CHOICE:.*]]:2 = scf.index_switch %{{.*}} -> !tile.tile<64x64xf32>, !tile.tile<64xf32>
// CHECK: case 0 {
// CHECK-NOT: tile.score
// CHECK: %[[FAR:.*]] = pipeline.row_values
// CHECK: attn.lookup
// CHECK: scf.yield %{{.*}}, %[[FAR]]
// CHECK: default {
// CHECK: tile.score
// CHECK: %[[INVERSE:.*]] = arith.constant 5.54517746 : f32
// CHECK: %[[ENTRY:.*]] = pipeline.entry
// CHECK: %[[SUM:.*]] = math.fma %[[ENTRY]], %[[INVERSE]], %{{.*}} : f32
// CHECK: tile.visible %[[SUM]]
// CHECK: %[[NONE:.*]] = pipeline.row_values
// CHECK: %[[ZERO:.*]] = arith.constant 0.000000e+00 : f32
// CHECK: tile.yield %[[ZERO]] : f32
// CHECK: scf.yield %{{.*}}, %[[NONE]]
// CHECK: pipeline.softmax_update %[[CHOICE]]#0, %{{.*}} offset(%[[CHOICE]]#1 : !tile.tile<64xf32>) scale 0.18033688
!l = memref<1x2x512x64xf16>
func.func @table(%q: !l, %k: !l, %v: !l, %o: !l, %table: memref<32x2xf32>) {
  attn.attention query(%q : !l) key(%k : !l) value(%v : !l) params(%table : memref<32x2xf32>) masks [#attn.causal] outs(%o : !l) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32, %t: memref<32x2xf32>):
    %c = arith.constant 0.125 : f32
    %y = arith.mulf %s, %c : f32
    %x = attn.t5 %y at(%h, %p, %j) table(%t : memref<32x2xf32>)
    attn.yield %x
  }
  return
}

// One number for every key, and no switch: an offset.
// CHECK-LABEL: func.func @number_main
// CHECK: pipeline.dot %{{[^ ]*}}, %{{[^ ]*}} : <64x64xf32>
// CHECK-NOT: tile.score
// CHECK: %[[NUMBER:.*]] = pipeline.row_values
// CHECK: pipeline.softmax_update {{.*}} offset(%[[NUMBER]] : !tile.tile<64xf32>) scale 0.18033688
func.func @number(%q: !f, %k: !f, %v: !f, %o: !f, %weights: memref<2xf32>) {
  attn.attention query(%q : !f) key(%k : !f) value(%v : !f) params(%weights : memref<2xf32>) outs(%o : !f) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32, %w: memref<2xf32>):
    %c = arith.constant 0.125 : f32
    %y = arith.mulf %s, %c : f32
    %1 = attn.lookup %w[%h] : memref<2xf32> -> f32
    %x = arith.addf %1, %y : f32
    attn.yield %x
  }
  return
}

// A number of the key is divided by the scale.
// CHECK-LABEL: func.func @of_key_main
// CHECK: pipeline.dot %{{[^ ]*}}, %{{[^ ]*}} : <64x64xf16>
// CHECK: %[[NUMBER:.*]] = attn.lookup
// CHECK: %[[BASE2:.*]] = arith.mulf %[[NUMBER]],
// CHECK: math.fma %[[BASE2]], %{{.*}}, %{{.*}} : f32
// CHECK: pipeline.softmax_update %{{[^ ]*}}, %{{[^ ]*}}, %{{[^ ]*}} scale 0.18033688
func.func @of_key(%q: !t, %k: !t, %v: !t, %o: !t, %weights: memref<128xf32>) {
  attn.attention query(%q : !t) key(%k : !t) value(%v : !t) params(%weights : memref<128xf32>) outs(%o : !t) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32, %w: memref<128xf32>):
    %c = arith.constant 0.125 : f32
    %y = arith.mulf %s, %c : f32
    %1 = attn.lookup %w[%j] : memref<128xf32> -> f32
    %x = arith.addf %y, %1 : f32
    attn.yield %x
  }
  return
}
