// RUN: camber-opt %s --convert-pipeline-to-threads=machine=#nvptx.ampere --canonicalize --cse | FileCheck %s

// A wait leaves as many groups pending as copies began after the last of its tokens: around the loop, two after the carried one.
// CHECK-LABEL: func.func @waits
// CHECK: nvvm.cp.async.commit.group
// CHECK: nvvm.cp.async.commit.group
// CHECK: nvvm.cp.async.wait.group 1
// CHECK: scf.for
// CHECK: nvvm.cp.async.commit.group
// CHECK: nvvm.cp.async.commit.group
// CHECK: nvvm.cp.async.wait.group 2
// CHECK-NEXT: nvvm.barrier0
// CHECK: nvvm.cp.async.wait.group 0
func.func @waits(%k: memref<1x1x64x64xf16>, %n: index) attributes {
    camber.geometry = #tile.geometry<heads = 1, kv_heads = 1, head_dim = 64, rows = 64, keys = 64, packed = false>,
    camber.schedule = #pipeline.schedule<warps = 4>} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %ring = pipeline.ring : <4 x 64x64xf16>
  %stage = pipeline.stage %ring[%c0] : <4 x 64x64xf16> -> <64x64xf16>
  pipeline.copy_keys %k[%c0, %c0, %c0] count %n to %stage : memref<1x1x64x64xf16> -> <64x64xf16>
  %a = pipeline.commit %stage : <64x64xf16>
  pipeline.copy_keys %k[%c0, %c0, %c0] count %n to %stage : memref<1x1x64x64xf16> -> <64x64xf16>
  %b = pipeline.commit %stage : <64x64xf16>
  pipeline.wait %a
  %last = scf.for %i = %c0 to %n step %c1 iter_args(%carried = %b) -> (!pipeline.token) {
    pipeline.copy_keys %k[%c0, %c0, %c0] count %n to %stage : memref<1x1x64x64xf16> -> <64x64xf16>
    %x = pipeline.commit %stage : <64x64xf16>
    pipeline.copy_keys %k[%c0, %c0, %c0] count %n to %stage : memref<1x1x64x64xf16> -> <64x64xf16>
    %y = pipeline.commit %stage : <64x64xf16>
    pipeline.wait %carried
    pipeline.barrier
    scf.yield %y : !pipeline.token
  }
  pipeline.wait %last
  return
}

// 64 rows of 8 chunks of 16 bytes, by 128 threads: 4 copies each. Chunk c of row r lies at c xor (r mod 8). A row of 5 chunks is
// padded to an odd number, 5, and has no such order; 64 · 5 chunks are no multiple of the threads.
// CHECK-LABEL: func.func @swizzle
// CHECK-SAME: camber.shared_bytes = 8192
// CHECK: arith.xori
// CHECK-COUNT-4: nvvm.cp.async.shared.global %{{.*}}, %{{.*}}, 16, cache = cg, %{{.*}} :
// CHECK-NOT: nvvm.cp.async.shared.global
// CHECK: nvvm.cp.async.commit.group
func.func @swizzle(%k: memref<1x1x64x64xf16>, %n: index) attributes {
    camber.geometry = #tile.geometry<heads = 1, kv_heads = 1, head_dim = 64, rows = 64, keys = 64, packed = false>,
    camber.schedule = #pipeline.schedule<warps = 4>} {
  %c0 = arith.constant 0 : index
  %ring = pipeline.ring : <1 x 64x64xf16>
  %stage = pipeline.stage %ring[%c0] : <1 x 64x64xf16> -> <64x64xf16>
  pipeline.copy_keys %k[%c0, %c0, %c0] count %n to %stage : memref<1x1x64x64xf16> -> <64x64xf16>
  %a = pipeline.commit %stage : <64x64xf16>
  return
}
// CHECK-LABEL: func.func @padded
// CHECK-SAME: camber.shared_bytes = 5120
// CHECK-NOT: arith.xori
// CHECK-COUNT-2: nvvm.cp.async.shared.global
// CHECK: scf.if
// CHECK: nvvm.cp.async.shared.global
// CHECK: nvvm.cp.async.commit.group
func.func @padded(%k: memref<1x1x64x40xf16>, %n: index) attributes {
    camber.geometry = #tile.geometry<heads = 1, kv_heads = 1, head_dim = 40, rows = 64, keys = 64, packed = false>,
    camber.schedule = #pipeline.schedule<warps = 4>} {
  %c0 = arith.constant 0 : index
  %ring = pipeline.ring : <1 x 64x40xf16>
  %stage = pipeline.stage %ring[%c0] : <1 x 64x40xf16> -> <64x40xf16>
  pipeline.copy_keys %k[%c0, %c0, %c0] count %n to %stage : memref<1x1x64x40xf16> -> <64x40xf16>
  %a = pipeline.commit %stage : <64x40xf16>
  return
}

// A stage is a pointer, which a loop may carry.
// CHECK-LABEL: func.func @carried
// CHECK: scf.for {{.*}} iter_args(%[[STAGE:.*]] = %{{.*}}) -> (!llvm.ptr<3>)
// CHECK: llvm.getelementptr {{.*}}%[[STAGE]]
// CHECK: nvvm.cp.async.shared.global
func.func @carried(%k: memref<1x1x64x64xf16>, %n: index) attributes {
    camber.geometry = #tile.geometry<heads = 1, kv_heads = 1, head_dim = 64, rows = 64, keys = 64, packed = false>,
    camber.schedule = #pipeline.schedule<warps = 4>} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %ring = pipeline.ring : <2 x 64x64xf16>
  %stage = pipeline.stage %ring[%c0] : <2 x 64x64xf16> -> <64x64xf16>
  %last = scf.for %i = %c0 to %n step %c1 iter_args(%s = %stage) -> (!pipeline.stage<64x64xf16>) {
    pipeline.copy_keys %k[%c0, %c0, %c0] count %n to %s : memref<1x1x64x64xf16> -> <64x64xf16>
    %token = pipeline.commit %s : <64x64xf16>
    %next = pipeline.stage %ring[%i] : <2 x 64x64xf16> -> <64x64xf16>
    scf.yield %next : !pipeline.stage<64x64xf16>
  }
  return
}

// Products are complete where they stand on this machine, so that waiting for them alone is nothing; with a copy, it is the copy's
// wait, past which as many copies may be pending as without.
// CHECK-LABEL: func.func @products
// CHECK: nvvm.cp.async.commit.group
// CHECK: nvvm.cp.async.wait.group 0
// CHECK: nvvm.mma.sync
// CHECK-NOT: nvvm.cp.async.wait.group
// CHECK: nvvm.cp.async.commit.group
// CHECK: nvvm.cp.async.commit.group
// CHECK: nvvm.cp.async.wait.group 1
// CHECK-NOT: nvvm.cp.async.wait.group
// CHECK: return
func.func @products(%k: memref<1x1x64x64xf16>, %n: index, %out: memref<1x1x64x64xf16>, %partials: memref<?xf32>) attributes {
    camber.geometry = #tile.geometry<heads = 1, kv_heads = 1, head_dim = 64, rows = 64, keys = 64, packed = false>,
    camber.schedule = #pipeline.schedule<warps = 4>} {
  %c0 = arith.constant 0 : index
  %b, %h, %rows, %split = pipeline.program_id q_len %n splits %n <heads = 1, kv_heads = 1, head_dim = 64, rows = 64, keys = 64, packed = false> : <64>
  %m, %l, %o = tile.init_state %rows kv_head %h split %split : <64> -> <64xf32>, <64xf32>, <64x64xf32>
  %ring = pipeline.ring : <2 x 64x64xf16>
  %stage = pipeline.stage %ring[%c0] : <2 x 64x64xf16> -> <64x64xf16>
  pipeline.acquire %stage : <64x64xf16>
  pipeline.copy_keys %k[%c0, %c0, %c0] count %n to %stage : memref<1x1x64x64xf16> -> <64x64xf16>
  %a = pipeline.commit %stage : <64x64xf16>
  pipeline.wait %a
  pipeline.barrier
  %s, %done = pipeline.dot %stage, %stage : <64x64xf16>, <64x64xf16> -> <64x64xf32>
  pipeline.wait %done
  pipeline.release %stage : <64x64xf16>
  pipeline.epilogue %rows batch %b kv_head %h split %split of %n state(%m, %l, %s : <64xf32>, <64xf32>, <64x64xf32>)
    outs(%out : memref<1x1x64x64xf16>) partials(%partials : memref<?xf32>) : <64>
  %next = pipeline.commit %stage : <64x64xf16>
  %last = pipeline.commit %stage : <64x64xf16>
  pipeline.wait %next, %done
  return
}
