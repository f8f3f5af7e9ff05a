// RUN: not camber-opt %s --choose-tiles=target=pentium 2>&1 | FileCheck %s --check-prefix=UNKNOWN
// RUN: not camber-opt %s --attn-to-tile=target=pentium 2>&1 | FileCheck %s --check-prefix=UNKNOWN
// RUN: not camber-opt %s --choose-tiles=rows=-1 2>&1 | FileCheck %s --check-prefix=ROWS
// RUN: not camber-opt %s --choose-tiles='target=x86-64-v3 keys=-5' 2>&1 | FileCheck %s --check-prefix=KEYS
// RUN: not camber-opt %s --attn-to-tile=rows=99999999999 2>&1 | FileCheck %s --check-prefix=LARGE
// RUN: not camber-opt %s --attn-to-tile=pack-max=-2 2>&1 | FileCheck %s --check-prefix=PACK

// UNKNOWN: error: unknown target 'pentium'; there are x86-64-v3, x86-64-v4, aarch64
// ROWS: error: rows and keys must be in 1 … 2^24-1, pack_max in 0 … 2^24-1, got -1, 64 and 32
// KEYS: got 256, -5 and 32
// LARGE: got 99999999999, 64 and 32
// PACK: got 64, 64 and -2
func.func @kernel(%q: memref<1x8x512x64xf32>, %k: memref<1x8x512x64xf32>, %v: memref<1x8x512x64xf32>,
                  %o: memref<1x8x512x64xf32>) {
  attn.attention query(%q : memref<1x8x512x64xf32>) key(%k : memref<1x8x512x64xf32>) value(%v : memref<1x8x512x64xf32>)
    outs(%o : memref<1x8x512x64xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    attn.yield %s
  }
  return
}
