// RUN: camber-opt %s --attn-to-tile='rows=64 keys=48' --tile-to-schedule=target=x86-64-v3 | FileCheck %s

// Full tiles: groups of two panels of 16 rows, as far as the block has rows. The count is that of a full tile.
// CHECK-LABEL: func.func private @causal_task(
// CHECK-DAG: %[[C0:.*]] = arith.constant 0 : index
// CHECK-DAG: %[[PANEL:.*]] = arith.constant 16 : index
// CHECK-DAG: %[[GROUP:.*]] = arith.constant 32 : index
// CHECK-DAG: %[[TILE:.*]] = arith.constant 48 : index
// CHECK: %[[PANELS:.*]] = arith.ceildivui %{{.*}}, %[[PANEL]]
// CHECK: %[[ROWS:.*]] = arith.muli %[[PANELS]], %[[PANEL]]
// CHECK: scf.for %[[FIRST:.*]] = %{{.*}} to %{{.*}} step %[[TILE]] {
// CHECK: scf.for %[[BEGIN:.*]] = %[[C0]] to %[[ROWS]] step %[[GROUP]] {
// CHECK: %[[SUM:.*]] = arith.addi %[[BEGIN]], %[[GROUP]]
// CHECK: %[[END:.*]] = arith.minsi %[[SUM]], %[[ROWS]]
// CHECK: cpu.scores {{.*}} count %[[TILE]] {{.*}} from %[[BEGIN]] to %[[END]]
// CHECK: cpu.softmax_update {{.*}} count %[[TILE]] from %[[BEGIN]] to %[[END]]
// CHECK: cpu.accumulate {{.*}} count %[[TILE]] from %[[BEGIN]] to %[[END]]

// Tiles on the diagonal: panel by panel, from the first that sees the tile's first key, each up to the last key it sees.
// CHECK: scf.for %[[FIRST:.*]] = %{{.*}} to %{{.*}} step %[[TILE]] {
// CHECK: %[[DIAGONAL:.*]] = arith.subi %[[FIRST]],
// CHECK: %[[ROW:.*]] = arith.maxsi %[[DIAGONAL]], %[[C0]]
// CHECK: %[[CLAMPED:.*]] = arith.minsi %[[ROW]], %[[ROWS]]
// CHECK: %[[FROM:.*]] = arith.divui %[[CLAMPED]], %[[PANEL]]
// CHECK: %[[FROM_ROW:.*]] = arith.muli %[[FROM]], %[[PANEL]]
// CHECK: %[[KEY_END:.*]] = arith.subi %[[C0]], %[[DIAGONAL]]
// CHECK: scf.for %[[BEGIN:.*]] = %[[FROM_ROW]] to %[[ROWS]] step %[[PANEL]] {
// CHECK: %[[END:.*]] = arith.addi %[[BEGIN]], %[[PANEL]]
// CHECK: %[[SEEN:.*]] = arith.addi %[[KEY_END]], %[[END]]
// CHECK: %[[COUNT:.*]] = arith.minsi %{{.*}}, %[[SEEN]]
// A panel whose first row sees the whole tile needs no mask.
// CHECK: %[[WHOLE:.*]] = arith.cmpi eq, %[[COUNT]], %[[TILE]]
// CHECK: %[[FIRST_ROW:.*]] = arith.addi %[[BEGIN]], %{{.*}}
// CHECK: %[[FIRST_SEES:.*]] = arith.addi %[[FIRST_ROW]], %[[KEY_END]]
// CHECK: %[[FITS:.*]] = arith.cmpi sge, %[[FIRST_SEES]], %[[COUNT]]
// CHECK: %[[ALL:.*]] = arith.andi %[[WHOLE]], %[[FITS]]
// CHECK: scf.if %[[ALL]] {
// CHECK: cpu.scores {{.*}} count %[[TILE]] {{.*}} from %[[BEGIN]] to %[[END]] rows{{.*}}full
// CHECK-NOT: tile.visible
// CHECK: } else {
// CHECK: cpu.scores {{.*}} count %[[COUNT]] {{.*}} from %[[BEGIN]] to %[[END]] key_end %[[KEY_END]] rows
// CHECK: tile.visible
// CHECK: cpu.softmax_update {{.*}} count %[[COUNT]] from %[[BEGIN]] to %[[END]] key_end %[[KEY_END]]
// CHECK: cpu.accumulate {{.*}} count %[[COUNT]] from %[[BEGIN]] to %[[END]] key_end %[[KEY_END]]
func.func @causal(%q: memref<1x2x512x64xf32>, %k: memref<1x2x512x64xf32>, %v: memref<1x2x512x64xf32>,
                  %o: memref<1x2x512x64xf32>) {
  attn.attention query(%q : memref<1x2x512x64xf32>) key(%k : memref<1x2x512x64xf32>) value(%v : memref<1x2x512x64xf32>)
    masks [#attn.causal] outs(%o : memref<1x2x512x64xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    attn.yield %s
  }
  return
}
