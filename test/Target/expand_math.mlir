// RUN: camber-opt %s --cpu-expand-math | FileCheck %s

// Transcendental functions become polynomials; what every target has an instruction for stays.
// CHECK-LABEL: func.func @vectors
// CHECK-NOT: math.{{tanh|exp|log|sin|pow}}
// CHECK: math.fma
// CHECK: math.sqrt
// CHECK-NOT: math.{{tanh|exp|log|sin|pow}}
// CHECK: return
func.func @vectors(%x: vector<8xf32>) -> vector<8xf32> {
  %0 = math.tanh %x : vector<8xf32>
  %1 = math.exp %0 : vector<8xf32>
  %2 = math.log1p %1 : vector<8xf32>
  %3 = math.sin %2 : vector<8xf32>
  %4 = math.sqrt %3 : vector<8xf32>
  return %4 : vector<8xf32>
}
