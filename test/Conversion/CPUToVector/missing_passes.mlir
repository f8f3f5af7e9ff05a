// What convert-cpu-to-vector and the interface around it need, left out: refused by name. The order of convert-cpu-to-vector,
// cpu-outline-kernels and cpu-emit-kernel-abi does not matter.
// RUN: not camber-opt %s --convert-cpu-to-vector 2>&1 | FileCheck %s --check-prefix=TILES
// RUN: not camber-opt %s --cpu-emit-kernel-abi 2>&1 | FileCheck %s --check-prefix=TILES
// RUN: not camber-opt %s --cpu-outline-kernels --convert-cpu-to-vector 2>&1 | FileCheck %s --check-prefix=TILES
// TILES: error: 'attn.attention' op was not converted; run convert-attn-to-tile first

// RUN: not camber-opt %s --attn-to-tile=target=x86-64-v3 --choose-schedule=target=x86-64-v3 --convert-cpu-to-vector 2>&1 | FileCheck %s --check-prefix=SCHEDULE
// RUN: not camber-opt %s --attn-to-tile=target=x86-64-v3 --choose-schedule=target=x86-64-v3 --cpu-emit-kernel-abi 2>&1 | FileCheck %s --check-prefix=SCHEDULE
// RUN: not camber-opt %s --attn-to-tile=target=x86-64-v3 --choose-schedule=target=x86-64-v3 --cpu-emit-kernel-abi --convert-tile-to-cpu 2>&1 | FileCheck %s --check-prefix=SCHEDULE
// RUN: not camber-opt %s --attn-to-tile=target=x86-64-v3 --choose-schedule=target=x86-64-v3 --schedule-to-llvm=target=x86-64-v3 2>&1 | FileCheck %s --check-prefix=SCHEDULE
// RUN: not camber-opt %s --attn-to-tile=target=x86-64-v3 --choose-schedule=target=x86-64-v3 --schedule-to-llvm=target=sm_80 2>&1 | FileCheck %s --check-prefix=DEVICE
// SCHEDULE: error: 'tile.kernel' op was not converted; run convert-tile-to-cpu first
// DEVICE: error: 'tile.kernel' op was not converted; run convert-tile-to-pipeline first

// RUN: not camber-opt %s --convert-attn-to-tile --tile-fuse-scores --tile-use-base2 --tile-to-schedule=target=x86-64-v3 --cpu-emit-kernel-abi 2>&1 | FileCheck %s --check-prefix=ROLES
// ROLES: argument 0 is not described; run attn-annotate-kernels first

// RUN: camber-opt %s --attn-to-tile=target=x86-64-v3 --tile-to-schedule=target=x86-64-v3 --cpu-emit-kernel-abi --convert-cpu-to-vector --cpu-outline-kernels | FileCheck %s
// RUN: camber-opt %s --attn-to-tile=target=x86-64-v3 --tile-to-schedule=target=x86-64-v3 --convert-cpu-to-vector --cpu-emit-kernel-abi | FileCheck %s
// CHECK-NOT: cpu.scores
// CHECK: func.func @kernel_run
// CHECK-NOT: cpu.scores
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
