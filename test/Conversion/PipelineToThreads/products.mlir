// RUN: camber-opt %s --attn-to-tile=target=sm_80 --tile-to-schedule=target=sm_80 --convert-pipeline-to-threads=machine=#nvptx.ampere --canonicalize --cse | FileCheck %s

// A warp has 16 rows: 4 steps of the head dim, each one operand of rows and 4 of 16 keys, 8 products; then 4 steps of keys, the
// probabilities straight from registers, and 8 products each. Exponentials are approximate and flush subnormals.
!t = memref<1x2x128x64xbf16>
// CHECK-LABEL: func.func @full_main
// CHECK-SAME: camber.shared_bytes = 24576
// CHECK: scf.for
// CHECK-COUNT-20: nvvm.ldmatrix %{{.*}} {{.*}}layout = #nvvm.mma_layout<row>
// CHECK-NOT: layout = #nvvm.mma_layout<row>,{{.*}}num
// CHECK: llvm.call_intrinsic "llvm.nvvm.ex2.approx.ftz.f32"
// CHECK: nvvm.mma.sync {{.*}}multiplicandAPtxType = #nvvm.mma_type<bf16>
// CHECK-NOT: math.exp2
func.func @full(%q: !t, %k: !t, %v: !t, %o: !t) {
  attn.attention query(%q : !t) key(%k : !t) value(%v : !t) outs(%o : !t) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    attn.yield %s
  }
  return
}

// A float32 is rounded to the upper 19 bits that are a tf32 number, and what that leaves is cut off by the product itself.
!f = memref<1x2x128x64xf32>
// CHECK-LABEL: func.func @parts_main
// CHECK-DAG: %[[HALF:.*]] = arith.constant 4096 : i32
// CHECK-DAG: %[[UPPER:.*]] = arith.constant -8192 : i32
// CHECK: scf.for
// CHECK: %[[X:.*]] = llvm.extractvalue %{{.*}}[0]
// CHECK: %[[SUM:.*]] = arith.addi %[[X]], %[[HALF]] : i32
// CHECK: %[[HIGH:.*]] = arith.andi %[[SUM]], %[[UPPER]] : i32
// CHECK-NOT: nvvm.convert
// CHECK: nvvm.mma.sync {{.*}}multiplicandAPtxType = #nvvm.mma_type<tf32>
func.func @parts(%q: !f, %k: !f, %v: !f, %o: !f) {
  attn.attention query(%q : !f) key(%k : !f) value(%v : !f) outs(%o : !f) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    attn.yield %s
  }
  return
}

// Where the schedule wants a loop, its passes have whole lines of 128 bytes, and what is left of a row comes after: of 26 steps,
// 6 passes of 4 and 2 more, each with one operand of rows and one of 16 keys.
!w = memref<1x2x128x208xf32>
// CHECK-LABEL: func.func @lines_main
// CHECK: scf.for
// CHECK: scf.for %[[PASS:.*]] = %c0_i32 to %c6_i32 step %c1_i32 iter_args
// CHECK: arith.muli %[[PASS]], %c128_i32
// CHECK-COUNT-8: nvvm.ldmatrix
// CHECK-NOT: nvvm.ldmatrix
// CHECK: scf.yield
// CHECK-COUNT-4: nvvm.ldmatrix
// CHECK-NOT: nvvm.ldmatrix
// CHECK: llvm.call_intrinsic "llvm.nvvm.ex2.approx.ftz.f32"
func.func @lines(%q: !w, %k: !w, %v: !w, %o: !w) {
  attn.attention query(%q : !w) key(%k : !w) value(%v : !w) outs(%o : !w) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    attn.yield %s
  }
  return
}
