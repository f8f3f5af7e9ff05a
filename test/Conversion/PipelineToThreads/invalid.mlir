// RUN: camber-opt %s --convert-pipeline-to-threads=machine=#nvptx.ampere --split-input-file --verify-diagnostics

// What convert-tile-to-pipeline does not leave is refused where it stands.

#geometry = #tile.geometry<heads = 2, kv_heads = 2, head_dim = 16, rows = 16, keys = 16, packed = false>
// expected-error @below {{rows, keys and head dim must be multiples of 64, 16 and 8 for #pipeline.schedule<warps = 4}}
func.func @rows_of_warps(%n: index) attributes {camber.geometry = #geometry, camber.schedule = #pipeline.schedule<warps = 4>} {
  return
}

// -----

#geometry = #tile.geometry<heads = 2, kv_heads = 2, head_dim = 64, rows = 64, keys = 64, packed = false>
// expected-error @below {{with camber.geometry and camber.schedule must be one block, without results}}
func.func private @declared(%n: index) attributes {camber.geometry = #geometry, camber.schedule = #pipeline.schedule<warps = 4>}

// -----

#geometry = #tile.geometry<heads = 2, kv_heads = 2, head_dim = 64, rows = 64, keys = 64, packed = false>
// expected-error @below {{cannot take an argument of type '!tile.tile<64xf32>'}}
func.func @argument(%t: !tile.tile<64xf32>) attributes {camber.geometry = #geometry, camber.schedule = #pipeline.schedule<warps = 4>} {
  return
}

// -----

#geometry = #tile.geometry<heads = 2, kv_heads = 2, head_dim = 64, rows = 64, keys = 64, packed = false>
func.func @two_instances(%n: index) attributes {camber.geometry = #geometry, camber.schedule = #pipeline.schedule<warps = 4>} {
  %b, %h, %rows, %split = pipeline.program_id q_len %n splits %n <heads = 2, kv_heads = 2, head_dim = 64, rows = 64, keys = 64, packed = false> : <64>
  // expected-error @below {{must be the only one of a function, and outside of its loops}}
  %b2, %h2, %rows2, %split2 = pipeline.program_id q_len %n splits %n <heads = 2, kv_heads = 2, head_dim = 64, rows = 64, keys = 64, packed = false> : <64>
  return
}

// -----

#geometry = #tile.geometry<heads = 2, kv_heads = 2, head_dim = 64, rows = 64, keys = 64, packed = false>
func.func @other_geometry(%n: index) attributes {camber.geometry = #geometry, camber.schedule = #pipeline.schedule<warps = 4>} {
  // expected-error @below {{must have the geometry of the function}}
  %b, %h, %rows, %split = pipeline.program_id q_len %n splits %n <heads = 4, kv_heads = 2, head_dim = 64, rows = 64, keys = 64, packed = false> : <64>
  return
}

// -----

#geometry = #tile.geometry<heads = 2, kv_heads = 2, head_dim = 64, rows = 64, keys = 64, packed = false>
func.func @columns(%n: index) attributes {camber.geometry = #geometry, camber.schedule = #pipeline.schedule<warps = 4>} {
  %c0 = arith.constant 0 : index
  %ring = pipeline.ring : <1 x 64x64xf16>
  %q = pipeline.stage %ring[%c0] : <1 x 64x64xf16> -> <64x64xf16>
  %keys = pipeline.ring : <1 x 24x64xf16>
  %k = pipeline.stage %keys[%c0] : <1 x 24x64xf16> -> <24x64xf16>
  // expected-error @below {{tiles must have the rows of the block, 64, and multiples of 16 columns, got '!tile.tile<64x24xf32>'}}
  %s, %s_done = pipeline.dot %q, %k : <64x64xf16>, <24x64xf16> -> <64x24xf32>
  return
}

// -----

#geometry = #tile.geometry<heads = 2, kv_heads = 2, head_dim = 64, rows = 64, keys = 64, packed = false>
func.func @product(%n: index) attributes {camber.geometry = #geometry, camber.schedule = #pipeline.schedule<warps = 4>} {
  %c0 = arith.constant 0 : index
  %ring = pipeline.ring : <1 x 64x40xf16>
  %q = pipeline.stage %ring[%c0] : <1 x 64x40xf16> -> <64x40xf16>
  // expected-error @below {{rows must have a multiple of 16 columns, got '!pipeline.stage<64x40xf16>'}}
  %s, %s_done = pipeline.dot %q, %q : <64x40xf16>, <64x40xf16> -> <64x64xf32>
  return
}

// -----

#geometry = #tile.geometry<heads = 2, kv_heads = 2, head_dim = 64, rows = 64, keys = 64, packed = false>
func.func @shared(%n: index) attributes {camber.geometry = #geometry, camber.schedule = #pipeline.schedule<warps = 4>} {
  %ring = pipeline.ring : <2 x 512x64xf16>
  // expected-error @below {{brings the shared memory of the block to 262144 bytes, and no target has more than 232448}}
  %more = pipeline.ring : <2 x 512x64xf16>
  return
}

// -----

#geometry = #tile.geometry<heads = 2, kv_heads = 2, head_dim = 64, rows = 64, keys = 64, packed = false>
func.func @branch(%c: i1) attributes {camber.geometry = #geometry, camber.schedule = #pipeline.schedule<warps = 4>} {
  scf.if %c {
    // expected-error @below {{has no form for threads in scf.if; loops are scf.for, branches scf.index_switch}}
    pipeline.barrier
  }
  return
}

// -----

#geometry = #tile.geometry<heads = 2, kv_heads = 2, head_dim = 64, rows = 64, keys = 64, packed = false>
func.func @select(%c: i1) attributes {camber.geometry = #geometry, camber.schedule = #pipeline.schedule<warps = 4>} {
  %ring = pipeline.ring : <1 x 64x64xf16>
  %other = pipeline.ring : <1 x 64x64xf16>
  // expected-error @below {{has no form for threads: '!pipeline.ring<1 x 64x64xf16>' is for ops of the pipeline}}
  %same = arith.select %c, %ring, %other : !pipeline.ring<1 x 64x64xf16>
  return
}

// -----

#geometry = #tile.geometry<heads = 2, kv_heads = 2, head_dim = 64, rows = 64, keys = 64, packed = false>
func.func @table(%n: index) -> () attributes {camber.geometry = #geometry, camber.schedule = #pipeline.schedule<warps = 4>} {
  %table = pipeline.table : memref<160xf32, 3>
  // expected-error @below {{cannot read a pipeline.table; only pipeline.tabulate and the pipeline.entry of a tile.score can}}
  %x = memref.load %table[%n] : memref<160xf32, 3>
  return
}

// -----

#geometry = #tile.geometry<heads = 2, kv_heads = 2, head_dim = 64, rows = 64, keys = 64, packed = false>
// expected-error @below {{cannot take an argument of type 'memref<160xf32, 3>'}}
func.func @no_table(%table: memref<160xf32, 3>) attributes {camber.geometry = #geometry, camber.schedule = #pipeline.schedule<warps = 4>} {
  return
}

// -----

#geometry = #tile.geometry<heads = 2, kv_heads = 2, head_dim = 64, rows = 64, keys = 64, packed = false>
func.func @other_table() attributes {camber.geometry = #geometry, camber.schedule = #pipeline.schedule<warps = 4>} {
  // expected-error @below {{has no form for threads: 'memref<160xf32, 3>' is for ops of the pipeline}}
  %table = memref.alloca() : memref<160xf32, 3>
  return
}

// -----

#geometry = #tile.geometry<heads = 2, kv_heads = 2, head_dim = 64, rows = 64, keys = 64, packed = true>
func.func @block_head(%n: index) attributes {camber.geometry = #geometry, camber.schedule = #pipeline.schedule<warps = 4>} {
  %batch, %head, %rows, %split = pipeline.program_id q_len %n splits %n <heads = 2, kv_heads = 2, head_dim = 64, rows = 64, keys = 64, packed = true> : <64>
  // expected-error @below {{needs rows of one head, and those of this block are packed}}
  %h = tile.block_head %rows : <64>
  return
}

// -----

#geometry = #tile.geometry<heads = 2, kv_heads = 2, head_dim = 64, rows = 64, keys = 64, packed = false>
#map = affine_map<(a, b, c, d) -> (d, c, b, a floordiv 2)>
func.func @strides(%k: memref<1x2x64x64xf16, #map>, %n: index) attributes {camber.geometry = #geometry, camber.schedule = #pipeline.schedule<warps = 4>} {
  %c0 = arith.constant 0 : index
  %ring = pipeline.ring : <1 x 64x64xf16>
  %stage = pipeline.stage %ring[%c0] : <1 x 64x64xf16> -> <64x64xf16>
  // expected-error @below {{memrefs must be strided, got 'memref<1x2x64x64xf16}}
  pipeline.copy_keys %k[%c0, %c0, %c0] count %n to %stage : memref<1x2x64x64xf16, #map> -> <64x64xf16>
  %token = pipeline.commit %stage : <64x64xf16>
  return
}

// -----

// What is refused inside of a region that has a form is refused by itself, once.
#geometry = #tile.geometry<heads = 2, kv_heads = 2, head_dim = 64, rows = 64, keys = 64, packed = false>
func.func @tile_op(%n: index) attributes {camber.geometry = #geometry, camber.schedule = #pipeline.schedule<warps = 4>} {
  %batch, %head, %rows, %split = pipeline.program_id q_len %n splits %n <heads = 2, kv_heads = 2, head_dim = 64, rows = 64, keys = 64, packed = false> : <64>
  %m, %l, %o = tile.init_state %rows kv_head %head split %split : <64> -> <64xf32>, <64xf32>, <64x64xf32>
  // expected-error @below {{failed to legalize operation 'tile.dot'}}
  %s = tile.dot %o, %o : !tile.tile<64x64xf32>, !tile.tile<64x64xf32> -> !tile.tile<64x64xf32>
  return
}

// -----

#geometry = #tile.geometry<heads = 2, kv_heads = 2, head_dim = 64, rows = 64, keys = 64, packed = false>
func.func @init(%n: index) attributes {camber.geometry = #geometry, camber.schedule = #pipeline.schedule<warps = 4>} {
  %batch, %head, %rows, %split = pipeline.program_id q_len %n splits %n <heads = 2, kv_heads = 2, head_dim = 64, rows = 64, keys = 64, packed = false> : <64>
  // expected-error @below {{output must have the head dim of the geometry, 64}}
  %m, %l, %o = tile.init_state %rows kv_head %head split %split : <64> -> <64xf32>, <64xf32>, <64x32xf32>
  return
}

// -----

#geometry = #tile.geometry<heads = 2, kv_heads = 2, head_dim = 64, rows = 64, keys = 64, packed = false>
func.func @key_norms(%k: memref<1x2x?x20xf16>, %n: index, %norms: memref<2x?xf32>)
    attributes {camber.geometry = #geometry, camber.schedule = #pipeline.schedule<warps = 4>} {
  %c0 = arith.constant 0 : index
  // expected-error @below {{keys must be a multiple of 16 bytes, got 'memref<1x2x?x20xf16>'}}
  pipeline.key_norms %k[%c0, %c0] keys %c0 to %n into %norms : memref<1x2x?x20xf16>, memref<2x?xf32>
  return
}
