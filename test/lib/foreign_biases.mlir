// RUN: camber-test-opt %S/Inputs/pairs.mlir --attn-to-tile --remarks-filter='.*' --remark-format=emitRemark -o %t.tile 2>&1 | grep score-structure | FileCheck %s --check-prefix=STRUCTURE
// RUN: FileCheck %s --input-file=%t.tile
// RUN: camber-test-opt %S/Inputs/pairs.mlir --verify-roundtrip -o /dev/null

// No pass knows a name: each bias of the test dialect reaches the structure that it describes, and the ops of that structure.
// Every second remark is that of the twin.
// STRUCTURE: "constant; distance limited above"
// STRUCTURE: "opaque; distance limited above"
// STRUCTURE: "affine in distance; distance limited above"
// STRUCTURE: "affine in distance; distance limited above"
// STRUCTURE: "2 pieces: affine in distance, affine in distance"
// STRUCTURE: =opaque
// STRUCTURE: "3 pieces: constant, diagonal, constant"
// STRUCTURE: =opaque
// STRUCTURE: "diagonal; distance limited above"
// STRUCTURE: "opaque; distance limited above"
// STRUCTURE: "none + 2 other terms"
// STRUCTURE: =opaque
// STRUCTURE: "none; distance limited below and above"
// STRUCTURE: "none; distance limited below and above"
// STRUCTURE: "opaque; distance limited above"
// STRUCTURE: "opaque; distance limited above"
// STRUCTURE: "none; distance limited above; 1 condition"
// STRUCTURE: "opaque; distance limited above"
// STRUCTURE: "opaque, then constant"
// STRUCTURE: =opaque
// STRUCTURE: =opaque
// STRUCTURE: =opaque

// CHECK-NOT: test_bias
// CHECK-LABEL: func.func @line(
// CHECK: tile.for_keys {{.*}} full
// CHECK: tile.affine
// CHECK-NOT: tile.visible
// CHECK: tile.for_keys
// CHECK: tile.visible {{.*}} max

// Ranges are split at the breakpoint: one line on either side.
// CHECK-LABEL: func.func @tent(
// CHECK: tile.for_keys {{.*}} full
// CHECK-NOT: tile.piecewise
// CHECK: tile.affine
// CHECK: tile.for_keys

// CHECK-LABEL: func.func @band(
// CHECK: tile.for_keys {{.*}} full
// CHECK-NOT: tile.diagonal
// CHECK: tile.for_keys
// CHECK: tile.diagonal

// CHECK-LABEL: func.func @fade(
// CHECK: tile.diagonal
// CHECK: math.log

// CHECK-LABEL: func.func @gates(
// CHECK-NOT: tile.diagonal
// CHECK: attn.lookup

// CHECK-LABEL: func.func @near(
// CHECK: tile.visible {{.*}} min {{.*}} max

// CHECK-LABEL: func.func @warp(
// CHECK-NOT: tile.affine
// CHECK: math.tanh

// CHECK-LABEL: func.func @dilated(
// CHECK: arith.select

// A line in another distance than the pair's is no line in the pair's.
// CHECK-LABEL: func.func @mirrored_line(
// CHECK-NOT: tile.affine
// CHECK: tile.epilogue
