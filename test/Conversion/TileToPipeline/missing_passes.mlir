// Every pass that convert-tile-to-pipeline needs, left out or run in the wrong order: refused by name. The checks are those of
// all targets; ../TileToCPU/missing_passes.mlir has more of them.
// RUN: camber-opt %s --convert-attn-to-tile --tile-fuse-scores --tile-use-base2 --choose-schedule=target=sm_80 --convert-tile-to-pipeline | FileCheck %s
// CHECK: func.func @kernel_main

// RUN: not camber-opt %s --choose-schedule=target=sm_80 --convert-tile-to-pipeline 2>&1 | FileCheck %s --check-prefix=TILES
// TILES: error: 'attn.attention' op was not converted; run convert-attn-to-tile first

// RUN: not camber-opt %s --convert-attn-to-tile --tile-fuse-scores --tile-use-base2 --convert-tile-to-pipeline 2>&1 | FileCheck %s --check-prefix=SCHEDULE
// RUN: not camber-opt %s --convert-attn-to-tile --tile-fuse-scores --tile-use-base2 --choose-schedule=target=x86-64-v3 --convert-tile-to-pipeline 2>&1 | FileCheck %s --check-prefix=SCHEDULE
// SCHEDULE: error: 'tile.kernel' op must carry a #pipeline.schedule; run choose-schedule with a device as target first

// RUN: not camber-opt %s --convert-attn-to-tile --choose-schedule=target=sm_80 --convert-tile-to-pipeline 2>&1 | FileCheck %s --check-prefix=MASKS
// RUN: not camber-opt %s --convert-attn-to-tile --tile-skip-decayed --choose-schedule=target=sm_80 --convert-tile-to-pipeline 2>&1 | FileCheck %s --check-prefix=MASKS
// RUN: not camber-opt %s --convert-attn-to-tile --choose-schedule=target=sm_80 --convert-tile-to-pipeline --tile-fuse-scores 2>&1 | FileCheck %s --check-prefix=MASKS
// MASKS: error: 'tile.score' op masks [#attn.causal] were not fused; run tile-fuse-scores first

// RUN: not camber-opt %s --convert-attn-to-tile --tile-fuse-scores --choose-schedule=target=sm_80 --convert-tile-to-pipeline 2>&1 | FileCheck %s --check-prefix=UNITS
// RUN: not camber-opt %s --convert-attn-to-tile --tile-fuse-scores --choose-schedule=target=sm_80 --convert-tile-to-pipeline --tile-use-base2 2>&1 | FileCheck %s --check-prefix=UNITS
// UNITS: error: 'tile.score' op yields scores in natural units, and the softmax takes base 2; run tile-use-base2 first

func.func @kernel(%q: memref<1x8x512x64xf16>, %k: memref<1x8x512x64xf16>, %v: memref<1x8x512x64xf16>,
                  %o: memref<1x8x512x64xf16>) {
  attn.attention query(%q : memref<1x8x512x64xf16>) key(%k : memref<1x8x512x64xf16>) value(%v : memref<1x8x512x64xf16>)
    masks [#attn.causal] outs(%o : memref<1x8x512x64xf16>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    %0 = attn.alibi %s at(%h, %p, %j) {heads = 8}
    attn.yield %0
  }
  return
}
