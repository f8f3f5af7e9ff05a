// RUN: camber-opt %s --verify-roundtrip | FileCheck %s
// RUN: camber-opt %s --mlir-print-op-generic | camber-opt | FileCheck %s
// RUN: camber-opt %s --emit-bytecode | camber-opt | FileCheck %s

// What a score body is made of once its modifiers have described themselves.
// CHECK-LABEL: func.func @structure
// CHECK: %[[A:.*]] = tile.piecewise at(%{{[^ ,]+}}, %{{[^ ,]+}}) breakpoints(%{{[^ ,]+}}) {
// CHECK-NEXT: ^bb0(%{{[^ ,]+}}: i32):
// CHECK-NEXT: %[[X:.*]] = tile.affine %{{[^ ,]+}} slope %{{[^ ,]+}} at(%{{[^ ,]+}}, %{{[^ ,]+}})
// CHECK-NEXT: tile.affine %{{[^ ,]+}} slope %{{[^ ,]+}} origin %{{[^ ,]+}} at(
// CHECK-NEXT: tile.yield %[[X]] : f32
// CHECK-NEXT: }, {
// CHECK: %[[B:.*]] = tile.diagonal %[[A]] head %{{[^ ,]+}} at(%{{[^ ,]+}}, %{{[^ ,]+}}) {
// CHECK-NEXT: ^bb0(%{{[^ ,]+}}: i32, %[[D:.*]]: i32):
// CHECK: %[[C:.*]] = tile.visible %[[B]] at(%{{[^ ,]+}}, %{{[^ ,]+}}) min %{{[^ ,]+}} max %{{[^ ,]+}}
// CHECK: tile.visible %[[C]] at(%{{[^ ,]+}}, %{{[^ ,]+}}) max %{{[^ ,]+}}
func.func @structure(%s: f32, %m: f32, %h: i32, %p: i32, %j: i32, %break: i32) -> f32 {
  %0 = tile.piecewise at(%p, %j) breakpoints(%break) {
  ^bb0(%d: i32):
    %x = tile.affine %s slope %m at(%p, %j)
    %x0 = tile.affine %s slope %m origin %m at(%p, %j)
    tile.yield %x : f32
  }, {
  ^bb0(%d: i32):
    tile.yield %s : f32
  }
  %1 = tile.diagonal %0 head %h at(%p, %j) {
  ^bb0(%head: i32, %d: i32):
    %x = arith.sitofp %d : i32 to f32
    tile.yield %x : f32
  }
  %2 = tile.visible %1 at(%p, %j) min %break max %break
  %3 = tile.visible %2 at(%p, %j) max %break
  return %3 : f32
}
