// RUN: camber-opt %s --split-input-file --cpu-expand-math --verify-diagnostics | FileCheck %s

// CHECK-LABEL: func @exp2
// CHECK-NOT: math.exp2
// CHECK-COUNT-7: math.fma {{.*}} : vector<8xf32>
// CHECK-NOT: math.exp2
func.func @exp2(%x: vector<8xf32>) -> vector<8xf32> {
  %r = math.exp2 %x : vector<8xf32>
  return %r : vector<8xf32>
}

// -----

// Float64 in halves of the register's width, and one rounding of each.
// CHECK-LABEL: func @powf
// CHECK: arith.extf {{.*}} : vector<4xf32> to vector<4xf64>
// CHECK: arith.truncf {{.*}} : vector<4xf64> to vector<4xf32>
// CHECK-NOT: vector<8xf64>
// CHECK-NOT: math.powf
func.func @powf(%x: vector<8xf32>, %y: vector<8xf32>) -> vector<8xf32> {
  %r = math.powf %x, %y : vector<8xf32>
  return %r : vector<8xf32>
}

// -----

// CHECK-LABEL: func @native
// CHECK: math.floor
func.func @native(%x: vector<8xf32>) -> vector<8xf32> {
  %r = math.floor %x : vector<8xf32>
  return %r : vector<8xf32>
}

// -----

func.func @no_expansion(%x: vector<4xf64>) -> vector<4xf64> {
  // expected-error @+1 {{'math.erf' op has no expansion on 'vector<4xf64>'}}
  %r = math.erf %x : vector<4xf64>
  return %r : vector<4xf64>
}
