// Functions that a processor may have or not, and some that are always expanded.
func.func @k(%q: tensor<1x2x8x16xf32>, %k: tensor<1x2x8x16xf32>, %v: tensor<1x2x8x16xf32>,
             %o: tensor<1x2x8x16xf32>) -> tensor<1x2x8x16xf32> {
  %r = attn.attention query(%q : tensor<1x2x8x16xf32>) key(%k : tensor<1x2x8x16xf32>) value(%v : tensor<1x2x8x16xf32>)
    outs(%o : tensor<1x2x8x16xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    %v0 = math.absf %s : f32
    %sum0 = arith.addf %s, %v0 : f32
    %v1 = math.sqrt %sum0 : f32
    %sum1 = arith.addf %sum0, %v1 : f32
    %v2 = math.floor %sum1 : f32
    %sum2 = arith.addf %sum1, %v2 : f32
    %v3 = math.ceil %sum2 : f32
    %sum3 = arith.addf %sum2, %v3 : f32
    %v4 = math.trunc %sum3 : f32
    %sum4 = arith.addf %sum3, %v4 : f32
    %v5 = math.roundeven %sum4 : f32
    %sum5 = arith.addf %sum4, %v5 : f32
    %v6 = math.exp %sum5 : f32
    %sum6 = arith.addf %sum5, %v6 : f32
    %v7 = math.log %sum6 : f32
    %sum7 = arith.addf %sum6, %v7 : f32
    %v8 = math.tanh %sum7 : f32
    %sum8 = arith.addf %sum7, %v8 : f32
    %v9 = math.copysign %sum8, %s : f32
    %sum9 = arith.addf %sum8, %v9 : f32
    %v10 = math.fma %sum9, %s, %s : f32
    %sum10 = arith.addf %sum9, %v10 : f32
    %v11 = math.powf %sum10, %s : f32
    %sum11 = arith.addf %sum10, %v11 : f32
    %d = arith.subi %j, %p : i32
    %i1 = arith.divsi %d, %h : i32
    %i2 = arith.remui %i1, %h : i32
    %i3 = math.absi %i2 : i32
    %i4 = math.ctlz %i3 : i32
    %i5 = math.cttz %i4 : i32
    %i6 = math.ctpop %i5 : i32
    %number = arith.sitofp %i6 : i32 to f32
    %last = arith.addf %sum11, %number : f32
    attn.yield %last
  } -> tensor<1x2x8x16xf32>
  return %r : tensor<1x2x8x16xf32>
}
