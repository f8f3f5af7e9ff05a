// RUN: camber-opt %s --choose-tiles=target=x86-64-v3 | FileCheck %s --check-prefixes=V3,HAND
// RUN: camber-opt %s --choose-tiles=target=x86-64-v4 | FileCheck %s --check-prefixes=V4,HAND
// RUN: camber-opt %s --choose-tiles='target=x86-64-v3 rows=8 keys=48 pack-max=0' | FileCheck %s --check-prefixes=GIVEN,HAND
// RUN: camber-opt %s --choose-tiles=keys=48 | FileCheck %s --check-prefixes=ALONE,HAND
// RUN: camber-opt %s --choose-tiles=target=x86-64-v3 --convert-attn-to-tile | FileCheck %s --check-prefix=USED

// One query per head: a block of as many rows as lanes, which become those of keys. A size that is given wins over the target.
// A few rows wait for memory: long tiles, read in several streams.
// V3: tile.shape = #tile.shape<rows = 8, keys = 512, pack_max = 32>
// V4: tile.shape = #tile.shape<rows = 16, keys = 512, pack_max = 32>
// GIVEN: tile.shape = #tile.shape<rows = 8, keys = 48, pack_max = 0>
// ALONE: tile.shape = #tile.shape<rows = 64, keys = 48, pack_max = 32>
// USED: tile.kernel {{.*}}rows = 8, keys = 512, packed = true
func.func @decode(%q: memref<1x8x1x64xf32>, %k: memref<1x2x512x64xf32>, %o: memref<1x8x1x64xf32>) {
  attn.attention query(%q : memref<1x8x1x64xf32>) key(%k : memref<1x2x512x64xf32>) value(%k : memref<1x2x512x64xf32>)
    outs(%o : memref<1x8x1x64xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    attn.yield %s
  }
  return
}

// Many queries: as many rows as leave their outputs in the second-level cache.
// V3: tile.shape = #tile.shape<rows = 256, keys = 128, pack_max = 32>
// V4: tile.shape = #tile.shape<rows = 512, keys = 64, pack_max = 32>
func.func @prefill(%q: memref<1x8x512x64xf32>, %k: memref<1x2x512x64xf32>, %o: memref<1x8x512x64xf32>) {
  attn.attention query(%q : memref<1x8x512x64xf32>) key(%k : memref<1x2x512x64xf32>) value(%k : memref<1x2x512x64xf32>)
    outs(%o : memref<1x8x512x64xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    attn.yield %s
  }
  return
}

// Of a large head dim fewer.
// V3: tile.shape = #tile.shape<rows = 256, keys = 96, pack_max = 32>
// V4: tile.shape = #tile.shape<rows = 256, keys = 64, pack_max = 32>
func.func @wide(%q: memref<1x8x512x256xf32>, %k: memref<1x2x512x256xf32>, %o: memref<1x8x512x256xf32>) {
  attn.attention query(%q : memref<1x8x512x256xf32>) key(%k : memref<1x2x512x256xf32>) value(%k : memref<1x2x512x256xf32>)
    outs(%o : memref<1x8x512x256xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    attn.yield %s
  }
  return
}

// What somebody wrote by hand stays.
// HAND: tile.shape = #tile.shape<rows = 4, keys = 6, pack_max = 7>
// USED: tile.kernel {{.*}}rows = 4, keys = 6, packed = true
func.func @by_hand(%q: memref<1x8x1x64xf32>, %k: memref<1x2x512x64xf32>, %o: memref<1x8x1x64xf32>) {
  attn.attention query(%q : memref<1x8x1x64xf32>) key(%k : memref<1x2x512x64xf32>) value(%k : memref<1x2x512x64xf32>)
    outs(%o : memref<1x8x1x64xf32>) attributes {tile.shape = #tile.shape<rows = 4, keys = 6, pack_max = 7>} scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    attn.yield %s
  }
  return
}
