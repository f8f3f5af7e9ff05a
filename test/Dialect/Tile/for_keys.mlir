// RUN: camber-opt %s --verify-roundtrip | FileCheck %s
// RUN: camber-opt %s --mlir-print-op-generic | camber-opt | FileCheck %s
// RUN: camber-opt %s --emit-bytecode | camber-opt | FileCheck %s

// CHECK-LABEL: func.func @for_keys
// CHECK: %[[FULL:.*]]:2 = tile.for_keys %{{[^ ,]+}} to %{{[^ ,]+}} step 32 full iter(%{{[^ ,]+}}, %{{[^ ,]+}} : !tile.tile<8xf32>, !tile.tile<8x16xf32>) -> (!tile.tile<8xf32>, !tile.tile<8x16xf32>) {
// CHECK-NEXT: ^bb0(%{{[^ ,]+}}: index, %{{[^ ,]+}}: index, %[[A:.*]]: !tile.tile<8xf32>, %[[B:.*]]: !tile.tile<8x16xf32>):
// CHECK-NEXT: tile.yield %[[A]], %[[B]] : !tile.tile<8xf32>, !tile.tile<8x16xf32>
// CHECK: tile.for_keys %{{[^ ,]+}} to %{{[^ ,]+}} step 32 iter(%[[FULL]]#0, %[[FULL]]#1 :
func.func @for_keys(%lo: index, %hi: index, %a: !tile.tile<8xf32>, %b: !tile.tile<8x16xf32>) {
  %full:2 = tile.for_keys %lo to %hi step 32 full iter(%a, %b : !tile.tile<8xf32>, !tile.tile<8x16xf32>) -> (!tile.tile<8xf32>, !tile.tile<8x16xf32>) {
  ^bb0(%first: index, %count: index, %x: !tile.tile<8xf32>, %y: !tile.tile<8x16xf32>):
    tile.yield %x, %y : !tile.tile<8xf32>, !tile.tile<8x16xf32>
  }
  %rest:2 = tile.for_keys %lo to %hi step 32 iter(%full#0, %full#1 : !tile.tile<8xf32>, !tile.tile<8x16xf32>) -> (!tile.tile<8xf32>, !tile.tile<8x16xf32>) {
  ^bb0(%first: index, %count: index, %x: !tile.tile<8xf32>, %y: !tile.tile<8x16xf32>):
    tile.yield %x, %y : !tile.tile<8xf32>, !tile.tile<8x16xf32>
  }
  return
}
