// Every function of math, and every division, in four score bodies.
func.func @k0(%q: tensor<1x2x8x16xf32>, %k: tensor<1x2x8x16xf32>, %v: tensor<1x2x8x16xf32>,
              %o: tensor<1x2x8x16xf32>) -> tensor<1x2x8x16xf32> {
  %r = attn.attention query(%q : tensor<1x2x8x16xf32>) key(%k : tensor<1x2x8x16xf32>) value(%v : tensor<1x2x8x16xf32>)
    outs(%o : tensor<1x2x8x16xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    %v0 = math.absf %s : f32
    %sum0 = arith.addf %s, %v0 : f32
    %v1 = math.asinh %sum0 : f32
    %sum1 = arith.addf %sum0, %v1 : f32
    %v2 = math.ceil %sum1 : f32
    %sum2 = arith.addf %sum1, %v2 : f32
    %v3 = math.erfc %sum2 : f32
    %sum3 = arith.addf %sum2, %v3 : f32
    %v4 = math.floor %sum3 : f32
    %sum4 = arith.addf %sum3, %v4 : f32
    %v5 = math.log2 %sum4 : f32
    %sum5 = arith.addf %sum4, %v5 : f32
    %v6 = math.sin %sum5 : f32
    %sum6 = arith.addf %sum5, %v6 : f32
    %v7 = math.tanh %sum6 : f32
    %sum7 = arith.addf %sum6, %v7 : f32
    %v8 = math.atan2 %sum7, %s : f32
    %sum8 = arith.addf %sum7, %v8 : f32
    %v9 = arith.divf %sum8, %s : f32
    %sum9 = arith.addf %sum8, %v9 : f32
    attn.yield %sum9
  } -> tensor<1x2x8x16xf32>
  return %r : tensor<1x2x8x16xf32>
}
func.func @k1(%q: tensor<1x2x8x16xf32>, %k: tensor<1x2x8x16xf32>, %v: tensor<1x2x8x16xf32>,
              %o: tensor<1x2x8x16xf32>) -> tensor<1x2x8x16xf32> {
  %r = attn.attention query(%q : tensor<1x2x8x16xf32>) key(%k : tensor<1x2x8x16xf32>) value(%v : tensor<1x2x8x16xf32>)
    outs(%o : tensor<1x2x8x16xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    %v0 = math.acos %s : f32
    %sum0 = arith.addf %s, %v0 : f32
    %v1 = math.atan %sum0 : f32
    %sum1 = arith.addf %sum0, %v1 : f32
    %v2 = math.cos %sum1 : f32
    %sum2 = arith.addf %sum1, %v2 : f32
    %v3 = math.exp %sum2 : f32
    %sum3 = arith.addf %sum2, %v3 : f32
    %v4 = math.log %sum3 : f32
    %sum4 = arith.addf %sum3, %v4 : f32
    %v5 = math.round %sum4 : f32
    %sum5 = arith.addf %sum4, %v5 : f32
    %v6 = math.sinh %sum5 : f32
    %sum6 = arith.addf %sum5, %v6 : f32
    %v7 = math.trunc %sum6 : f32
    %sum7 = arith.addf %sum6, %v7 : f32
    %v8 = math.powf %sum7, %s : f32
    %sum8 = arith.addf %sum7, %v8 : f32
    %v9 = math.copysign %sum8, %s : f32
    %sum9 = arith.addf %sum8, %v9 : f32
    attn.yield %sum9
  } -> tensor<1x2x8x16xf32>
  return %r : tensor<1x2x8x16xf32>
}
func.func @k2(%q: tensor<1x2x8x16xf32>, %k: tensor<1x2x8x16xf32>, %v: tensor<1x2x8x16xf32>,
              %o: tensor<1x2x8x16xf32>) -> tensor<1x2x8x16xf32> {
  %r = attn.attention query(%q : tensor<1x2x8x16xf32>) key(%k : tensor<1x2x8x16xf32>) value(%v : tensor<1x2x8x16xf32>)
    outs(%o : tensor<1x2x8x16xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    %v0 = math.acosh %s : f32
    %sum0 = arith.addf %s, %v0 : f32
    %v1 = math.atanh %sum0 : f32
    %sum1 = arith.addf %sum0, %v1 : f32
    %v2 = math.cosh %sum1 : f32
    %sum2 = arith.addf %sum1, %v2 : f32
    %v3 = math.exp2 %sum2 : f32
    %sum3 = arith.addf %sum2, %v3 : f32
    %v4 = math.log10 %sum3 : f32
    %sum4 = arith.addf %sum3, %v4 : f32
    %v5 = math.roundeven %sum4 : f32
    %sum5 = arith.addf %sum4, %v5 : f32
    %v6 = math.sqrt %sum5 : f32
    %sum6 = arith.addf %sum5, %v6 : f32
    %v7 = arith.maximumf %sum6, %s : f32
    %sum7 = arith.addf %sum6, %v7 : f32
    %v8 = arith.minnumf %sum7, %s : f32
    %sum8 = arith.addf %sum7, %v8 : f32
    %remainder = arith.remf %sum8, %s : f32
    %left = arith.addf %sum8, %remainder : f32
    %v9 = math.fma %left, %s, %s : f32
    %sum9 = arith.addf %left, %v9 : f32
    attn.yield %sum9
  } -> tensor<1x2x8x16xf32>
  return %r : tensor<1x2x8x16xf32>
}
func.func @k3(%q: tensor<1x2x8x16xf32>, %k: tensor<1x2x8x16xf32>, %v: tensor<1x2x8x16xf32>,
              %o: tensor<1x2x8x16xf32>) -> tensor<1x2x8x16xf32> {
  %r = attn.attention query(%q : tensor<1x2x8x16xf32>) key(%k : tensor<1x2x8x16xf32>) value(%v : tensor<1x2x8x16xf32>)
    outs(%o : tensor<1x2x8x16xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    %v0 = math.asin %s : f32
    %sum0 = arith.addf %s, %v0 : f32
    %v1 = math.cbrt %sum0 : f32
    %sum1 = arith.addf %sum0, %v1 : f32
    %v2 = math.erf %sum1 : f32
    %sum2 = arith.addf %sum1, %v2 : f32
    %v3 = math.expm1 %sum2 : f32
    %sum3 = arith.addf %sum2, %v3 : f32
    %v4 = math.log1p %sum3 : f32
    %sum4 = arith.addf %sum3, %v4 : f32
    %v5 = math.rsqrt %sum4 : f32
    %sum5 = arith.addf %sum4, %v5 : f32
    %v6 = math.tan %sum5 : f32
    %sum6 = arith.addf %sum5, %v6 : f32
    %d = arith.subi %j, %p : i32
    %i0 = arith.divsi %d, %h : i32
    %i1 = arith.divui %i0, %h : i32
    %i2 = arith.remsi %i1, %h : i32
    %i3 = arith.remui %i2, %h : i32
    %i4 = arith.floordivsi %i3, %h : i32
    %i5 = arith.ceildivsi %i4, %h : i32
    %distance = arith.sitofp %i5 : i32 to f32
    %power = math.fpowi %distance, %d : f32, i32
    %last = arith.addf %sum6, %power : f32
    attn.yield %last
  } -> tensor<1x2x8x16xf32>
  return %r : tensor<1x2x8x16xf32>
}
