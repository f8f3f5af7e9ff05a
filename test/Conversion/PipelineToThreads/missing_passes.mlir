// What convert-pipeline-to-threads and the entries of kernels need, left out or run in the wrong order: refused by name.
// RUN: not camber-opt %s --convert-pipeline-to-threads=machine=#nvptx.ampere --split-input-file 2>&1 | FileCheck %s --check-prefix=LEFT
// RUN: not camber-opt %s --pipeline-fold-affine --convert-pipeline-to-threads=machine=#nvptx.ampere --split-input-file 2>&1 | FileCheck %s --check-prefix=LEFT
// RUN: not camber-opt %s --pipeline-emit-kernel-abi --split-input-file 2>&1 | FileCheck %s --check-prefix=ENTRIES

// LEFT: error: 'attn.attention' op was not converted; run convert-attn-to-tile first
// ENTRIES: error: 'attn.attention' op was not converted; run convert-attn-to-tile first
func.func @kernel(%q: memref<1x8x512x64xf16>, %k: memref<1x8x512x64xf16>, %v: memref<1x8x512x64xf16>,
                  %o: memref<1x8x512x64xf16>) {
  attn.attention query(%q : memref<1x8x512x64xf16>) key(%k : memref<1x8x512x64xf16>) value(%v : memref<1x8x512x64xf16>)
    outs(%o : memref<1x8x512x64xf16>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    attn.yield %s
  }
  return
}

// -----

// LEFT: error: 'tile.kernel' op was not converted; run convert-tile-to-pipeline first
// ENTRIES: error: 'tile.kernel' op was not converted; run convert-tile-to-pipeline first
func.func @programs(%n: index) {
  tile.kernel batch(%n) q_len(%n) <heads = 2, kv_heads = 2, head_dim = 64, rows = 64, keys = 64, packed = false> {
  ^bb0(%b: index, %g: index, %rows: !tile.rows<64>, %split: index, %splits: index):
  }
  return
}

// -----

// Scores that are in natural units, which pipeline-fold-affine does not touch.
// LEFT: error: 'tile.score' op yields scores in natural units, and the softmax takes base 2; run tile-use-base2 first
// ENTRIES: error: 'func.func' op is what a thread block does; run convert-pipeline-to-threads first
func.func @natural(%q: memref<1x1x64x64xf16>, %n: index) attributes {
    camber.geometry = #tile.geometry<heads = 1, kv_heads = 1, head_dim = 64, rows = 64, keys = 64, packed = false>,
    camber.schedule = #pipeline.schedule<warps = 4>} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %batch, %kv_head, %rows, %split = pipeline.program_id q_len %n splits %c1
    <heads = 1, kv_heads = 1, head_dim = 64, rows = 64, keys = 64, packed = false> : <64>
  %ring = pipeline.ring : <1 x 64x64xf16>
  %stage = pipeline.stage %ring[%c0] : <1 x 64x64xf16> -> <64x64xf16>
  %m, %l, %o = tile.init_state %rows kv_head %kv_head split %split : !tile.rows<64> -> !tile.tile<64xf32>, !tile.tile<64xf32>, !tile.tile<64x64xf32>
  %state:2 = scf.for %t = %c0 to %n step %c1 iter_args(%x = %m, %y = %l) -> (!tile.tile<64xf32>, !tile.tile<64xf32>) {
    %dots, %dots_done = pipeline.dot %stage, %stage scale 0.125 : <64x64xf16>, <64x64xf16> -> <64x64xf32>
    %scores = tile.score %dots rows %rows batch %batch kv_head %kv_head query_base %n keys %c0 key_base %n
      : !tile.tile<64x64xf32>, !tile.rows<64> -> !tile.tile<64x64xf32> {
    ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %i: i32, %k: i32):
      tile.yield %s : f32
    }
    %p, %x2, %y2, %rescale = pipeline.softmax_update %scores, %x, %y : <64x64xf32>, <64xf32>, <64xf32> -> <64x64xf32>, <64xf32>, <64xf32>, <64xf32>
    scf.yield %x2, %y2 : !tile.tile<64xf32>, !tile.tile<64xf32>
  }
  return
}

// -----

// LEFT: error: 'tile.score' op masks [#attn.causal] were not fused; run tile-fuse-scores first
// ENTRIES: error: 'func.func' op is what a thread block does; run convert-pipeline-to-threads first
func.func @masks(%q: memref<1x1x64x64xf16>, %n: index) attributes {
    camber.geometry = #tile.geometry<heads = 1, kv_heads = 1, head_dim = 64, rows = 64, keys = 64, packed = false>,
    camber.schedule = #pipeline.schedule<warps = 4>} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %batch, %kv_head, %rows, %split = pipeline.program_id q_len %n splits %c1
    <heads = 1, kv_heads = 1, head_dim = 64, rows = 64, keys = 64, packed = false> : <64>
  %ring = pipeline.ring : <1 x 64x64xf16>
  %stage = pipeline.stage %ring[%c0] : <1 x 64x64xf16> -> <64x64xf16>
  %dots, %dots_done = pipeline.dot %stage, %stage : <64x64xf16>, <64x64xf16> -> <64x64xf32>
  %scores = tile.score %dots rows %rows batch %batch kv_head %kv_head query_base %n keys %c0 key_base %n masks [#attn.causal]
    : !tile.tile<64x64xf32>, !tile.rows<64> -> !tile.tile<64x64xf32> {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %i: i32, %k: i32):
    tile.yield %s : f32
  }
  return
}
