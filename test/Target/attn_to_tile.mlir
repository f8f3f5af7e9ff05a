// RUN: camber-opt %s --attn-to-tile | FileCheck %s
// RUN: camber-opt %s --attn-to-tile --remarks-filter='.*' --remark-format=emitRemark 2>&1 >/dev/null | FileCheck %s --check-prefix=REMARK

// Causal ALiBi: one range of full tiles without a mask, and the tiles on the diagonal with it. log2(e) is in the scale of the
// dot product (0.125 · 1.4427) and in the slope.
// REMARK: score-structure{{.*}}affine in distance; distance limited above
// REMARK: key-ranges

// CHECK-LABEL: func.func @alibi
// CHECK: tile.kernel
// CHECK: tile.for_keys {{.*}} full
// CHECK: tile.dot {{.*}} scale 0.18033688
// CHECK: %[[SLOPE:.*]] = arith.mulf
// CHECK: tile.affine %{{.*}} slope %[[SLOPE]]
// CHECK-NOT: tile.visible
// CHECK: tile.for_keys
// CHECK: tile.visible {{.*}} max
// CHECK: tile.epilogue
func.func @alibi(%q: tensor<?x2x?x64xf32>, %k: tensor<?x2x?x64xf32>, %v: tensor<?x2x?x64xf32>,
                 %o: tensor<?x2x?x64xf32>) -> tensor<?x2x?x64xf32> {
  %r = attn.attention query(%q : tensor<?x2x?x64xf32>) key(%k : tensor<?x2x?x64xf32>) value(%v : tensor<?x2x?x64xf32>)
    masks [#attn.causal] outs(%o : tensor<?x2x?x64xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    %0 = attn.scale %s, 0.125
    %1 = attn.alibi %0 at(%h, %p, %j) {heads = 2}
    attn.yield %1
  } -> tensor<?x2x?x64xf32>
  return %r : tensor<?x2x?x64xf32>
}
