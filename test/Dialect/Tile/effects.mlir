// What reads a table that is in memory is not moved or merged across a write to it, and still is where nothing is written,
// and goes where nobody uses it. The ops stand outside of a score body here, where writes are allowed.
// RUN: camber-opt %s --cse | FileCheck %s --check-prefixes=CHECK,CSE
// RUN: camber-opt %s --loop-invariant-code-motion | FileCheck %s --check-prefixes=CHECK,MOVE
// RUN: camber-opt %s --canonicalize | FileCheck %s --check-prefixes=CHECK,DEAD

// CHECK-LABEL: func.func @merges
// CSE: attn.lookup
// CSE-NOT: attn.lookup
// CSE: tile.diagonal
// CSE-NOT: tile.diagonal
// CSE: tile.piecewise
// CSE-NOT: tile.piecewise
// CSE: return
func.func @merges(%t: memref<8xf32>, %s: f32, %h: i32, %p: i32, %j: i32) -> (f32, f32, f32, f32, f32, f32) {
  %0 = attn.lookup %t[%h] : memref<8xf32> -> f32
  %1 = attn.lookup %t[%h] : memref<8xf32> -> f32
  %2 = tile.diagonal %s head %h at(%p, %j) {
  ^bb0(%head: i32, %d: i32):
    %x = attn.lookup %t[%d] : memref<8xf32> -> f32
    tile.yield %x : f32
  }
  %3 = tile.diagonal %s head %h at(%p, %j) {
  ^bb0(%head: i32, %d: i32):
    %x = attn.lookup %t[%d] : memref<8xf32> -> f32
    tile.yield %x : f32
  }
  %4 = tile.piecewise at(%p, %j) {
  ^bb0(%d: i32):
    %x = attn.lookup %t[%d] : memref<8xf32> -> f32
    tile.yield %x : f32
  }
  %5 = tile.piecewise at(%p, %j) {
  ^bb0(%d: i32):
    %x = attn.lookup %t[%d] : memref<8xf32> -> f32
    tile.yield %x : f32
  }
  return %0, %1, %2, %3, %4, %5 : f32, f32, f32, f32, f32, f32
}

// CHECK-LABEL: func.func @written_between
// CHECK: attn.lookup
// CHECK: tile.diagonal
// CHECK: tile.piecewise
// CHECK: attn.alibi
// CHECK: memref.store
// CHECK: attn.lookup
// CHECK: tile.diagonal
// CHECK: tile.piecewise
// CHECK: attn.alibi
// CHECK: return
func.func @written_between(%t: memref<8xf32>, %s: f32, %h: i32, %p: i32, %j: i32, %i: index)
    -> (f32, f32, f32, f32, f32, f32, f32, f32) {
  %0 = attn.lookup %t[%h] : memref<8xf32> -> f32
  %1 = tile.diagonal %s head %h at(%p, %j) {
  ^bb0(%head: i32, %d: i32):
    %x = attn.lookup %t[%d] : memref<8xf32> -> f32
    tile.yield %x : f32
  }
  %2 = tile.piecewise at(%p, %j) {
  ^bb0(%d: i32):
    %x = attn.lookup %t[%d] : memref<8xf32> -> f32
    tile.yield %x : f32
  }
  %3 = attn.alibi %s at(%h, %p, %j) slopes(%t : memref<8xf32>)
  memref.store %s, %t[%i] : memref<8xf32>
  %4 = attn.lookup %t[%h] : memref<8xf32> -> f32
  %5 = tile.diagonal %s head %h at(%p, %j) {
  ^bb0(%head: i32, %d: i32):
    %x = attn.lookup %t[%d] : memref<8xf32> -> f32
    tile.yield %x : f32
  }
  %6 = tile.piecewise at(%p, %j) {
  ^bb0(%d: i32):
    %x = attn.lookup %t[%d] : memref<8xf32> -> f32
    tile.yield %x : f32
  }
  %7 = attn.alibi %s at(%h, %p, %j) slopes(%t : memref<8xf32>)
  return %0, %1, %2, %3, %4, %5, %6, %7 : f32, f32, f32, f32, f32, f32, f32, f32
}

// A table that is a tensor is a value.
// CHECK-LABEL: func.func @values
// CSE: tile.diagonal
// CSE-NOT: tile.diagonal
// CSE: memref.store
// CSE-NOT: tile.diagonal
// CSE: return
func.func @values(%t: tensor<8xf32>, %m: memref<8xf32>, %s: f32, %h: i32, %p: i32, %j: i32, %i: index) -> (f32, f32) {
  %0 = tile.diagonal %s head %h at(%p, %j) {
  ^bb0(%head: i32, %d: i32):
    %x = attn.lookup %t[%d] : tensor<8xf32> -> f32
    tile.yield %x : f32
  }
  memref.store %s, %m[%i] : memref<8xf32>
  %1 = tile.diagonal %s head %h at(%p, %j) {
  ^bb0(%head: i32, %d: i32):
    %x = attn.lookup %t[%d] : tensor<8xf32> -> f32
    tile.yield %x : f32
  }
  return %0, %1 : f32, f32
}

// CHECK-LABEL: func.func @written_in_loop
// CHECK: scf.for
// CHECK: tile.diagonal
// CHECK: tile.piecewise
// CHECK: memref.store
func.func @written_in_loop(%t: memref<8xf32>, %s: f32, %h: i32, %p: i32, %j: i32, %i: index, %n: index) {
  scf.for %k = %i to %n step %n {
    %0 = tile.diagonal %s head %h at(%p, %j) {
    ^bb0(%head: i32, %d: i32):
      %x = attn.lookup %t[%d] : memref<8xf32> -> f32
      tile.yield %x : f32
    }
    %1 = tile.piecewise at(%p, %j) {
    ^bb0(%d: i32):
      %x = attn.lookup %t[%d] : memref<8xf32> -> f32
      %y = arith.addf %x, %0 : f32
      tile.yield %y : f32
    }
    memref.store %1, %t[%k] : memref<8xf32>
  }
  return
}

// Arithmetic and tensors have no effects, and are hoisted as before; a division that may trap is not.
// CHECK-LABEL: func.func @in_loop
// MOVE: tile.diagonal
// MOVE-NOT: arith.divsi
// MOVE: scf.for
// MOVE: tile.piecewise
// MOVE-NEXT: ^bb0
// MOVE: arith.divsi
// MOVE: memref.store
func.func @in_loop(%t: tensor<8xf32>, %m: memref<8xf32>, %s: f32, %h: i32, %p: i32, %j: i32, %i: index, %n: index) {
  scf.for %k = %i to %n step %n {
    %0 = tile.diagonal %s head %h at(%p, %j) {
    ^bb0(%head: i32, %d: i32):
      %x = attn.lookup %t[%d] : tensor<8xf32> -> f32
      tile.yield %x : f32
    }
    %1 = tile.piecewise at(%p, %j) {
    ^bb0(%d: i32):
      %x = arith.divsi %p, %d : i32
      %y = arith.sitofp %x : i32 to f32
      tile.yield %y : f32
    }
    %2 = arith.addf %0, %1 : f32
    memref.store %2, %m[%k] : memref<8xf32>
  }
  return
}

// CHECK-LABEL: func.func @unused
// DEAD-NEXT: return
func.func @unused(%t: memref<8xf32>, %s: f32, %h: i32, %p: i32, %j: i32) {
  %0 = attn.lookup %t[%h] : memref<8xf32> -> f32
  %1 = attn.alibi %s at(%h, %p, %j) slopes(%t : memref<8xf32>)
  %2 = tile.diagonal %s head %h at(%p, %j) {
  ^bb0(%head: i32, %d: i32):
    %x = attn.lookup %t[%d] : memref<8xf32> -> f32
    tile.yield %x : f32
  }
  %3 = tile.piecewise at(%p, %j) {
  ^bb0(%d: i32):
    %x = attn.lookup %t[%d] : memref<8xf32> -> f32
    tile.yield %x : f32
  }
  return
}
