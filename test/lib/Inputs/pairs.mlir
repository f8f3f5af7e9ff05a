// One kernel per bias of the test dialect, and its twin @X_twin that says the same with what Camber knows: a built-in bias or
// mask where there is one, user arithmetic elsewhere. ForeignBiasTest.cpp runs the first against the reference of the second.
!q = tensor<?x4x?x32xf32>
!kv = tensor<?x2x?x32xf32>

func.func @shift(%q: !q, %k: !kv, %v: !kv, %o: !q) -> !q {
  %r = attn.attention query(%q : !q) key(%k : !kv) value(%v : !kv)
    masks [#attn.causal] outs(%o : !q) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    %0 = attn.scale %s, 0.17
    %y = test_bias.shift %0 by 0.75
    attn.yield %y
  } -> !q
  return %r : !q
}

func.func @shift_twin(%q: !q, %k: !kv, %v: !kv, %o: !q) -> !q {
  %r = attn.attention query(%q : !q) key(%k : !kv) value(%v : !kv)
    masks [#attn.causal] outs(%o : !q) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    %0 = attn.scale %s, 0.17
    %c = arith.constant 0.75 : f32
    %y = arith.addf %0, %c : f32
    attn.yield %y
  } -> !q
  return %r : !q
}

func.func @line(%q: !q, %k: !kv, %v: !kv, %slopes: tensor<4xf32> {attn.name = "slopes"}, %o: !q) -> !q {
  %r = attn.attention query(%q : !q) key(%k : !kv) value(%v : !kv)
    params(%slopes : tensor<4xf32>)
    masks [#attn.causal] outs(%o : !q) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32, %slopes_: tensor<4xf32>):
    %0 = attn.scale %s, 0.17
    %y = test_bias.line %0 at(%h, %p, %j) slopes(%slopes_ : tensor<4xf32>)
    attn.yield %y
  } -> !q
  return %r : !q
}

func.func @line_twin(%q: !q, %k: !kv, %v: !kv, %slopes: tensor<4xf32> {attn.name = "slopes"}, %o: !q) -> !q {
  %r = attn.attention query(%q : !q) key(%k : !kv) value(%v : !kv)
    params(%slopes : tensor<4xf32>)
    masks [#attn.causal] outs(%o : !q) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32, %slopes_: tensor<4xf32>):
    %0 = attn.scale %s, 0.17
    %y = attn.alibi %0 at(%h, %p, %j) slopes(%slopes_ : tensor<4xf32>)
    attn.yield %y
  } -> !q
  return %r : !q
}

func.func @tent(%q: !q, %k: !kv, %v: !kv, %o: !q) -> !q {
  %r = attn.attention query(%q : !q) key(%k : !kv) value(%v : !kv)
    outs(%o : !q) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    %0 = attn.scale %s, 0.17
    %y = test_bias.tent %0 at(%p, %j) {peak = -5 : i64, slope = 0.125}
    attn.yield %y
  } -> !q
  return %r : !q
}

func.func @tent_twin(%q: !q, %k: !kv, %v: !kv, %o: !q) -> !q {
  %r = attn.attention query(%q : !q) key(%k : !kv) value(%v : !kv)
    outs(%o : !q) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    %0 = attn.scale %s, 0.17
    %d = arith.subi %j, %p : i32
    %peak = arith.constant -5 : i32
    %t = arith.subi %d, %peak : i32
    %z = arith.constant 0 : i32
    %n = arith.subi %z, %t : i32
    %a = arith.maxsi %t, %n : i32
    %f = arith.sitofp %a : i32 to f32
    %m = arith.constant -0.125 : f32
    %x = arith.mulf %f, %m : f32
    %y = arith.addf %0, %x : f32
    attn.yield %y
  } -> !q
  return %r : !q
}

func.func @band(%q: !q, %k: !kv, %v: !kv, %table: tensor<4x9xf32> {attn.name = "table"}, %o: !q) -> !q {
  %r = attn.attention query(%q : !q) key(%k : !kv) value(%v : !kv)
    params(%table : tensor<4x9xf32>)
    outs(%o : !q) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32, %table_: tensor<4x9xf32>):
    %0 = attn.scale %s, 0.17
    %y = test_bias.band %0 at(%h, %p, %j) table(%table_ : tensor<4x9xf32>)
    attn.yield %y
  } -> !q
  return %r : !q
}

func.func @band_twin(%q: !q, %k: !kv, %v: !kv, %table: tensor<4x9xf32> {attn.name = "table"}, %o: !q) -> !q {
  %r = attn.attention query(%q : !q) key(%k : !kv) value(%v : !kv)
    params(%table : tensor<4x9xf32>)
    outs(%o : !q) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32, %table_: tensor<4x9xf32>):
    %0 = attn.scale %s, 0.17
    %d = arith.subi %j, %p : i32
    %z = arith.constant 0 : i32
    %n = arith.subi %z, %d : i32
    %a = arith.maxsi %d, %n : i32
    %x = attn.lookup %table_[%h, %a] : tensor<4x9xf32> -> f32
    %y = arith.addf %0, %x : f32
    attn.yield %y
  } -> !q
  return %r : !q
}

func.func @fade(%q: !q, %k: !kv, %v: !kv, %o: !q) -> !q {
  %r = attn.attention query(%q : !q) key(%k : !kv) value(%v : !kv)
    masks [#attn.causal] outs(%o : !q) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    %0 = attn.scale %s, 0.17
    %y = test_bias.fade %0 at(%p, %j) {rate = 0.5}
    attn.yield %y
  } -> !q
  return %r : !q
}

func.func @fade_twin(%q: !q, %k: !kv, %v: !kv, %o: !q) -> !q {
  %r = attn.attention query(%q : !q) key(%k : !kv) value(%v : !kv)
    masks [#attn.causal] outs(%o : !q) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    %0 = attn.scale %s, 0.17
    %d = arith.subi %j, %p : i32
    %z = arith.constant 0 : i32
    %n = arith.subi %z, %d : i32
    %a = arith.maxsi %d, %n : i32
    %f = arith.sitofp %a : i32 to f32
    %c = arith.constant 1.0 : f32
    %g = arith.addf %f, %c : f32
    %l = math.log %g : f32
    %m = arith.constant -0.5 : f32
    %x = arith.mulf %l, %m : f32
    %y = arith.addf %0, %x : f32
    attn.yield %y
  } -> !q
  return %r : !q
}

func.func @gates(%q: !q, %k: !kv, %v: !kv, %rows: tensor<50xf32> {attn.name = "rows"}, %columns: tensor<50xf32> {attn.name = "columns"}, %o: !q) -> !q {
  %r = attn.attention query(%q : !q) key(%k : !kv) value(%v : !kv)
    params(%rows, %columns : tensor<50xf32>, tensor<50xf32>)
    outs(%o : !q) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32, %rows_: tensor<50xf32>, %columns_: tensor<50xf32>):
    %0 = attn.scale %s, 0.17
    %y = test_bias.gates %0 at(%p, %j) rows(%rows_ : tensor<50xf32>) columns(%columns_ : tensor<50xf32>)
    attn.yield %y
  } -> !q
  return %r : !q
}

func.func @gates_twin(%q: !q, %k: !kv, %v: !kv, %rows: tensor<50xf32> {attn.name = "rows"}, %columns: tensor<50xf32> {attn.name = "columns"}, %o: !q) -> !q {
  %r = attn.attention query(%q : !q) key(%k : !kv) value(%v : !kv)
    params(%rows, %columns : tensor<50xf32>, tensor<50xf32>)
    outs(%o : !q) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32, %rows_: tensor<50xf32>, %columns_: tensor<50xf32>):
    %0 = attn.scale %s, 0.17
    %x = attn.lookup %columns_[%j] : tensor<50xf32> -> f32
    %w = attn.lookup %rows_[%p] : tensor<50xf32> -> f32
    %u = arith.addf %0, %x : f32
    %y = arith.subf %u, %w : f32
    attn.yield %y
  } -> !q
  return %r : !q
}

func.func @near(%q: !q, %k: !kv, %v: !kv, %o: !q) -> !q {
  %r = attn.attention query(%q : !q) key(%k : !kv) value(%v : !kv)
    outs(%o : !q) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    %0 = attn.scale %s, 0.17
    %y = test_bias.near %0 at(%p, %j) {reach = 7 : i64}
    attn.yield %y
  } -> !q
  return %r : !q
}

func.func @near_twin(%q: !q, %k: !kv, %v: !kv, %o: !q) -> !q {
  %r = attn.attention query(%q : !q) key(%k : !kv) value(%v : !kv)
    masks [#attn.window<left = 7, right = 7>] outs(%o : !q) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    %0 = attn.scale %s, 0.17
    %y = attn.scale %0, 1.0
    attn.yield %y
  } -> !q
  return %r : !q
}

func.func @warp(%q: !q, %k: !kv, %v: !kv, %o: !q) -> !q {
  %r = attn.attention query(%q : !q) key(%k : !kv) value(%v : !kv)
    masks [#attn.causal] outs(%o : !q) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    %0 = attn.scale %s, 0.17
    %y = test_bias.warp %0 by 0.5
    attn.yield %y
  } -> !q
  return %r : !q
}

func.func @warp_twin(%q: !q, %k: !kv, %v: !kv, %o: !q) -> !q {
  %r = attn.attention query(%q : !q) key(%k : !kv) value(%v : !kv)
    masks [#attn.causal] outs(%o : !q) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    %0 = attn.scale %s, 0.17
    %t = math.tanh %0 : f32
    %m = arith.constant 0.5 : f32
    %x = arith.mulf %t, %m : f32
    %y = arith.subf %0, %x : f32
    attn.yield %y
  } -> !q
  return %r : !q
}

func.func @dilated(%q: !q, %k: !kv, %v: !kv, %o: !q) -> !q {
  %r = attn.attention query(%q : !q) key(%k : !kv) value(%v : !kv)
    masks [#attn.causal, #test_bias.dilated<step = 3>] outs(%o : !q) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    %0 = attn.scale %s, 0.17
    %y = attn.scale %0, 1.0
    attn.yield %y
  } -> !q
  return %r : !q
}

func.func @dilated_twin(%q: !q, %k: !kv, %v: !kv, %o: !q) -> !q {
  %r = attn.attention query(%q : !q) key(%k : !kv) value(%v : !kv)
    masks [#attn.causal] outs(%o : !q) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    %0 = attn.scale %s, 0.17
    %d = arith.subi %j, %p : i32
    %step = arith.constant 3 : i32
    %w = arith.remsi %d, %step : i32
    %z = arith.constant 0 : i32
    %c = arith.cmpi eq, %w, %z : i32
    %hidden = arith.constant 0xFF800000 : f32
    %y = arith.select %c, %0, %hidden : f32
    attn.yield %y
  } -> !q
  return %r : !q
}

func.func @chain(%q: !q, %k: !kv, %v: !kv, %slopes: tensor<4xf32> {attn.name = "slopes"}, %o: !q) -> !q {
  %r = attn.attention query(%q : !q) key(%k : !kv) value(%v : !kv)
    params(%slopes : tensor<4xf32>)
    outs(%o : !q) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32, %slopes_: tensor<4xf32>):
    %0 = attn.scale %s, 0.17
    %1 = test_bias.line %0 at(%h, %p, %j) slopes(%slopes_ : tensor<4xf32>)
    %2 = test_bias.tent %1 at(%p, %j) {peak = 0 : i64, slope = 0.03125}
    %3 = attn.softcap %2, 20.0
    %y = test_bias.shift %3 by -0.5
    attn.yield %y
  } -> !q
  return %r : !q
}

func.func @chain_twin(%q: !q, %k: !kv, %v: !kv, %slopes: tensor<4xf32> {attn.name = "slopes"}, %o: !q) -> !q {
  %r = attn.attention query(%q : !q) key(%k : !kv) value(%v : !kv)
    params(%slopes : tensor<4xf32>)
    outs(%o : !q) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32, %slopes_: tensor<4xf32>):
    %0 = attn.scale %s, 0.17
    %1 = attn.alibi %0 at(%h, %p, %j) slopes(%slopes_ : tensor<4xf32>)
    %d = arith.subi %j, %p : i32
    %z = arith.constant 0 : i32
    %n = arith.subi %z, %d : i32
    %a = arith.maxsi %d, %n : i32
    %f = arith.sitofp %a : i32 to f32
    %m = arith.constant -0.03125 : f32
    %x = arith.mulf %f, %m : f32
    %2 = arith.addf %1, %x : f32
    %3 = attn.softcap %2, 20.0
    %c = arith.constant -0.5 : f32
    %y = arith.addf %3, %c : f32
    attn.yield %y
  } -> !q
  return %r : !q
}

func.func @mirrored_line(%q: !q, %k: !kv, %v: !kv, %slopes: tensor<4xf32> {attn.name = "slopes"}, %o: !q) -> !q {
  %r = attn.attention query(%q : !q) key(%k : !kv) value(%v : !kv)
    params(%slopes : tensor<4xf32>)
    outs(%o : !q) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32, %slopes_: tensor<4xf32>):
    %0 = attn.scale %s, 0.17
    %y = test_bias.line %0 at(%h, %j, %p) slopes(%slopes_ : tensor<4xf32>)
    attn.yield %y
  } -> !q
  return %r : !q
}

func.func @mirrored_line_twin(%q: !q, %k: !kv, %v: !kv, %slopes: tensor<4xf32> {attn.name = "slopes"}, %o: !q) -> !q {
  %r = attn.attention query(%q : !q) key(%k : !kv) value(%v : !kv)
    params(%slopes : tensor<4xf32>)
    outs(%o : !q) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32, %slopes_: tensor<4xf32>):
    %0 = attn.scale %s, 0.17
    %y = attn.alibi %0 at(%h, %j, %p) slopes(%slopes_ : tensor<4xf32>)
    attn.yield %y
  } -> !q
  return %r : !q
}
