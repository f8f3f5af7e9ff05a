// RUN: camber-opt %s --convert-cpu-to-vector | FileCheck %s

!r = memref<16xi32>
!m = memref<16xf32>

// Group by group, one vector of rows after the other; what is the row's own stays outside of the bisection, what is of the keys is scalar.
// CHECK-LABEL: func.func @narrow
// CHECK: scf.for %[[GROUP:.*]] = %{{.*}} to %{{.*}} step %{{.*}} iter_args(%[[LEAST:.*]] = %[[TILES:.*]]) -> (index)
// CHECK: scf.for %[[ROW:.*]] = %[[GROUP]] to %{{.*}} step %{{.*}} iter_args(%[[LEFT:.*]] = %[[TILES]]) -> (index)
// CHECK: %[[P:.*]] = vector.load %{{.*}}[%[[ROW]]] : memref<16xi32>, vector<8xi32>
// CHECK: scf.while (%[[LOW:.*]] = %{{.*}}, %[[HIGH:.*]] = %[[LEFT]], %[[TRY:.*]] = %[[LEFT]])
// CHECK: arith.cmpi slt, %[[LOW]], %[[HIGH]]
// CHECK: memref.load %{{.*}} : memref<2x?xf32>
// CHECK: %[[FAR:.*]] = vector.broadcast %{{.*}} : i32 to vector<8xi32>
// CHECK: arith.subi %[[FAR]], %[[P]]
// CHECK: %[[SMALL:.*]] = arith.cmpf olt
// CHECK: %[[ALL:.*]] = arith.ori %[[SMALL]]
// CHECK: vector.reduction <and>, %[[ALL]]
// CHECK: memref.store %{{.*}} : memref<1xi32>
// CHECK: %[[EMPTY:.*]] = arith.cmpi eq
// CHECK: %[[FEWER:.*]] = arith.minsi %{{.*}}, %[[LEAST]]
// CHECK: arith.select %[[EMPTY]], %[[LEAST]], %[[FEWER]]
// CHECK: %[[RESULT:.*]] = arith.addi
// CHECK: return %[[RESULT]]
func.func @narrow(%i: index, %r: !r, %m: !m, %k: memref<2x?xf32>, %w: memref<4xf32>, %e: memref<1xi32>) -> index {
  %0 = cpu.skip_range %i to %i step 64 of %i base %i batch %i rows(%r, %r) count %i state(%m, %m) norms(%m, %k) ends %e params(%w : memref<4xf32>)
         schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>) attributes {head_offset = 3 : i64, uniform_head} : !r, !r, !m, !m, !m, memref<2x?xf32>, memref<1xi32> {
  ^bb0(%limit: f32, %b: i32, %h: i32, %p: i32, %first: i32, %last: i32, %slopes: memref<4xf32>):
    %slope = attn.lookup %slopes[%h] : memref<4xf32> -> f32
    %d = arith.subi %last, %p : i32
    %x = arith.sitofp %d : i32 to f32
    %bound = math.fma %slope, %x, %limit : f32
    tile.yield %bound : f32
  }
  return %0 : index
}

// A group has tiles of its own: above, those from seen[group] on.
// CHECK-LABEL: func.func @seen
// CHECK-SAME: %[[LO:[a-z0-9]+]]: index, %[[HI:[a-z0-9]+]]: index
// CHECK-SAME: %[[SEEN:[a-z0-9]+]]: memref<1xi32>) -> index
// CHECK: %[[TILES:.*]] = arith.ceildivui
// CHECK: scf.for %[[GROUP:.*]] = %{{.*}} iter_args(%[[LEAST:.*]] = %[[TILES]]) -> (index)
// CHECK: %[[FROM:.*]] = memref.load %[[SEEN]]
// CHECK: %[[KEY:.*]] = arith.index_cast %[[FROM]]
// CHECK: %[[BEFORE:.*]] = arith.subi %[[KEY]], %[[LO]]
// CHECK: %[[SKIPPED:.*]] = arith.ceildivui %[[BEFORE]]
// CHECK: %[[OWN:.*]] = arith.subi %[[TILES]], %[[SKIPPED]]
// CHECK: scf.for {{.*}} iter_args(%{{.*}} = %[[OWN]]) -> (index)
func.func @seen(%lo: index, %hi: index, %i: index, %r: !r, %m: !m, %k: memref<2x?xf32>, %e: memref<1xi32>, %s: memref<1xi32>) -> index {
  %0 = cpu.skip_range right %lo to %hi step 64 of %i base %i batch %i rows(%r, %r) count %i state(%m, %m) norms(%m, %k) ends %e seen(%s : memref<1xi32>)
         schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>) attributes {head_offset = 0 : i64} : !r, !r, !m, !m, !m, memref<2x?xf32>, memref<1xi32> {
  ^bb0(%limit: f32, %b: i32, %h: i32, %p: i32, %first: i32, %last: i32):
    tile.yield %limit : f32
  }
  return %0 : index
}

// A NaN must not be lost in a maximum: it counts as +∞.
// CHECK-LABEL: func.func @key_norms
// CHECK: scf.for
// CHECK: scf.for
// CHECK: vector.reduction <add>
// CHECK: %[[IS:.*]] = arith.cmpf olt, %{{.*}}, %[[INF:.*]] : f32
// CHECK: arith.select %[[IS]], %{{.*}}, %[[INF]]
// CHECK: math.sqrt
// CHECK: memref.store
// CHECK: memref.store
// CHECK: scf.for
// CHECK: memref.store
func.func @key_norms(%t: memref<?x4x?x64xf16>, %i: index, %k: memref<2x?xf32>) {
  cpu.key_norms %t batch %i kv_head %i keys %i to %i into %k schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>) : memref<?x4x?x64xf16>, memref<2x?xf32>
  return
}

// CHECK-LABEL: func.func @row_norms
// CHECK: memref.load
// CHECK: vector.load {{.*}} : memref<?x4x?x64xf32>, vector<8xf32>
// CHECK: math.sqrt
// CHECK: memref.store
func.func @row_norms(%t: memref<?x4x?x64xf32>, %i: index, %r: !r, %q: !m) {
  cpu.row_norms %t batch %i rows(%r, %r) count %i into %q schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>) : memref<?x4x?x64xf32>, !r, !r, !m
  return
}
