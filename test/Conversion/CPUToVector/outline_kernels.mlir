// RUN: camber-opt %s --attn-to-tile --tile-to-schedule=target=x86-64-v3 --cpu-outline-kernels | FileCheck %s

// All full tiles share their copies of values, softmax step and value product. The ranges past the breakpoints have a score body each;
// those between the breakpoints and on them read a table, all in the same way, and on the two breakpoints fill it in the same way. The partial tile at the end has kernels for a number of keys that is a variable;
// that of a full tile stays a constant inside.
// CHECK-LABEL: func.func private @t5_task(
// CHECK: cpu.pack_queries
// CHECK: call @t5_task_copy_keys(
// CHECK: cpu.scores
// CHECK-SAME: full
// CHECK: call @t5_task_softmax_update(
// CHECK: call @t5_task_accumulate(
// CHECK: call @t5_task_copy_keys(
// CHECK: call @t5_task_tabulate(
// CHECK: call @t5_task_scores(
// CHECK: call @t5_task_softmax_update(
// CHECK: call @t5_task_accumulate(
// CHECK: cpu.tabulate
// CHECK: call @t5_task_scores(
// CHECK: call @t5_task_tabulate(
// CHECK: call @t5_task_scores(
// CHECK: cpu.scores
// CHECK-SAME: full
// CHECK: cpu.copy_keys
// CHECK: cpu.tabulate
// CHECK: cpu.scores
// CHECK-NOT: full
// CHECK: cpu.softmax_update
// CHECK: cpu.accumulate
// CHECK: cpu.epilogue
// CHECK: func.func private @t5_task_softmax_update(
// CHECK-NEXT: %[[COUNT:.*]] = arith.constant 64
// CHECK-NEXT: cpu.softmax_update %{{.*}} count %[[COUNT]]
func.func @t5(%q: memref<1x2x500x64xf32>, %k: memref<1x2x500x64xf32>, %v: memref<1x2x500x64xf32>,
              %table: memref<32x2xf32>, %o: memref<1x2x500x64xf32>) {
  attn.attention query(%q : memref<1x2x500x64xf32>) key(%k : memref<1x2x500x64xf32>) value(%v : memref<1x2x500x64xf32>)
    params(%table : memref<32x2xf32>) outs(%o : memref<1x2x500x64xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32, %t: memref<32x2xf32>):
    %0 = attn.t5 %s at(%h, %p, %j) table(%t : memref<32x2xf32>) {bidirectional}
    attn.yield %0
  }
  return
}
