// RUN: camber-opt %s --convert-pipeline-to-threads=machine=#nvptx.ampere --canonicalize --split-input-file | FileCheck %s

#geometry = #tile.geometry<heads = 2, kv_heads = 2, head_dim = 64, rows = 64, keys = 64, packed = false>
#schedule = #pipeline.schedule<warps = 4>

// Where the results go is computed from thread and block as they are read again: none of it lives through loops over keys.
// Sums are those of the four lanes of a row; a row is divided by its sum, and its 16 pairs of columns are stored as results
// or, of several splits, as partial ones.
// CHECK-LABEL: func.func @finish
// CHECK: llvm.inline_asm has_side_effects "mov.u32 $0, %tid.x;", "=r"
// CHECK: llvm.inline_asm has_side_effects "mov.u32 $0, %nctaid.x;", "=r"
// CHECK: llvm.inline_asm has_side_effects "mov.u32 $0, %ctaid.x;", "=r"
// CHECK: llvm.inline_asm has_side_effects "mov.u32 $0, %ctaid.y;", "=r"
// CHECK: llvm.inline_asm has_side_effects "mov.u32 $0, %ctaid.z;", "=r"
// CHECK-NOT: nvvm.read.ptx.sreg
// CHECK-COUNT-2: nvvm.shfl.sync bfly
// CHECK: llvm.call_intrinsic "llvm.nvvm.rcp.approx.ftz.f"
// CHECK: scf.if
// CHECK: scf.if
// CHECK-COUNT-8: llvm.store %{{.*}} : vector<2xf16>, !llvm.ptr<1>
// CHECK: else
// CHECK-COUNT-8: llvm.store %{{.*}} : vector<2xf32>, !llvm.ptr<1>
func.func @finish(%o: memref<1x2x?x64xf16>, %n: index, %splits: index, %partials: memref<?xf32>)
    attributes {camber.geometry = #geometry, camber.schedule = #schedule} {
  %batch, %head, %rows, %split = pipeline.program_id q_len %n splits %splits <heads = 2, kv_heads = 2, head_dim = 64, rows = 64, keys = 64, packed = false> : <64>
  %m, %l, %out = tile.init_state %rows kv_head %head split %split : <64> -> <64xf32>, <64xf32>, <64x64xf32>
  pipeline.epilogue %rows batch %batch kv_head %head split %split of %splits state(%m, %l, %out : <64xf32>, <64xf32>, <64x64xf32>)
      outs(%o : memref<1x2x?x64xf16>) partials(%partials : memref<?xf32>) : <64>
  return
}

// -----

#geometry = #tile.geometry<heads = 2, kv_heads = 2, head_dim = 64, rows = 64, keys = 64, packed = false>
#schedule = #pipeline.schedule<warps = 4>

// The largest of what the splits have seen, then their sums and outputs.
// CHECK-LABEL: func.func @combine
// CHECK: scf.for
// CHECK: scf.for
// CHECK: arith.maxnumf
// CHECK: scf.for
// CHECK: ex2.approx.ftz
// CHECK: llvm.call_intrinsic "llvm.nvvm.rcp.approx.ftz.f"
// CHECK: llvm.store %{{.*}} : vector<2xf16>, !llvm.ptr<1>
func.func @combine(%o: memref<1x2x?x64xf16>, %n: index, %partials: memref<?xf32>)
    attributes {camber.geometry = #geometry, camber.schedule = #schedule} {
  %c1 = arith.constant 1 : index
  %batch, %head, %rows, %split = pipeline.program_id q_len %n splits %c1 <heads = 2, kv_heads = 2, head_dim = 64, rows = 64, keys = 64, packed = false> : <64>
  pipeline.combine %rows batch %batch kv_head %head splits %n outs(%o : memref<1x2x?x64xf16>) partials(%partials : memref<?xf32>) : <64>
  return
}
