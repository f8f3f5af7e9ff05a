// One kernel per structure op of the test dialect, and its twin @X_twin that says the same with what Camber knows.
!q = tensor<?x4x?x32xf32>
!kv = tensor<?x2x?x32xf32>

func.func @ripple(%q: !q, %k: !kv, %v: !kv, %o: !q) -> !q {
  %r = attn.attention query(%q : !q) key(%k : !kv) value(%v : !kv)
    masks [#attn.causal] outs(%o : !q) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    %0 = attn.scale %s, 0.17
    %y = test_structure.ripple %0 at(%p, %j) {amplitude = 1.5, rate = 0.25}
    attn.yield %y
  } -> !q
  return %r : !q
}

func.func @ripple_twin(%q: !q, %k: !kv, %v: !kv, %o: !q) -> !q {
  %r = attn.attention query(%q : !q) key(%k : !kv) value(%v : !kv)
    masks [#attn.causal] outs(%o : !q) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    %0 = attn.scale %s, 0.17
    %d = arith.subi %j, %p : i32
    %x = arith.sitofp %d : i32 to f32
    %rate = arith.constant 0.25 : f32
    %a = arith.mulf %x, %rate : f32
    %c = math.cos %a : f32
    %amplitude = arith.constant 1.5 : f32
    %t = arith.mulf %c, %amplitude : f32
    %y = arith.addf %0, %t : f32
    attn.yield %y
  } -> !q
  return %r : !q
}

func.func @recent(%q: !q, %k: !kv, %v: !kv, %o: !q) -> !q {
  %r = attn.attention query(%q : !q) key(%k : !kv) value(%v : !kv)
    masks [#attn.causal] outs(%o : !q) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    %0 = attn.scale %s, 0.17
    %y = test_structure.recent %0 at(%p, %j) {keys = 200 : i64}
    attn.yield %y
  } -> !q
  return %r : !q
}

func.func @recent_twin(%q: !q, %k: !kv, %v: !kv, %o: !q) -> !q {
  %r = attn.attention query(%q : !q) key(%k : !kv) value(%v : !kv)
    masks [#attn.causal, #attn.window<left = 200>] outs(%o : !q) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    %0 = attn.scale %s, 0.17
    attn.yield %0
  } -> !q
  return %r : !q
}
