// REQUIRES: avx2
// RUN: camber-run %s --target=x86-64-v3

// The sign of a zero is part of a constant, in the kernel and in what it is compared with.
!q = memref<?x2x40x64xf32>
!kv = memref<?x2x70x64xf32>

func.func @negative_zero(%q: !q, %k: !kv, %v: !kv, %o: !q) {
  attn.attention query(%q : !q) key(%k : !kv) value(%v : !kv) outs(%o : !q) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    %0 = attn.scale %s, 0.125
    %zero = arith.constant -0.0 : f32
    %1 = math.copysign %0, %zero : f32
    attn.yield %1
  }
  return
}
