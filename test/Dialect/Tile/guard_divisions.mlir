// RUN: camber-opt %s --tile-guard-divisions | FileCheck %s
// What is guarded is not guarded again, whatever cleaning up has made of it.
// RUN: camber-opt %s --tile-guard-divisions --canonicalize > %t.once
// RUN: camber-opt %s --tile-guard-divisions --canonicalize --tile-guard-divisions --canonicalize > %t.twice
// RUN: diff %t.once %t.twice

// The smallest number divided by -1 traps like a division by 0.
// CHECK-LABEL: func.func @signed
// CHECK-SAME: %[[A:.*]]: i16, %[[B:.*]]: i16
// CHECK-DAG: %[[ZERO:.*]] = arith.constant 0 : i16
// CHECK-DAG: %[[BY_ZERO:.*]] = arith.cmpi eq, %[[B]], %[[ZERO]]
// CHECK-DAG: %[[ALL_ONES:.*]] = arith.constant -1 : i16
// CHECK-DAG: %[[NEGATES:.*]] = arith.cmpi eq, %[[B]], %[[ALL_ONES]]
// CHECK-DAG: %[[SMALLEST:.*]] = arith.constant -32768 : i16
// CHECK-DAG: %[[IS_SMALLEST:.*]] = arith.cmpi eq, %[[A]], %[[SMALLEST]]
// CHECK: %[[OVERFLOWS:.*]] = arith.andi %[[NEGATES]], %[[IS_SMALLEST]]
// CHECK: %[[TRAPS:.*]] = arith.ori %[[BY_ZERO]], %[[OVERFLOWS]]
// CHECK: %[[DIVISOR:.*]] = arith.select %[[TRAPS]], %{{.*}}, %[[B]]
// CHECK: arith.divsi %[[A]], %[[DIVISOR]] : i16
func.func @signed(%a: i16, %b: i16) -> i16 {
  %0 = arith.divsi %a, %b : i16
  return %0 : i16
}

// Constants that cannot trap stay as they are; -1 can, where the dividend is unknown.
// CHECK-LABEL: func.func @constants
// CHECK: arith.remsi %{{.*}}, %[[SEVEN:c7.*]] :
// CHECK: arith.divui %{{.*}}, %[[MINUS_ONE:c-1.*]] :
// CHECK: arith.select
// CHECK: arith.floordivsi
func.func @constants(%a: i32) -> (i32, i32, i32) {
  %seven = arith.constant 7 : i32
  %all = arith.constant -1 : i32
  %0 = arith.remsi %a, %seven : i32
  %1 = arith.divui %a, %all : i32
  %2 = arith.floordivsi %a, %all : i32
  return %0, %1, %2 : i32, i32, i32
}

// Lane by lane; a tensor is divided by no instruction.
// CHECK-LABEL: func.func @vectors
// CHECK-SAME: %[[A:.*]]: vector<4xi32>, %[[B:.*]]: vector<4xi32>, %[[T:.*]]: tensor<4xi32>
// CHECK-DAG: %[[ZERO:.*]] = arith.constant dense<0> : vector<4xi32>
// CHECK-DAG: %[[BY_ZERO:.*]] = arith.cmpi eq, %[[B]], %[[ZERO]] : vector<4xi32>
// CHECK: %[[DIVISOR:.*]] = arith.select %{{.*}}, %{{.*}}, %[[B]] : vector<4xi1>, vector<4xi32>
// CHECK: arith.divsi %[[A]], %[[DIVISOR]] : vector<4xi32>
// CHECK: arith.remui %[[A]], %cst{{.*}} : vector<4xi32>
// CHECK: arith.divsi %[[T]], %[[T]] : tensor<4xi32>
func.func @vectors(%a: vector<4xi32>, %b: vector<4xi32>, %t: tensor<4xi32>) -> (vector<4xi32>, vector<4xi32>, tensor<4xi32>) {
  %seven = arith.constant dense<7> : vector<4xi32>
  %0 = arith.divsi %a, %b : vector<4xi32>
  %1 = arith.remui %a, %seven : vector<4xi32>
  %2 = arith.divsi %t, %t : tensor<4xi32>
  return %0, %1, %2 : vector<4xi32>, vector<4xi32>, tensor<4xi32>
}

// Loop bounds are not the user's.
// CHECK-LABEL: func.func @bounds
// CHECK-NOT: arith.select
// CHECK: return
func.func @bounds(%a: index, %b: index) -> index {
  %0 = arith.ceildivsi %a, %b : index
  return %0 : index
}

// CHECK-LABEL: func.func @body
// CHECK: tile.score
// CHECK: %[[DIVISOR:.*]] = arith.select {{.*}} : index
// CHECK: arith.remui %{{.*}}, %[[DIVISOR]] : index
func.func @body(%t: !tile.tile<64x64xf32>, %rows: !tile.rows<64>, %i: index) -> !tile.tile<64x64xf32> {
  %0 = tile.score %t rows %rows batch %i kv_head %i query_base %i keys %i key_base %i
         : !tile.tile<64x64xf32>, !tile.rows<64> -> !tile.tile<64x64xf32> {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    %x = arith.index_cast %p : i32 to index
    %y = arith.index_cast %j : i32 to index
    %1 = arith.remui %x, %y : index
    %2 = arith.index_cast %1 : index to i32
    %3 = arith.sitofp %2 : i32 to f32
    %4 = arith.addf %s, %3 : f32
    tile.yield %4 : f32
  }
  return %0 : !tile.tile<64x64xf32>
}
