// RUN: camber-opt %s --convert-cpu-to-vector | FileCheck %s

!r = memref<16xi32>
!m = memref<16xf32>

// One vector of rows after the other, and none where no key exists. Each row reads the norms of its nearest key's block: of a key that
// exists where it sees none, whose least score is +∞.
// CHECK-LABEL: func.func @state_bound
// CHECK-SAME: %[[BEGIN:.*]]: index, %[[END:.*]]: index, %[[BASE:.*]]: index, %[[R:.*]]: memref<16xi32>, %[[M:.*]]: memref<16xf32>, %[[K:.*]]: memref<2x?xf32>
// CHECK: %[[OFFSET:.*]] = arith.index_cast %[[BASE]] : index to i32
// CHECK: %[[FIRST:.*]] = arith.index_cast %[[BEGIN]] : index to i32
// CHECK: %[[SOME:.*]] = arith.cmpi slt, %[[BEGIN]], %[[END]]
// CHECK: %[[COUNT:.*]] = arith.select %[[SOME]], %{{.*}}, %{{.*}} : index
// CHECK: scf.for %[[ROW:.*]] = %{{.*}} to %[[COUNT]] step
// CHECK: arith.addi
// CHECK: %[[P:.*]] = vector.load %[[R]][%[[ROW]]] : memref<16xi32>, vector<8xi32>
// CHECK: %[[NEAREST:.*]] = arith.minsi %[[P]]
// CHECK: %[[NONE:.*]] = arith.cmpi eq, %[[NEAREST]]
// CHECK: %[[OFFSETS:.*]] = vector.broadcast %[[OFFSET]] : i32
// CHECK: arith.subi %[[NEAREST]], %[[OFFSETS]]
// CHECK: %[[EXISTS:.*]] = vector.broadcast %[[FIRST]] : i32 to vector<8xi32>
// CHECK: %[[KEY:.*]] = arith.select %[[NONE]], %[[EXISTS]]
// CHECK-COUNT-8: vector.extract %[[KEY]]
// CHECK: %[[ROWNORM:.*]] = vector.load %[[M]][%[[ROW]]]
// CHECK: %[[LIMIT:.*]] = arith.mulf %[[ROWNORM]]
// CHECK: %[[BOUND:.*]] = arith.negf %[[LIMIT]]
// CHECK: %[[ABS:.*]] = math.absf %[[BOUND]]
// CHECK: %[[LOWERED:.*]] = math.fma %[[ABS]], %{{.*}}, %[[BOUND]]
// CHECK: %[[STATE:.*]] = arith.select %[[NONE]], %{{.*}}, %[[LOWERED]]
// CHECK: vector.store %[[STATE]]
// CHECK: vector.store
func.func @state_bound(%begin: index, %end: index, %base: index, %r: !r, %m: !m, %k: memref<2x?xf32>, %least: !m, %sum: !m) {
  cpu.state_bound keys %begin to %end base %base batch %begin rows(%r, %r) count %end norms(%m, %k) into %least, %sum
         schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>) attributes {head_offset = 0 : i64} : !r, !r, !m, memref<2x?xf32>, !m, !m nearest {
  ^bb0(%b: i32, %h: i32, %p: i32, %first: i32, %last: i32):
    %0 = arith.minsi %p, %last : i32
    tile.yield %0 : i32
  } score {
  ^bb0(%limit: f32, %b: i32, %h: i32, %p: i32, %j: i32):
    %0 = arith.negf %limit : f32
    tile.yield %0 : f32
  }
  return
}

// Norms that are given are taken as they are, a NaN as +∞; no key is read.
// CHECK-LABEL: func.func @key_norms
// CHECK-SAME: %[[GIVEN:[a-z0-9]+]]: memref<?x4x?xf32>)
// CHECK-NOT: memref<?x4x?x64xf16>
// CHECK: %[[NORM:.*]] = memref.load %[[GIVEN]]
// CHECK: %[[IS:.*]] = arith.cmpf olt, %[[NORM]], %[[INF:.*]] : f32
// CHECK: arith.select %[[IS]], %[[NORM]], %[[INF]]
// CHECK-NOT: memref<?x4x?x64xf16>
// CHECK: return
func.func @key_norms(%t: memref<?x4x?x64xf16>, %i: index, %k: memref<2x?xf32>, %given: memref<?x4x?xf32>) {
  cpu.key_norms %t batch %i kv_head %i keys %i to %i into %k given(%given : memref<?x4x?xf32>) schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>) : memref<?x4x?x64xf16>, memref<2x?xf32>
  return
}
