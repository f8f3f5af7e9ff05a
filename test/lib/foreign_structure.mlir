// Structure that only this tool registers is split at its breakpoints, hides tiles, is tabulated and folds log2(e), and no pass
// or conversion knows its name. ForeignStructureTest.cpp runs these kernels.
// RUN: camber-test-opt %S/Inputs/structure.mlir --attn-to-tile | FileCheck %s
// RUN: camber-test-opt %S/Inputs/structure.mlir --attn-to-tile --tile-to-schedule=target=x86-64-v3 | FileCheck %s --check-prefix=CPU
// RUN: camber-test-opt %S/Inputs/structure.mlir --attn-to-tile --tile-to-schedule=target=sm_80 | FileCheck %s --check-prefix=DEVICE
// RUN: camber-test-opt %S/Inputs/structure.mlir --verify-roundtrip -o /dev/null

// The factor goes into the amplitude, 1.5 · log2(e).
// CHECK-LABEL: func.func @ripple(
// CHECK: tile.for_keys {{.*}} full
// CHECK: %[[AMPLITUDE:.*]] = arith.constant 2.164
// CHECK: test_structure.wave {{.*}} amplitude %[[AMPLITUDE]]
// CHECK-NOT: tile.visible
// CHECK: tile.for_keys

// A range of full tiles without the op, and none where it hides them.
// CHECK-LABEL: func.func @recent(
// CHECK: tile.for_keys
// CHECK: test_structure.tail
// CHECK: tile.for_keys {{.*}} full
// CHECK-NOT: test_structure.tail
// CHECK-NOT: tile.visible
// CHECK: tile.for_keys

// CPU-LABEL: @ripple_task
// CPU: cpu.tabulate
// CPU: math.cos
// CPU: cpu.scores
// CPU-NOT: math.cos
// CPU-NOT: test_structure.wave
// CPU: cpu.softmax_update
// CPU-LABEL: @recent_task
// CPU-NOT: cpu.tabulate
// CPU: cpu.scores

// DEVICE-LABEL: @ripple_main
// DEVICE: pipeline.tabulate
// DEVICE: math.cos
// DEVICE: pipeline.entry
// DEVICE-NOT: math.cos
// DEVICE-LABEL: @ripple_twin_main
// DEVICE-LABEL: @recent_main
// DEVICE: test_structure.tail
