// RUN: camber-opt %s --convert-pipeline-to-threads=machine=#nvptx.ampere --canonicalize --split-input-file | FileCheck %s

#geometry = #tile.geometry<heads = 2, kv_heads = 2, head_dim = 64, rows = 64, keys = 64, packed = false>
#schedule = #pipeline.schedule<warps = 4>

// The four lanes of a row take two chunks of it each. The norm is computed here, and not in the branch that needs it.
// CHECK-LABEL: func.func @row_norms
// CHECK-COUNT-2: llvm.load %{{.*}} {alignment = 16 : i64} : !llvm.ptr<3> -> vector<8xf16>
// CHECK: llvm.call_intrinsic "llvm.nvvm.sqrt.approx.ftz.f"
// CHECK: llvm.inline_asm has_side_effects "mov.b32 $0, $1;", "=f,f"
// CHECK-COUNT-2: llvm.load %{{.*}} {alignment = 16 : i64} : !llvm.ptr<3> -> vector<8xf16>
// CHECK: llvm.call_intrinsic "llvm.nvvm.sqrt.approx.ftz.f"
func.func @row_norms(%n: index, %lo: index, %hi: index, %norms: memref<2x?xf32>, %out: memref<index>)
    attributes {camber.geometry = #geometry, camber.schedule = #schedule} {
  %c0 = arith.constant 0 : index
  %batch, %head, %rows, %split = pipeline.program_id q_len %n splits %n <heads = 2, kv_heads = 2, head_dim = 64, rows = 64, keys = 64, packed = false> : <64>
  %ring = pipeline.ring : <1 x 64x64xf16>
  %stage = pipeline.stage %ring[%c0] : <1 x 64x64xf16> -> <64x64xf16>
  %q = pipeline.row_norms %stage : <64x64xf16> -> <64xf32>
  %m, %l, %o = tile.init_state %rows kv_head %head split %split : <64> -> <64xf32>, <64xf32>, <64x64xf32>
  // Bisection: every turn all threads look at their rows, and a barrier tells all whether they agree.
  // CHECK: scf.while
  // CHECK: do
  // CHECK: nvvm.barrier #nvvm.reduction<and>
  // CHECK: nvvm.vote.sync all
  // CHECK: arith.select
  // CHECK: scf.yield
  %end = tile.skip_range left %lo to %hi step 64 of %n rows %rows batch %batch kv_head %head query_base %c0 key_base %c0
      state(%m, %l : !tile.tile<64xf32>, !tile.tile<64xf32>) norms(%q, %norms : !tile.tile<64xf32>, memref<2x?xf32>)
      base2 : !tile.rows<64> {
  ^bb0(%limit: f32, %b: i32, %h: i32, %p: i32, %first: i32, %last: i32):
    tile.yield %limit : f32
  }
  memref.store %end, %out[] : memref<index>
  return
}

// -----

#geometry = #tile.geometry<heads = 2, kv_heads = 2, head_dim = 64, rows = 64, keys = 64, packed = false>
#schedule = #pipeline.schedule<warps = 4>

// A warp has a block of keys at a time, a lane two keys; then maxima run up and down over the blocks.
// CHECK-LABEL: func.func @key_norms
// CHECK: scf.for
// CHECK-COUNT-2: scf.for
// CHECK-COUNT-5: nvvm.shfl.sync bfly
// CHECK: nvvm.barrier0
// CHECK-COUNT-5: nvvm.shfl.sync up
// CHECK: nvvm.shfl.sync idx
// CHECK-COUNT-5: nvvm.shfl.sync up
func.func @key_norms(%k: memref<1x2x?x64xf16>, %n: index, %norms: memref<2x?xf32>)
    attributes {camber.geometry = #geometry, camber.schedule = #schedule} {
  %c0 = arith.constant 0 : index
  pipeline.key_norms %k[%c0, %c0] keys %c0 to %n into %norms : memref<1x2x?x64xf16>, memref<2x?xf32>
  return
}

// -----

#geometry = #tile.geometry<heads = 2, kv_heads = 2, head_dim = 64, rows = 64, keys = 64, packed = false>
#schedule = #pipeline.schedule<warps = 4>

// From above, the first key of what would be skipped has the norm, of the maxima that run down. Where nothing is skipped
// the range ends where it did, though that be within a tile.
// CHECK-LABEL: func.func @above
// CHECK-SAME: (%{{.*}}: index, %[[LO:.*]]: index, %[[HI:.*]]: index, %[[NORMS:.*]]: memref<2x?xf32>,
// CHECK-DAG: %[[LO32:.*]] = arith.index_cast %[[LO]] : index to i32
// CHECK-DAG: %[[HI32:.*]] = arith.index_cast %[[HI]] : index to i32
// CHECK: %[[MOST:.*]] = arith.maxsi %[[HI32]], %[[LO32]] : i32
// CHECK: arith.muli %strides#0, %c4 : index
// CHECK: %[[RANGE:.*]] = arith.subi %[[MOST]], %[[LO32]] : i32
// CHECK: %[[TILES:.*]] = arith.ceildivui %[[RANGE]], %c64_i32
// CHECK: scf.while
// CHECK: do
// CHECK: ^bb0(%{{.*}}: i32, %{{.*}}: i32, %[[TRY:.*]]: i32)
// CHECK: %[[KEPT:.*]] = arith.subi %[[TILES]], %[[TRY]]
// CHECK: %[[SKIPPED:.*]] = arith.muli %[[KEPT]], %c64_i32
// CHECK: %[[FIRST:.*]] = arith.addi %[[LO32]], %[[SKIPPED]]
// CHECK: arith.divui %[[FIRST]], %c64_i32
// CHECK: %[[END:.*]] = arith.select %{{.*}}, %[[MOST]], %{{.*}} : i32
// CHECK: arith.index_castui %[[END]] : i32 to index
func.func @above(%n: index, %lo: index, %hi: index, %norms: memref<2x?xf32>, %out: memref<index>)
    attributes {camber.geometry = #geometry, camber.schedule = #schedule} {
  %c0 = arith.constant 0 : index
  %batch, %head, %rows, %split = pipeline.program_id q_len %n splits %n <heads = 2, kv_heads = 2, head_dim = 64, rows = 64, keys = 64, packed = false> : <64>
  %ring = pipeline.ring : <1 x 64x64xf16>
  %stage = pipeline.stage %ring[%c0] : <1 x 64x64xf16> -> <64x64xf16>
  %q = pipeline.row_norms %stage : <64x64xf16> -> <64xf32>
  %m, %l, %o = tile.init_state %rows kv_head %head split %split : <64> -> <64xf32>, <64xf32>, <64x64xf32>
  %end = tile.skip_range right %lo to %hi step 64 of %n rows %rows batch %batch kv_head %head query_base %c0 key_base %c0
      state(%m, %l : !tile.tile<64xf32>, !tile.tile<64xf32>) norms(%q, %norms : !tile.tile<64xf32>, memref<2x?xf32>)
      base2 : !tile.rows<64> {
  ^bb0(%limit: f32, %b: i32, %h: i32, %p: i32, %first: i32, %last: i32):
    tile.yield %limit : f32
  }
  memref.store %end, %out[] : memref<index>
  return
}
