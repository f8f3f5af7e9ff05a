// RUN: camber-opt %s --verify-roundtrip | FileCheck %s
// RUN: camber-opt %s --mlir-print-op-generic | camber-opt | FileCheck %s
// RUN: camber-opt %s --emit-bytecode | camber-opt | FileCheck %s

// CHECK-LABEL: func.func @exp2
// CHECK: cpu.exp2 %{{[^ ,]+}} : vector<8xf32>
func.func @exp2(%x: vector<8xf32>) -> vector<8xf32> {
  %p = cpu.exp2 %x : vector<8xf32>
  return %p : vector<8xf32>
}
