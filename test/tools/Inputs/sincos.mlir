func.func @k(%q: tensor<?x2x?x64xf32>, %k: tensor<?x2x?x64xf32>, %v: tensor<?x2x?x64xf32>, %o: tensor<?x2x?x64xf32>)
    -> tensor<?x2x?x64xf32> {
  %r = attn.attention query(%q : tensor<?x2x?x64xf32>) key(%k : tensor<?x2x?x64xf32>) value(%v : tensor<?x2x?x64xf32>)
    outs(%o : tensor<?x2x?x64xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    %sin, %cos = math.sincos %s : f32
    %0 = arith.addf %sin, %cos : f32
    attn.yield %0
  } -> tensor<?x2x?x64xf32>
  return %r : tensor<?x2x?x64xf32>
}
