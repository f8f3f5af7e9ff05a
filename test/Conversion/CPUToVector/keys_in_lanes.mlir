// RUN: camber-opt %s --convert-cpu-to-vector --canonicalize | FileCheck %s

#schedule = #cpu.keys_in_lanes<width = 8, streams = 4, rows = 2, value_keys = 8, value_vectors = 8, group_rows = 8, prefetch = 200>
!k = memref<?x64xf16, strided<[64, 1], offset: ?>>

// Four streams of a quarter of the keys each, in whole blocks: two turns of a key of each stream, a vector of keys. 200 bytes are
// two keys ahead, a key two cache lines. Of every row the sums of four keys become one vector, and those of two turns the scores,
// two neighbours of each stream.
// CHECK-LABEL: func.func @scores
// CHECK: %[[VECTORS:.*]] = arith.divui %[[COUNT:.*]], %c8
// CHECK: %[[TURNS:.*]] = arith.muli %[[VECTORS]], %c2
// CHECK: scf.for %[[BLOCK:.*]] = %c0 to %[[TURNS]] step %c2
// CHECK: scf.for %[[PLACE:.*]] = %c0 to %c2 step %c1
// CHECK: %[[TURN:.*]] = arith.addi %[[BLOCK]], %[[PLACE]]
// CHECK: %[[AHEAD:.*]] = arith.addi %[[TURN]], %c2
// CHECK: %[[AHEAD1:.*]] = arith.addi %[[AHEAD]], %[[TURNS]]
// CHECK: %[[AHEAD2:.*]] = arith.addi %[[AHEAD1]], %[[TURNS]]
// CHECK: %[[AHEAD3:.*]] = arith.addi %[[AHEAD2]], %[[TURNS]]
// CHECK-COUNT-2: memref.prefetch %{{.*}}[%[[AHEAD]], %{{.*}}], read, locality<3>, data
// CHECK-COUNT-2: memref.prefetch %{{.*}}[%[[AHEAD1]],
// CHECK-COUNT-2: memref.prefetch %{{.*}}[%[[AHEAD2]],
// CHECK-COUNT-2: memref.prefetch %{{.*}}[%[[AHEAD3]],
// CHECK-NOT: memref.prefetch
// CHECK: vector.load %{{.*}}[%[[TURN]], %c0]
// Two rows together, then one that is left.
// CHECK-COUNT-12: vector.shuffle
// CHECK-NOT: vector.shuffle
// CHECK: vector.store %{{.*}}, %{{.*}}[%{{.*}}, %[[PLACE]], %c0] : memref<8x2x8xf32>
// CHECK-COUNT-6: vector.shuffle
// CHECK-NOT: vector.shuffle
// CHECK: vector.store %{{.*}}, %{{.*}}[%{{.*}}, %[[PLACE]], %c0] : memref<8x2x8xf32>
// All rows: the lanes that are left to add, and four pieces of a row of scores.
// CHECK: scf.for %[[ROW:.*]] = %{{.*}} to
// CHECK-DAG: %[[X:.*]] = vector.load %{{.*}}[%[[ROW]], %c0, %c0]
// CHECK-DAG: %[[Y:.*]] = vector.load %{{.*}}[%[[ROW]], %c1, %c0]
// CHECK: vector.shuffle %[[X]], %[[Y]]
// CHECK: vector.shuffle %[[X]], %[[Y]]
// CHECK: vector.store %{{.*}}, %{{.*}}[%[[AT:.*]], %[[BLOCK]]] : memref<8x64xf32>, vector<2xf32>
// CHECK-COUNT-3: vector.store %{{.*}}, %{{.*}}[%[[AT]], %{{.*}}] : memref<8x64xf32>, vector<2xf32>
// The keys that no block is left for, one by one.
// CHECK: %[[REST:.*]] = arith.muli %[[VECTORS]], %c8
// CHECK: scf.for %[[KEY:.*]] = %[[REST]] to %[[COUNT]] step %c1
// CHECK: %[[SUM:.*]] = vector.reduction <add>
// CHECK: memref.store %[[SUM]], %{{.*}}[%{{.*}}, %[[KEY]]]
func.func @scores(%packed: memref<8x64xf32>, %k: !k, %count: index, %i: index, %begin: index, %end: index, %rows: memref<8xi32>,
                  %scores: memref<8x64xf32>, %m: memref<8xf32>, %sums: memref<8x2x8xf32>) {
  cpu.scores %packed, %k count %count first %i base %i batch %i from %begin to %end rows(%rows, %rows, %rows) into %scores
    maximum(%m, %m) scratch %sums : memref<8x2x8xf32> schedule(#schedule) attributes {scale = 1.0 : f64, head_offset = 0 : i64}
    : memref<8x64xf32>, !k, memref<8xi32>, memref<8xi32>, memref<8xi32>, memref<8x64xf32>, memref<8xf32>, memref<8xf32> {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    tile.yield %s : f32
  }
  return
}

// Values two turns at a time, in the same order.
// CHECK-LABEL: func.func @accumulate
// CHECK: scf.for %[[FROM:.*]] = %c0 to %[[TURNS:.*]] step %c2
// CHECK: %[[AHEAD:.*]] = arith.addi %[[FROM]], %c2
// CHECK-COUNT-8: memref.prefetch %{{.*}}, read, locality<3>, data
// CHECK: %[[NEXT:.*]] = arith.addi %[[FROM]], %c3
// CHECK-COUNT-8: memref.prefetch %{{.*}}, read, locality<3>, data
// CHECK-NOT: memref.prefetch
func.func @accumulate(%p: memref<8x64xf32>, %v: !k, %count: index, %begin: index, %end: index, %o: memref<8x64xf32>,
                      %rescale: memref<8xf32>, %sums: memref<8x64xf32>) {
  cpu.accumulate %p, %v count %count from %begin to %end into %o rescale %rescale scratch %sums : memref<8x64xf32> schedule(#schedule)
    : memref<8x64xf32>, !k, memref<8x64xf32>, memref<8xf32>
  return
}

// Without a distance nothing is asked for.
// CHECK-LABEL: func.func @no_prefetch
// CHECK-NOT: memref.prefetch
func.func @no_prefetch(%p: memref<8x64xf32>, %v: !k, %count: index, %begin: index, %end: index, %o: memref<8x64xf32>,
                       %rescale: memref<8xf32>, %sums: memref<8x64xf32>) {
  cpu.accumulate %p, %v count %count from %begin to %end into %o rescale %rescale scratch %sums : memref<8x64xf32>
    schedule(#cpu.keys_in_lanes<width = 8, streams = 4, rows = 2, value_keys = 8, value_vectors = 8, group_rows = 8>)
    : memref<8x64xf32>, !k, memref<8x64xf32>, memref<8xf32>
  return
}
