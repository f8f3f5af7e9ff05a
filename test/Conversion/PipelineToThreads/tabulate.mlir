// RUN: camber-opt %s --convert-pipeline-to-threads=machine=#nvptx.ampere --canonicalize --cse --split-input-file --verify-diagnostics | FileCheck %s

#geometry = #tile.geometry<heads = 2, kv_heads = 2, head_dim = 96, rows = 64, keys = 96, packed = false>
#schedule = #pipeline.schedule<warps = 4>

// 160 entries: one of each of the 128 threads, and one more of 32. A thread reads its entries at constants from one place a
// row: columns 0, 1, 8, 9, …
// CHECK-LABEL: func.func @table
// CHECK-SAME: camber.shared_bytes = 640
// CHECK: %[[THREAD:.*]] = nvvm.read.ptx.sreg.tid.x
// CHECK: %[[DISTANCE:.*]] = arith.addi %{{.*}}, %[[THREAD]] : i32
// CHECK: %[[NUMBER:.*]] = arith.sitofp %[[DISTANCE]] : i32 to f32
// CHECK: llvm.store %[[NUMBER]], %{{.*}} : f32, !llvm.ptr<3>
// CHECK: %[[MORE:.*]] = arith.addi %[[THREAD]], %c128_i32 : i32
// CHECK: %[[EXISTS:.*]] = arith.cmpi ult, %[[MORE]], %c160_i32 : i32
// CHECK: scf.if %[[EXISTS]] {
// CHECK: llvm.store
// CHECK: nvvm.barrier0
// CHECK: %[[ROW:.*]] = llvm.getelementptr %{{.*}}[%{{.*}}] : (!llvm.ptr<3>, i32) -> !llvm.ptr<3>, i8
// CHECK: llvm.load %[[ROW]] : !llvm.ptr<3> -> f32
// CHECK: %[[ONE:.*]] = llvm.getelementptr %[[ROW]][4]
// CHECK: llvm.load %[[ONE]] : !llvm.ptr<3> -> f32
// CHECK: llvm.getelementptr %[[ROW]][32]
func.func @table(%n: index, %least: i32, %o: memref<1x2x?x96xf16>, %partials: memref<?xf32>)
    attributes {camber.geometry = #geometry, camber.schedule = #schedule} {
  %c0 = arith.constant 0 : index
  %batch, %head, %rows, %split = pipeline.program_id q_len %n splits %n <heads = 2, kv_heads = 2, head_dim = 96, rows = 64, keys = 96, packed = false> : <64>
  %table = pipeline.table : memref<160xf32, 3>
  %first = tile.block_head %rows : <64>
  pipeline.tabulate %table from %least batch %batch head %first : memref<160xf32, 3> {
  ^bb0(%b: i32, %h: i32, %distance: i32):
    %x = arith.sitofp %distance : i32 to f32
    tile.yield %x : f32
  }
  pipeline.barrier
  %m, %l, %out = tile.init_state %rows kv_head %head split %split : <64> -> <64xf32>, <64xf32>, <64x96xf32>
  %scores = tile.score %out rows %rows batch %batch kv_head %head query_base %c0 keys %c0 key_base %c0 params(%table, %least : memref<160xf32, 3>, i32) base2
      : !tile.tile<64x96xf32>, !tile.rows<64> -> !tile.tile<64x96xf32> {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %query: i32, %key: i32, %t: memref<160xf32, 3>, %from: i32):
    %e = pipeline.entry %t from %from at(%p, %j) : memref<160xf32, 3>
    %x = arith.addf %s, %e : f32
    tile.yield %x : f32
  }
  pipeline.epilogue %rows batch %batch kv_head %head split %split of %n state(%m, %l, %scores : <64xf32>, <64xf32>, <64x96xf32>)
      outs(%o : memref<1x2x?x96xf16>) partials(%partials : memref<?xf32>) : <64>
  return
}

// -----

#geometry = #tile.geometry<heads = 8, kv_heads = 2, head_dim = 64, rows = 64, keys = 96, packed = true>

func.func @packed(%n: index, %least: i32) attributes {camber.geometry = #geometry, camber.schedule = #pipeline.schedule<warps = 4>} {
  %batch, %head, %rows, %split = pipeline.program_id q_len %n splits %n <heads = 8, kv_heads = 2, head_dim = 64, rows = 64, keys = 96, packed = true> : <64>
  %table = pipeline.table : memref<160xf32, 3>
  // expected-error @below {{needs rows of one head, and those of this block are packed}}
  %first = tile.block_head %rows : <64>
  pipeline.tabulate %table from %least batch %batch head %first : memref<160xf32, 3> {
  ^bb0(%b: i32, %h: i32, %distance: i32):
    %x = arith.sitofp %distance : i32 to f32
    tile.yield %x : f32
  }
  return
}
