// REQUIRES: avx2
// RUN: camber-run %s --target=x86-64-v3

// Divisors that are 0 at pairs the mask hides, on the other side of a select, and for some heads: nothing traps.
!q = memref<?x2x40x64xf32>
!kv = memref<?x2x70x64xf32>

// p - j is 0 on the diagonal and where the mask hides.
func.func @guarded(%q: !q, %k: !kv, %v: !kv, %o: !q) {
  attn.attention query(%q : !q) key(%k : !kv) value(%v : !kv) masks [#attn.causal] outs(%o : !q) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    %zero = arith.constant 0 : i32
    %d = arith.subi %p, %j : i32
    %is_zero = arith.cmpi eq, %d, %zero : i32
    %small = arith.constant 0.01 : f32
    %scaled = attn.scale %s, 0.125
    %q0 = arith.divsi %j, %d : i32
    %r0 = arith.select %is_zero, %zero, %q0 : i32
    %f0 = arith.sitofp %r0 : i32 to f32
    %s0 = math.fma %f0, %small, %scaled : f32
    %q1 = arith.remsi %j, %d : i32
    %r1 = arith.select %is_zero, %zero, %q1 : i32
    %f1 = arith.sitofp %r1 : i32 to f32
    %s1 = math.fma %f1, %small, %s0 : f32
    %q2 = arith.divui %j, %d : i32
    %r2 = arith.select %is_zero, %zero, %q2 : i32
    %f2 = arith.sitofp %r2 : i32 to f32
    %s2 = math.fma %f2, %small, %s1 : f32
    %q3 = arith.remui %j, %d : i32
    %r3 = arith.select %is_zero, %zero, %q3 : i32
    %f3 = arith.sitofp %r3 : i32 to f32
    %s3 = math.fma %f3, %small, %s2 : f32
    %q4 = arith.ceildivsi %j, %d : i32
    %r4 = arith.select %is_zero, %zero, %q4 : i32
    %f4 = arith.sitofp %r4 : i32 to f32
    %s4 = math.fma %f4, %small, %s3 : f32
    %q5 = arith.floordivsi %j, %d : i32
    %r5 = arith.select %is_zero, %zero, %q5 : i32
    %f5 = arith.sitofp %r5 : i32 to f32
    %s5 = math.fma %f5, %small, %s4 : f32
    attn.yield %s5
  }
  return
}

// The divisor is 0 for head 0, which does not use the quotient.
func.func @per_head(%q: !q, %k: !kv, %v: !kv, %o: !q) {
  attn.attention query(%q : !q) key(%k : !kv) value(%v : !kv) outs(%o : !q) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    %zero = arith.constant 0 : i32
    %seven = arith.constant 7 : i32
    %quotient = arith.divsi %seven, %h : i32
    %first = arith.cmpi eq, %h, %zero : i32
    %chosen = arith.select %first, %zero, %quotient : i32
    %bias = arith.sitofp %chosen : i32 to f32
    %scaled = attn.scale %s, 0.125
    %1 = arith.addf %scaled, %bias : f32
    attn.yield %1
  }
  return
}

// A pair that is seen may divide by zero, too: by 1. The smallest number divided by -1 is itself.
func.func @seen(%q: !q, %k: !kv, %v: !kv, %o: !q) {
  attn.attention query(%q : !q) key(%k : !kv) value(%v : !kv) masks [#attn.causal] outs(%o : !q) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    %small = arith.constant 0.01 : f32
    %smallest = arith.constant -2147483648 : i32
    %d = arith.subi %j, %p : i32
    %scaled = attn.scale %s, 0.125
    %q0 = arith.divsi %j, %d : i32
    %f0 = arith.sitofp %q0 : i32 to f32
    %s0 = math.fma %f0, %small, %scaled : f32
    %q1 = arith.remsi %j, %d : i32
    %f1 = arith.sitofp %q1 : i32 to f32
    %s1 = math.fma %f1, %small, %s0 : f32
    %e = arith.subi %p, %j : i32
    %q2 = arith.divui %j, %e : i32
    %f2 = arith.sitofp %q2 : i32 to f32
    %s2 = math.fma %f2, %small, %s1 : f32
    %q3 = arith.remui %j, %e : i32
    %f3 = arith.sitofp %q3 : i32 to f32
    %s3 = math.fma %f3, %small, %s2 : f32
    %q4 = arith.ceildivsi %j, %e : i32
    %f4 = arith.sitofp %q4 : i32 to f32
    %s4 = math.fma %f4, %small, %s3 : f32
    %q5 = arith.floordivsi %j, %e : i32
    %f5 = arith.sitofp %q5 : i32 to f32
    %s5 = math.fma %f5, %small, %s4 : f32
    %q6 = arith.ceildivui %j, %e : i32
    %f6 = arith.sitofp %q6 : i32 to f32
    %s6 = math.fma %f6, %small, %s5 : f32
    // -1 one key before the query.
    %q7 = arith.divsi %smallest, %d : i32
    %f7 = arith.sitofp %q7 : i32 to f32
    %tiny = arith.constant 1.0e-9 : f32
    %s7 = math.fma %f7, %tiny, %s6 : f32
    attn.yield %s7
  }
  return
}
