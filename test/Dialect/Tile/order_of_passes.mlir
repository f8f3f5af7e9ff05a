// Passes on tile in the wrong order: refused by name where a kernel would be wrong or lose what the pass is for, and without
// effect otherwise. test/Compiler/PassOrderTest.cpp runs kernels of the orders that are taken.

// Units and ranges are found in the structure that tile-fuse-scores writes down.
// RUN: not camber-opt %s --convert-attn-to-tile --tile-use-base2 2>&1 | FileCheck %s --check-prefix=BASE2
// RUN: not camber-opt %s --convert-attn-to-tile --tile-use-base2 --tile-fuse-scores 2>&1 | FileCheck %s --check-prefix=BASE2
// RUN: not camber-opt %s --convert-attn-to-tile --tile-skip-decayed --tile-use-base2 --tile-fuse-scores 2>&1 | FileCheck %s --check-prefix=BASE2
// BASE2: error: 'attn.alibi' op is in natural units; run tile-fuse-scores before tile-use-base2
// RUN: not camber-opt %s --convert-attn-to-tile --attn-expand-scores --tile-use-base2 --tile-fuse-scores 2>&1 | FileCheck %s --check-prefix=MASKS
// MASKS: error: 'tile.score' op masks [#attn.causal] were not fused; run tile-fuse-scores before tile-use-base2

// RUN: not camber-opt %s --convert-attn-to-tile --tile-split-key-ranges 2>&1 | FileCheck %s --check-prefix=SPLIT
// RUN: not camber-opt %s --convert-attn-to-tile --tile-split-key-ranges --tile-fuse-scores 2>&1 | FileCheck %s --check-prefix=SPLIT
// SPLIT: error: 'attn.alibi' op was not fused; run tile-fuse-scores before tile-split-key-ranges
// RUN: not camber-opt %s --convert-attn-to-tile --attn-expand-scores --tile-split-key-ranges 2>&1 | FileCheck %s --check-prefix=SPLITMASKS
// SPLITMASKS: error: 'tile.score' op masks [#attn.causal] were not fused; run tile-fuse-scores before tile-split-key-ranges

// Too late to ask the modifiers for bounds: nothing is skipped, and a remark says so.
// RUN: camber-opt %s --convert-attn-to-tile --tile-fuse-scores --tile-skip-decayed | FileCheck %s --check-prefix=LATE
// RUN: camber-opt %s --convert-attn-to-tile --tile-fuse-scores --tile-use-base2 --tile-skip-decayed | FileCheck %s --check-prefix=LATE
// RUN: camber-opt %s --convert-attn-to-tile --tile-fuse-scores --tile-split-key-ranges --tile-skip-decayed | FileCheck %s --check-prefix=LATE
// LATE-NOT: tile.skip_range
// LATE: tile.for_keys
// LATE-NOT: tile.skip_range

// Again, each leaves what it left before.
// RUN: camber-opt %s --convert-attn-to-tile --tile-skip-decayed --tile-fuse-scores --tile-use-base2 --tile-split-key-ranges --tile-merge-piecewise --canonicalize --cse --canonicalize > %t.once
// RUN: camber-opt %t.once --convert-attn-to-tile --tile-skip-decayed --tile-fuse-scores --tile-use-base2 --tile-split-key-ranges --tile-merge-piecewise --canonicalize --cse --canonicalize > %t.twice
// RUN: diff %t.once %t.twice
// RUN: FileCheck %s < %t.once
// CHECK: tile.skip_range left {{.*}} base2 :
// CHECK: tile.for_keys {{.*}} full side(left) {{.*}}) split {
// CHECK: tile.score {{.*}} base2 :
func.func @kernel(%q: memref<1x8x512x64xf32>, %k: memref<1x8x512x64xf32>, %v: memref<1x8x512x64xf32>,
                  %o: memref<1x8x512x64xf32>) {
  attn.attention query(%q : memref<1x8x512x64xf32>) key(%k : memref<1x8x512x64xf32>) value(%v : memref<1x8x512x64xf32>)
    masks [#attn.causal] outs(%o : memref<1x8x512x64xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    %0 = attn.alibi %s at(%h, %p, %j) {heads = 8}
    attn.yield %0
  }
  return
}
