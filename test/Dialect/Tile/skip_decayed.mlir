// RUN: camber-opt %s --convert-attn-to-tile --tile-skip-decayed --canonicalize --cse | FileCheck %s
// RUN: camber-opt %s --convert-attn-to-tile --tile-skip-decayed --tile-skip-decayed --canonicalize --cse | FileCheck %s
// RUN: camber-opt %s --convert-attn-to-tile --tile-skip-decayed --remarks-filter=camber --remark-format=emitRemark \
// RUN:   -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARK
// RUN: camber-opt %s --attn-to-tile | FileCheck %s --check-prefix=SPLIT

!t = memref<1x8x512x64xf32>
!any = memref<1x8x?x64xf32>

// The tiles of the rows' own positions first, then what is below and above them; a tile may be near some rows of a block
// and below others.
// REMARK: Passed{{.*}}far keys are skipped where the bias has made their scores negligible
// CHECK-LABEL: func.func @causal
// CHECK: tile.key_range %[[C0:.*]] to %[[C512:.*]] step 64
// CHECK: %[[Q:.*]] = tile.load_rows
// CHECK: %[[INIT:.*]], %{{.*}}, %{{.*}} = tile.init_state
// CHECK: %[[ROWS:.*]] = tile.row_norms %[[Q]]
// CHECK: %[[KEYS:.*]] = tile.key_norms %{{.*}} keys %[[C0]] to %[[C512]] q_len_min 0
// CHECK: tile.split_kv
// CHECK: %[[FIRST:.*]], %[[LAST:.*]], %[[BELOWEND:.*]], %[[ABOVEBEGIN:.*]] = tile.near_range %[[BEGIN:.*]] to %[[END:.*]] step 64 rows
// CHECK: %[[NEAR:.*]]:3 = tile.for_keys %[[FIRST]] to %[[LAST]] step 64 side(near) iter(%[[INIT]]
// CHECK: attn.alibi
// CHECK: %[[LO:.*]] = tile.skip_range left %[[BEGIN]] to %[[BELOWEND]] step 64 of %[[ALL:.*]] rows {{.*}} state(%[[NEAR]]#0, %[[NEAR]]#1 {{.*}} norms(%[[ROWS]], %[[KEYS]]
// CHECK: ^bb0(%[[LIMIT:.*]]: f32, %{{.*}}: i32, %[[HEAD:.*]]: i32, %[[P:.*]]: i32, %[[J0:.*]]: i32, %[[J1:.*]]: i32):
// CHECK-DAG: arith.subi %[[J0]], %[[P]]
// CHECK-DAG: arith.subi %[[J1]], %[[P]]
// CHECK-DAG: attn.lookup %{{.*}}[%[[HEAD]]]
// CHECK: math.fma %{{.*}}, %{{.*}}, %[[LIMIT]]
// CHECK: %[[BOUND:.*]] = arith.maximumf
// CHECK: tile.yield %[[BOUND]] : f32
// CHECK: %[[BELOW:.*]]:3 = tile.for_keys %[[LO]] to %[[BELOWEND]] step 64 side(left) iter(%[[NEAR]]#0
// CHECK: %[[HI:.*]] = tile.skip_range right %[[ABOVEBEGIN]] to %[[END]] step 64 of %[[ALL]] rows {{.*}} state(%[[BELOW]]#0
// CHECK: %[[ABOVE:.*]]:3 = tile.for_keys %[[ABOVEBEGIN]] to %[[HI]] step 64 side(right) iter(%[[BELOW]]#0
// CHECK: tile.epilogue {{.*}} state(%[[ABOVE]]#0

// The mask hides what is above; below all tiles need no mask. None is partial, as 512 is a multiple of 64.
// SPLIT-LABEL: func.func @causal
// SPLIT: tile.for_keys {{.*}} full side(near)
// SPLIT: tile.for_keys {{.*}} full side(near)
// SPLIT: tile.visible {{.*}} max
// SPLIT: tile.skip_range left {{.*}} base2
// SPLIT: %[[SCALED:.*]] = arith.mulf %{{.*}}, %{{.*}} {tile.exact_factor = 1.4426
// SPLIT-NEXT: tile.yield %[[SCALED]]
// SPLIT: tile.for_keys {{.*}} full side(left)
// SPLIT-NOT: tile.for_keys
// SPLIT-NOT: tile.skip_range
// SPLIT: tile.epilogue
func.func @causal(%q: !t, %k: !t, %v: !t, %o: !t) {
  attn.attention query(%q : !t) key(%k : !t) value(%v : !t) masks [#attn.causal] outs(%o : !t) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    %0 = attn.alibi %s at(%h, %p, %j) {heads = 8}
    attn.yield %0
  }
  return
}

// Each side has one of the two lines. Run-time lengths: with up to 64 rows per kv head all keys are near.
// CHECK-LABEL: func.func @symmetric
// CHECK: %[[MANY:.*]] = arith.cmpi sge, %{{.*}}, %c65
// CHECK: tile.key_norms {{.*}} q_len_min 65
// CHECK: %[[SEVERAL:.*]] = arith.cmpi sgt, %{{.*}}, %c1
// CHECK: %[[BOTH:.*]] = arith.andi %[[MANY]], %[[SEVERAL]]
// CHECK: tile.state_bound where %[[BOTH]]
// CHECK: tile.split_kv
// CHECK: tile.near_range {{.*}} where %[[MANY]]
// CHECK: tile.for_keys {{.*}} side(near)
// SPLIT-LABEL: func.func @symmetric
// SPLIT: tile.piecewise
// SPLIT: tile.for_keys {{.*}} full side(left)
// SPLIT-NOT: tile.piecewise
// SPLIT: tile.for_keys {{.*}} full side(right)
// SPLIT-NOT: tile.piecewise
// SPLIT: tile.for_keys {{.*}} step 64 side(right)
// SPLIT-NOT: tile.piecewise
// SPLIT: tile.epilogue
func.func @symmetric(%q: !any, %k: !any, %v: !any, %o: !any) {
  attn.attention query(%q : !any) key(%k : !any) value(%v : !any) outs(%o : !any) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    %0 = attn.alibi_symmetric %s at(%h, %p, %j) {heads = 8}
    attn.yield %0
  }
  return
}

// A table of T5 has extremes and no limit to fall to; with ALiBi before it, the sum falls. Its far field is one constant.
// REMARK: Passed{{.*}}far keys are skipped
// REMARK: Passed{{.*}}far keys are skipped
// CHECK-LABEL: func.func @alibi_and_t5
// CHECK: tile.skip_range left {{.*}} params(%{{.*}} : memref<4x8xf32>)
// CHECK-COUNT-4: attn.lookup %{{.*}} : memref<4x8xf32>
// SPLIT-LABEL: func.func @alibi_and_t5
// SPLIT: tile.for_keys {{.*}} full side(left)
// SPLIT-NOT: tile.diagonal
// SPLIT: tile.for_keys {{.*}} side(left)
// SPLIT: tile.diagonal
func.func @alibi_and_t5(%q: !t, %k: !t, %v: !t, %o: !t, %table: memref<4x8xf32>) {
  attn.attention query(%q : !t) key(%k : !t) value(%v : !t) params(%table : memref<4x8xf32>) masks [#attn.causal] outs(%o : !t) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32, %w: memref<4x8xf32>):
    %0 = attn.alibi %s at(%h, %p, %j) {heads = 8}
    %1 = attn.t5 %0 at(%h, %p, %j) table(%w : memref<4x8xf32>) {max_distance = 100}
    attn.yield %1
  }
  return
}

// REMARK: Missed{{.*}}every visible key is visited: no bias falls without limit with the distance
// CHECK-LABEL: func.func @t5
// CHECK-NOT: side
func.func @t5(%q: !t, %k: !t, %v: !t, %o: !t, %table: memref<4x8xf32>) {
  attn.attention query(%q : !t) key(%k : !t) value(%v : !t) params(%table : memref<4x8xf32>) masks [#attn.causal] outs(%o : !t) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32, %w: memref<4x8xf32>):
    %1 = attn.t5 %s at(%h, %p, %j) table(%w : memref<4x8xf32>) {max_distance = 100}
    attn.yield %1
  }
  return
}

// REMARK: Missed{{.*}}nothing bounds the scores of far keys after 'attn.softcap'
// CHECK-LABEL: func.func @softcap
// CHECK-NOT: side
func.func @softcap(%q: !t, %k: !t, %v: !t, %o: !t) {
  attn.attention query(%q : !t) key(%k : !t) value(%v : !t) masks [#attn.causal] outs(%o : !t) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    %0 = attn.alibi %s at(%h, %p, %j) {heads = 8}
    %1 = attn.softcap %0, 20.0
    attn.yield %1
  }
  return
}

// REMARK: Missed{{.*}}nothing bounds the scores of far keys after 'arith.negf'
// CHECK-LABEL: func.func @arithmetic
// CHECK-NOT: side
func.func @arithmetic(%q: !t, %k: !t, %v: !t, %o: !t) {
  attn.attention query(%q : !t) key(%k : !t) value(%v : !t) masks [#attn.causal] outs(%o : !t) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    %0 = arith.negf %s : f32
    %1 = attn.alibi %0 at(%h, %p, %j) {heads = 8}
    attn.yield %1
  }
  return
}

// REMARK: Missed{{.*}}every visible key is visited: no_skip
// CHECK-LABEL: func.func @no_skip
// CHECK: packed = false> no_skip {
// CHECK-NOT: side
func.func @no_skip(%q: !t, %k: !t, %v: !t, %o: !t) {
  attn.attention query(%q : !t) key(%k : !t) value(%v : !t) masks [#attn.causal] no_skip outs(%o : !t) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    %0 = attn.alibi %s at(%h, %p, %j) {heads = 8}
    attn.yield %0
  }
  return
}

// REMARK: Missed{{.*}}with at most 1 queries the norms of keys would cost as much as skipping saves; give them as key_norms
// CHECK-LABEL: func.func @decode
// CHECK-NOT: side
func.func @decode(%q: memref<1x8x1x64xf32>, %k: !t, %v: !t, %o: memref<1x8x1x64xf32>) {
  attn.attention query(%q : memref<1x8x1x64xf32>) key(%k : !t) value(%v : !t) masks [#attn.causal] outs(%o : memref<1x8x1x64xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    %0 = attn.alibi %s at(%h, %p, %j) {heads = 8}
    attn.yield %0
  }
  return
}

// With norms that the caller keeps it does. What is certain without any state narrows the range of all splits: the nearest key that
// the row sees has at least the lower end of its bound. It and what each split has seen may leave out half as much each.
// REMARK: Passed{{.*}}far keys are skipped
// CHECK-LABEL: func.func @decode_with_norms
// CHECK: tile.key_range %{{.*}} to %{{.*}} step 64 split %[[PART:.*]] norms(%[[GIVEN:.*]] : memref<1x8x8xf32>)
// CHECK: %[[ROWS:.*]] = tile.row_norms
// CHECK: %[[KEYS:.*]] = tile.key_norms {{.*}} q_len_min 0 given(%[[GIVEN]] : memref<1x8x8xf32>)
// CHECK: %[[SEVERAL:.*]] = arith.cmpi sgt, %[[SPLITS:.*]], %c1
// CHECK: %[[M:.*]], %[[L:.*]] = tile.state_bound where %[[SEVERAL]] keys %c0 to %c512 {{.*}} norms(%[[ROWS]], %[[KEYS]]
// CHECK: ^bb0(%{{.*}}: i32, %{{.*}}: i32, %[[P:.*]]: i32, %[[J0:.*]]: i32, %[[J1:.*]]: i32):
// CHECK: %[[LAST:.*]] = arith.minsi %[[J1]], %[[P]]
// CHECK: arith.maxsi %[[J0]]
// CHECK: arith.cmpi sle, %[[J0]], %[[LAST]]
// CHECK: arith.select %{{.*}}, %{{.*}}, %c-2147483648
// CHECK: } score {
// CHECK: %[[BOUND:.*]] = arith.minimumf
// CHECK: tile.yield %[[BOUND]] : f32
// CHECK: arith.muli %{{.*}}, %c2
// CHECK: %[[LO:.*]] = tile.skip_range left {{.*}} state(%[[M]], %[[L]] :
// CHECK: %[[HI:.*]] = tile.skip_range right {{.*}} state(%[[M]], %[[L]] :
// CHECK: %[[FIRST:.*]], %[[END:.*]] = tile.split_kv %[[LO]] to %[[HI]] step 64 split %[[PART]] of %[[SPLITS]]
// CHECK: arith.maxsi %[[FIRST]], %[[END]]
// CHECK: arith.muli %{{.*}}, %c2
// CHECK: %[[NEAR:.*]]:3 = tile.for_keys {{.*}} side(near)
// CHECK: tile.skip_range left {{.*}} state(%[[NEAR]]#0
func.func @decode_with_norms(%q: memref<1x8x1x64xf32>, %k: !t, %v: !t, %norms: memref<1x8x8xf32>, %o: memref<1x8x1x64xf32>) {
  attn.attention query(%q : memref<1x8x1x64xf32>) key(%k : !t) value(%v : !t) key_norms(%norms : memref<1x8x8xf32>) masks [#attn.causal] outs(%o : memref<1x8x1x64xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    %0 = attn.alibi %s at(%h, %p, %j) {heads = 8}
    attn.yield %0
  }
  return
}

// Which key a row sees nearest is not known where segments, or modifiers, hide: nothing is certain then, without state.
// REMARK: Passed{{.*}}far keys are skipped
// REMARK: Missed{{.*}}splits of the keys skip their own only: what a row sees is no interval
// CHECK-LABEL: func.func @segments
// CHECK-NOT: tile.state_bound
// CHECK: tile.split_kv
// CHECK: side(near)
// CHECK: tile.skip_range left
func.func @segments(%q: !t, %k: !t, %v: !t, %ids: memref<1x512xi32>, %key_ids: memref<1x512xi32>, %o: !t) {
  attn.attention query(%q : !t) key(%k : !t) value(%v : !t) query_segment(%ids : memref<1x512xi32>) key_segment(%key_ids : memref<1x512xi32>) masks [#attn.segments] outs(%o : !t) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    %0 = attn.alibi %s at(%h, %p, %j) {heads = 8}
    attn.yield %0
  }
  return
}

// REMARK: Passed{{.*}}far keys are skipped
// REMARK: Missed{{.*}}what a row sees is no interval
// CHECK-LABEL: func.func @half
// CHECK-NOT: tile.state_bound
// CHECK: tile.epilogue
func.func @half(%q: !t, %k: !t, %v: !t, %o: !t) {
  attn.attention query(%q : !t) key(%k : !t) value(%v : !t) outs(%o : !t) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    %0 = attn.alibi_half %s at(%h, %p, %j) {heads = 8}
    attn.yield %0
  }
  return
}
