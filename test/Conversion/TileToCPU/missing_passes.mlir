// Every pass that convert-tile-to-cpu needs, left out or run in the wrong order: refused by name. lib/Target/Pipelines.cpp has
// the order; test/Compiler/PassOrderTest.cpp runs what other orders leave.
// RUN: camber-opt %s --convert-attn-to-tile --tile-fuse-scores --tile-use-base2 --tile-guard-divisions --choose-schedule=target=x86-64-v3 --convert-tile-to-cpu | FileCheck %s

// CHECK-DAG: func.func private @kernel_task
// CHECK-DAG: func.func private @masks_task
// CHECK-DAG: func.func private @divides_task

// RUN: not camber-opt %s --choose-schedule=target=x86-64-v3 --convert-tile-to-cpu 2>&1 | FileCheck %s --check-prefix=TILES
// TILES: error: 'attn.attention' op was not converted; run convert-attn-to-tile first

// RUN: not camber-opt %s --convert-attn-to-tile --tile-fuse-scores --tile-use-base2 --tile-guard-divisions --convert-tile-to-cpu 2>&1 | FileCheck %s --check-prefix=SCHEDULE
// RUN: not camber-opt %s --choose-schedule=target=x86-64-v3 --convert-attn-to-tile --tile-fuse-scores --tile-use-base2 --tile-guard-divisions --convert-tile-to-cpu 2>&1 | FileCheck %s --check-prefix=SCHEDULE
// RUN: not camber-opt %s --convert-attn-to-tile --tile-fuse-scores --tile-use-base2 --tile-guard-divisions --choose-schedule=target=sm_80 --convert-tile-to-cpu 2>&1 | FileCheck %s --check-prefix=SCHEDULE
// SCHEDULE: error: 'tile.kernel' op must carry a microkernel, such as #cpu.rows_in_lanes, as its schedule; run choose-schedule with a CPU target first

// Neither masks nor units may be lost, whatever pass is missing.
// RUN: not camber-opt %s --convert-attn-to-tile --choose-schedule=target=x86-64-v3 --convert-tile-to-cpu 2>&1 | FileCheck %s --check-prefix=MASKS
// RUN: not camber-opt %s --convert-attn-to-tile --tile-skip-decayed --choose-schedule=target=x86-64-v3 --convert-tile-to-cpu 2>&1 | FileCheck %s --check-prefix=MASKS
// RUN: not camber-opt %s --convert-attn-to-tile --attn-expand-scores --choose-schedule=target=x86-64-v3 --convert-tile-to-cpu 2>&1 | FileCheck %s --check-prefix=MASKS
// RUN: not camber-opt %s --convert-attn-to-tile --choose-schedule=target=x86-64-v3 --convert-tile-to-cpu --tile-fuse-scores 2>&1 | FileCheck %s --check-prefix=MASKS
// MASKS: error: 'tile.score' op masks [#attn.causal] were not fused; run tile-fuse-scores first

// RUN: not camber-opt %s --convert-attn-to-tile --tile-fuse-scores --choose-schedule=target=x86-64-v3 --convert-tile-to-cpu 2>&1 | FileCheck %s --check-prefix=UNITS
// RUN: not camber-opt %s --convert-attn-to-tile --tile-fuse-scores --tile-split-key-ranges --choose-schedule=target=x86-64-v3 --convert-tile-to-cpu 2>&1 | FileCheck %s --check-prefix=UNITS
// RUN: not camber-opt %s --convert-attn-to-tile --tile-fuse-scores --choose-schedule=target=x86-64-v3 --convert-tile-to-cpu --tile-use-base2 2>&1 | FileCheck %s --check-prefix=UNITS
// UNITS: error: 'tile.score' op yields scores in natural units, and the softmax takes base 2; run tile-use-base2 first

func.func @kernel(%q: memref<1x8x512x64xf32>, %k: memref<1x8x512x64xf32>, %v: memref<1x8x512x64xf32>,
                  %o: memref<1x8x512x64xf32>) {
  attn.attention query(%q : memref<1x8x512x64xf32>) key(%k : memref<1x8x512x64xf32>) value(%v : memref<1x8x512x64xf32>)
    masks [#attn.causal] outs(%o : memref<1x8x512x64xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    %0 = attn.alibi %s at(%h, %p, %j) {heads = 8}
    attn.yield %0
  }
  return
}

// A body of arithmetic hides nothing from the conversion but its masks.
func.func @masks(%q: memref<1x8x512x64xf32>, %k: memref<1x8x512x64xf32>, %v: memref<1x8x512x64xf32>,
                 %o: memref<1x8x512x64xf32>) {
  attn.attention query(%q : memref<1x8x512x64xf32>) key(%k : memref<1x8x512x64xf32>) value(%v : memref<1x8x512x64xf32>)
    masks [#attn.causal] outs(%o : memref<1x8x512x64xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    %c = arith.constant 0.125 : f32
    %0 = arith.mulf %s, %c : f32
    attn.yield %0
  }
  return
}

// Divisions at hidden pairs.
// RUN: not camber-opt %s --convert-attn-to-tile --tile-fuse-scores --tile-use-base2 --choose-schedule=target=x86-64-v3 --convert-tile-to-cpu 2>&1 | FileCheck %s --check-prefix=DIVISION
// RUN: not camber-opt %s --convert-attn-to-tile --tile-fuse-scores --tile-use-base2 --choose-schedule=target=x86-64-v3 --convert-tile-to-cpu --tile-guard-divisions 2>&1 | FileCheck %s --check-prefix=DIVISION
// DIVISION: error: 'arith.divsi' op may divide by 0, which every processor answers in another way; run tile-guard-divisions first
func.func @divides(%q: memref<1x8x512x64xf32>, %k: memref<1x8x512x64xf32>, %v: memref<1x8x512x64xf32>,
                   %o: memref<1x8x512x64xf32>) {
  attn.attention query(%q : memref<1x8x512x64xf32>) key(%k : memref<1x8x512x64xf32>) value(%v : memref<1x8x512x64xf32>)
    outs(%o : memref<1x8x512x64xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    %d = arith.subi %p, %j : i32
    %n = arith.constant 7 : i32
    %0 = arith.divsi %n, %d : i32
    %1 = arith.sitofp %0 : i32 to f32
    %2 = arith.addf %s, %1 : f32
    attn.yield %2
  }
  return
}
