// RUN: camber-opt %s --convert-tile-to-pipeline --canonicalize --cse --split-input-file | FileCheck %s

// Loops that go on from each other become one only where they differ in their scores alone. These differ in the scale of their
// products: each has its own copies, in the same rings, and the second begins behind the first.
#geometry = #tile.geometry<heads = 2, kv_heads = 2, head_dim = 64, rows = 64, keys = 64, packed = false>
!s = !tile.tile<64xf32>
!t = !tile.tile<64x64xf32>
// CHECK-LABEL: func.func @scales_main
// CHECK: pipeline.copy_rows
// CHECK-NEXT: %[[ROWS:.*]] = pipeline.commit
// CHECK: %[[KEYS:.*]] = pipeline.ring
// CHECK: pipeline.ring
// CHECK-NOT: pipeline.ring
// CHECK: scf.for
// CHECK: pipeline.wait %{{[^ ]*}}, %[[ROWS]]
// CHECK: pipeline.dot %{{.*}}, %{{.*}} : <64x64xf16>
// CHECK-NOT: pipeline.wait {{.*}}#
// CHECK: %[[STAGE:.*]] = pipeline.stage %[[KEYS]]
// CHECK: pipeline.copy_keys {{.*}} to %[[STAGE]]
// CHECK: %[[LOOP:.*]]:4 = scf.for
// CHECK: pipeline.wait
// CHECK-NEXT: pipeline.barrier
// CHECK: pipeline.dot {{.*}} scale 2.000000e+00
// CHECK: pipeline.wait %[[LOOP]]#3
// CHECK-NEXT: pipeline.epilogue
func.func @scales(%q: memref<1x2x64x64xf16>, %k: memref<1x2x256x64xf16>, %v: memref<1x2x256x64xf16>, %o: memref<1x2x64x64xf16>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  %c128 = arith.constant 128 : index
  %c256 = arith.constant 256 : index
  tile.kernel batch(%c1) q_len(%c64) #geometry schedule #pipeline.schedule<warps = 4> {
  ^bb0(%b: index, %g: index, %rows: !tile.rows<64>, %split: index, %splits: index):
    %tile = tile.load_rows %q[%b, %g, %rows] : memref<1x2x64x64xf16>, !tile.rows<64> -> !t
    %init:3 = tile.init_state %rows kv_head %g split %split : !tile.rows<64> -> !s, !s, !t
    %left:3 = tile.for_keys %c0 to %c128 step 64 full iter(%init#0, %init#1, %init#2 : !s, !s, !t) -> (!s, !s, !t) {
    ^bb0(%first: index, %count: index, %m: !s, %l: !s, %out: !t):
      %keys = tile.load_keys %k[%b, %g, %first] count %count : memref<1x2x256x64xf16> -> !t
      %dot = tile.dot %tile, %keys : !t, !t -> !t
      %p, %m2, %l2, %r = tile.softmax_update %dot, %m, %l : !t, !s, !s -> !t, !s, !s, !s
      %values = tile.load_keys %v[%b, %g, %first] count %count : memref<1x2x256x64xf16> -> !t
      %sum = tile.accumulate %p, %values into %out rescale %r : !t, !t, !t, !s -> !t
      tile.yield %m2, %l2, %sum : !s, !s, !t
    }
    %all:3 = tile.for_keys %c128 to %c256 step 64 full iter(%left#0, %left#1, %left#2 : !s, !s, !t) -> (!s, !s, !t) {
    ^bb0(%first: index, %count: index, %m: !s, %l: !s, %out: !t):
      %keys = tile.load_keys %k[%b, %g, %first] count %count : memref<1x2x256x64xf16> -> !t
      %dot = tile.dot %tile, %keys scale 2.0 : !t, !t -> !t
      %p, %m2, %l2, %r = tile.softmax_update %dot, %m, %l : !t, !s, !s -> !t, !s, !s, !s
      %values = tile.load_keys %v[%b, %g, %first] count %count : memref<1x2x256x64xf16> -> !t
      %sum = tile.accumulate %p, %values into %out rescale %r : !t, !t, !t, !s -> !t
      tile.yield %m2, %l2, %sum : !s, !s, !t
    }
    tile.epilogue %rows batch %b kv_head %g split %split of %splits state(%all#0, %all#1, %all#2 : !s, !s, !t)
      outs(%o : memref<1x2x64x64xf16>) : !tile.rows<64>
  }
  return
}

// -----

// What the patterns leave is scheduled whatever the order in which a loop loads: values before keys, and keys that are read twice.
// Their stage is free behind the second product, before which the values are waited for.
#geometry = #tile.geometry<heads = 2, kv_heads = 2, head_dim = 64, rows = 64, keys = 64, packed = false>
!s = !tile.tile<64xf32>
!t = !tile.tile<64x64xf32>
// CHECK-LABEL: func.func @twice_main
// CHECK: scf.for
// CHECK: pipeline.wait
// CHECK-NEXT: pipeline.barrier
// CHECK: pipeline.copy_keys %arg2
// CHECK-NEXT: %[[VALUES:.*]] = pipeline.commit
// CHECK: %{{.*}}, %[[DONE:.*]] = pipeline.dot
// CHECK-NEXT: pipeline.wait %[[DONE]]
// CHECK-NOT: pipeline.copy_keys
// CHECK: pipeline.accumulate
// CHECK-NEXT: pipeline.wait %[[VALUES]]
// CHECK-NEXT: pipeline.barrier
// CHECK-NEXT: pipeline.release
// CHECK: pipeline.copy_keys %arg1
// CHECK: pipeline.accumulate
func.func @twice(%q: memref<1x2x64x64xf16>, %k: memref<1x2x128x64xf16>, %v: memref<1x2x128x64xf16>, %o: memref<1x2x64x64xf16>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  %c128 = arith.constant 128 : index
  tile.kernel batch(%c1) q_len(%c64) #geometry schedule #pipeline.schedule<warps = 4> {
  ^bb0(%b: index, %g: index, %rows: !tile.rows<64>, %split: index, %splits: index):
    %tile = tile.load_rows %q[%b, %g, %rows] : memref<1x2x64x64xf16>, !tile.rows<64> -> !t
    %init:3 = tile.init_state %rows kv_head %g split %split : !tile.rows<64> -> !s, !s, !t
    %all:3 = tile.for_keys %c0 to %c128 step 64 full iter(%init#0, %init#1, %init#2 : !s, !s, !t) -> (!s, !s, !t) {
    ^bb0(%first: index, %count: index, %m: !s, %l: !s, %out: !t):
      %values = tile.load_keys %v[%b, %g, %first] count %count : memref<1x2x128x64xf16> -> !t
      %keys = tile.load_keys %k[%b, %g, %first] count %count : memref<1x2x128x64xf16> -> !t
      %dot = tile.dot %tile, %keys : !t, !t -> !t
      %p, %m2, %l2, %r = tile.softmax_update %dot, %m, %l : !t, !s, !s -> !t, !s, !s, !s
      %more = tile.accumulate %p, %keys into %out rescale %r : !t, !t, !t, !s -> !t
      %sum = tile.accumulate %p, %values into %more rescale %r : !t, !t, !t, !s -> !t
      tile.yield %m2, %l2, %sum : !s, !s, !t
    }
    tile.epilogue %rows batch %b kv_head %g split %split of %splits state(%all#0, %all#1, %all#2 : !s, !s, !t)
      outs(%o : memref<1x2x64x64xf16>) : !tile.rows<64>
  }
  return
}
