// REQUIRES: avx2
// RUN: camber-run %s --target=x86-64-v3

// What numbers are made of, and what kind they are: every operation has the meaning that the reference gives it.
func.func @bits(%q: tensor<?x2x40x64xf32>, %k: tensor<?x2x70x64xf32>, %v: tensor<?x2x70x64xf32>, %o: tensor<?x2x40x64xf32>)
    -> tensor<?x2x40x64xf32> {
  %r = attn.attention query(%q : tensor<?x2x40x64xf32>) key(%k : tensor<?x2x70x64xf32>) value(%v : tensor<?x2x70x64xf32>)
    outs(%o : tensor<?x2x40x64xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    %zero = arith.constant 0.0 : f32
    %low = arith.constant -2.0 : f32
    %high = arith.constant 2.5 : f32
    %c2 = arith.constant 2 : i32
    %0 = attn.scale %s, 0.125
    %1 = math.clampf %0 to [%low, %high] : f32
    // Not normal on the diagonal only.
    %d = arith.subi %j, %p : i32
    %distance = arith.sitofp %d : i32 to f32
    %normal = math.isnormal %distance : f32
    %2 = arith.select %normal, %1, %high : f32
    // 1/d is infinite there.
    %one = arith.constant 1.0 : f32
    %inverse = arith.divf %one, %distance : f32
    %infinite = math.isinf %inverse : f32
    %finite = math.isfinite %inverse : f32
    %3 = arith.select %finite, %inverse, %zero : f32
    %4 = arith.select %infinite, %low, %3 : f32
    // 0/0 is NaN there.
    %quotient = arith.divf %distance, %distance : f32
    %nan = math.isnan %quotient : f32
    %5 = arith.select %nan, %zero, %quotient : f32
    %ones = math.ctpop %j : i32
    %leading = math.ctlz %j : i32
    %trailing = math.cttz %j : i32
    %square = math.ipowi %ones, %c2 : i32
    %sum = arith.addi %leading, %trailing : i32
    %sum2 = arith.addi %sum, %square : i32
    %counts = arith.sitofp %sum2 : i32 to f32
    %hundredth = arith.constant 0.01 : f32
    %6 = arith.mulf %counts, %hundredth : f32
    // The exponent of the key position as a float, and the number of the bits without the lowest eight of the mantissa.
    %position = arith.sitofp %j : i32 to f32
    %raw = arith.bitcast %position : f32 to i32
    %c8 = arith.constant 8 : i32
    %short = arith.shrui %raw, %c8 : i32
    %back = arith.shli %short, %c8 : i32
    %rounded = arith.bitcast %back : i32 to f32
    %7 = arith.mulf %rounded, %hundredth : f32
    %8 = arith.addf %2, %4 : f32
    %9 = arith.addf %8, %5 : f32
    %10 = arith.addf %9, %6 : f32
    %11 = arith.addf %10, %7 : f32
    attn.yield %11
  } -> tensor<?x2x40x64xf32>
  return %r : tensor<?x2x40x64xf32>
}
