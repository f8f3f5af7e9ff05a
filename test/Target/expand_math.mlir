// RUN: camber-opt %s --split-input-file --expand-math --verify-diagnostics | FileCheck %s
// RUN: camber-opt %s --split-input-file --expand-math=scale-instructions --verify-diagnostics | FileCheck %s --check-prefix=SCALE

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

// -----

// Index goes through i64.
// CHECK-LABEL: func @ipowi_of_index
// CHECK-SAME: %[[X:.*]]: index, %[[Y:.*]]: index
// CHECK-DAG: arith.index_cast %[[X]] : index to i64
// CHECK-DAG: arith.index_cast %[[Y]] : index to i64
// CHECK: scf.for
// CHECK: %[[POWER:.*]] = arith.index_cast %{{.*}} : i64 to index
// CHECK: return %[[POWER]]
func.func @ipowi_of_index(%x: index, %y: index) -> index {
  %r = math.ipowi %x, %y : index
  return %r : index
}

// -----

// CHECK-LABEL: func @fpowi_by_index
// CHECK: arith.index_cast %{{.*}} : vector<8xindex> to vector<8xi64>
// CHECK-NOT: math.fpowi
func.func @fpowi_by_index(%x: vector<8xf32>, %y: vector<8xindex>) -> vector<8xf32> {
  %r = math.fpowi %x, %y : vector<8xf32>, vector<8xindex>
  return %r : vector<8xf32>
}

// -----

func.func @tensor(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @+1 {{'math.tanh' op has no expansion on 'tensor<4xf32>'}}
  %r = math.tanh %x : tensor<4xf32>
  return %r : tensor<4xf32>
}

// -----

func.func @two_dimensions(%y: vector<2x2xf32>) -> vector<2x2xf32> {
  // expected-error @+1 {{'math.atan2' op has no expansion on 'vector<2x2xf32>'}}
  %r = math.atan2 %y, %y : vector<2x2xf32>
  return %r : vector<2x2xf32>
}

// -----

// SCALE runs with the instructions of AVX-512; they work on 16 lanes.
// CHECK-LABEL: func @softmax_exp2
// CHECK-NOT: call_intrinsic
// CHECK-COUNT-5: math.fma {{.*}} : vector<16xf32>
// CHECK: arith.shli
// SCALE-LABEL: func @softmax_exp2
// SCALE: llvm.call_intrinsic "llvm.x86.avx512.mask.reduce.ps.512"
// SCALE-COUNT-5: math.fma {{.*}} : vector<16xf32>
// SCALE: llvm.call_intrinsic "llvm.x86.avx512.mask.scalef.ps.512"
// SCALE-NOT: arith.shli
func.func @softmax_exp2(%x: vector<16xf32>) -> vector<16xf32> {
  %p = cpu.exp2 %x : vector<16xf32>
  return %p : vector<16xf32>
}

// -----

// SCALE-LABEL: func @softmax_exp2_of_8
// SCALE-NOT: call_intrinsic
// SCALE: arith.shli
func.func @softmax_exp2_of_8(%x: vector<8xf32>) -> vector<8xf32> {
  %p = cpu.exp2 %x : vector<8xf32>
  return %p : vector<8xf32>
}

// -----

// CHECK-LABEL: func @rounded_divisions
// CHECK-NOT: ceildiv
// CHECK-NOT: floordiv
// CHECK: arith.divsi
func.func @rounded_divisions(%x: index, %y: index) -> (index, index, index) {
  %a = arith.ceildivsi %x, %y : index
  %b = arith.ceildivui %x, %y : index
  %c = arith.floordivsi %x, %y : index
  return %a, %b, %c : index, index, index
}
