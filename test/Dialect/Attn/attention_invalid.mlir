// RUN: camber-opt %s --split-input-file --verify-diagnostics

func.func @attention_c1(%q: memref<1x?x4x16xf32>, %k: memref<1x?x4x16xf32>, %v: memref<1x?x4x16xf32>, %o: memref<1x?x4x16xf32>) {
  // expected-error @below {{query must be [batch, heads, length, head dim] with static heads and head dim}}
  attn.attention query(%q : memref<1x?x4x16xf32>) key(%k : memref<1x?x4x16xf32>) value(%v : memref<1x?x4x16xf32>)
    outs(%o : memref<1x?x4x16xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    attn.yield %s
  }
  return
}

// -----

func.func @attention_c1_rank(%q: memref<1x2x4x16xf32>, %k: memref<2x4x16xf32>, %v: memref<2x4x16xf32>, %o: memref<1x2x4x16xf32>) {
  // expected-error @below {{key must be [batch, heads, length, head dim]}}
  attn.attention query(%q : memref<1x2x4x16xf32>) key(%k : memref<2x4x16xf32>) value(%v : memref<2x4x16xf32>)
    outs(%o : memref<1x2x4x16xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    attn.yield %s
  }
  return
}

// -----

func.func @attention_c1_unranked(%q: memref<1x2x4x16xf32>, %k: memref<1x2x4x16xf32>, %v: memref<*xf32>, %o: memref<1x2x4x16xf32>) {
  // expected-error @below {{value must be [batch, heads, length, head dim]}}
  attn.attention query(%q : memref<1x2x4x16xf32>) key(%k : memref<1x2x4x16xf32>) value(%v : memref<*xf32>)
    outs(%o : memref<1x2x4x16xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    attn.yield %s
  }
  return
}

// -----

func.func @attention_c1_zero(%q: memref<1x2x4x0xf32>, %k: memref<1x2x4x0xf32>, %v: memref<1x2x4x0xf32>, %o: memref<1x2x4x0xf32>) {
  // expected-error @below {{query head dim must be in 1 … 2^24-1}}
  attn.attention query(%q : memref<1x2x4x0xf32>) key(%k : memref<1x2x4x0xf32>) value(%v : memref<1x2x4x0xf32>)
    outs(%o : memref<1x2x4x0xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    attn.yield %s
  }
  return
}

// -----

func.func @attention_c2(%q: memref<1x2x4x16xf64>, %k: memref<1x2x4x16xf64>, %v: memref<1x2x4x16xf64>, %o: memref<1x2x4x16xf64>) {
  // expected-error @below {{element type must be f32, f16 or bf16, got 'f64'}}
  attn.attention query(%q : memref<1x2x4x16xf64>) key(%k : memref<1x2x4x16xf64>) value(%v : memref<1x2x4x16xf64>)
    outs(%o : memref<1x2x4x16xf64>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    attn.yield %s
  }
  return
}

// -----

func.func @attention_c2_differs(%q: memref<1x2x4x16xf32>, %k: memref<1x2x4x16xf32>, %v: memref<1x2x4x16xf16>, %o: memref<1x2x4x16xf32>) {
  // expected-error @below {{value has element type 'f16' but query has 'f32'}}
  attn.attention query(%q : memref<1x2x4x16xf32>) key(%k : memref<1x2x4x16xf32>) value(%v : memref<1x2x4x16xf16>)
    outs(%o : memref<1x2x4x16xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    attn.yield %s
  }
  return
}

// -----

func.func @attention_c3(%q: memref<1x3x4x16xf32>, %k: memref<1x2x4x16xf32>, %v: memref<1x2x4x16xf32>, %o: memref<1x3x4x16xf32>) {
  // expected-error @below {{3 query heads are not a multiple of 2 key and value heads}}
  attn.attention query(%q : memref<1x3x4x16xf32>) key(%k : memref<1x2x4x16xf32>) value(%v : memref<1x2x4x16xf32>)
    outs(%o : memref<1x3x4x16xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    attn.yield %s
  }
  return
}

// -----

func.func @attention_c3_value(%q: memref<1x4x4x16xf32>, %k: memref<1x2x4x16xf32>, %v: memref<1x4x4x16xf32>, %o: memref<1x4x4x16xf32>) {
  // expected-error @below {{key has 2 heads but value has 4}}
  attn.attention query(%q : memref<1x4x4x16xf32>) key(%k : memref<1x2x4x16xf32>) value(%v : memref<1x4x4x16xf32>)
    outs(%o : memref<1x4x4x16xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    attn.yield %s
  }
  return
}

// -----

func.func @attention_c4_batch(%q: memref<1x2x4x16xf32>, %k: memref<2x2x4x16xf32>, %v: memref<2x2x4x16xf32>, %o: memref<1x2x4x16xf32>) {
  // expected-error @below {{batch of query and key differs: 1 and 2}}
  attn.attention query(%q : memref<1x2x4x16xf32>) key(%k : memref<2x2x4x16xf32>) value(%v : memref<2x2x4x16xf32>)
    outs(%o : memref<1x2x4x16xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    attn.yield %s
  }
  return
}

// -----

func.func @attention_c4_length(%q: memref<1x2x4x16xf32>, %k: memref<1x2x4x16xf32>, %v: memref<1x2x5x16xf32>, %o: memref<1x2x4x16xf32>) {
  // expected-error @below {{length of key and value differs: 4 and 5}}
  attn.attention query(%q : memref<1x2x4x16xf32>) key(%k : memref<1x2x4x16xf32>) value(%v : memref<1x2x5x16xf32>)
    outs(%o : memref<1x2x4x16xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    attn.yield %s
  }
  return
}

// -----

func.func @attention_c4_head_dim(%q: memref<1x2x4x16xf32>, %k: memref<1x2x4x16xf32>, %v: memref<1x2x4x32xf32>, %o: memref<1x2x4x16xf32>) {
  // expected-error @below {{head dim of query and value differs: 16 and 32}}
  attn.attention query(%q : memref<1x2x4x16xf32>) key(%k : memref<1x2x4x16xf32>) value(%v : memref<1x2x4x32xf32>)
    outs(%o : memref<1x2x4x16xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    attn.yield %s
  }
  return
}

// -----

func.func @attention_c4_output(%q: memref<1x2x4x16xf32>, %k: memref<1x2x4x16xf32>, %v: memref<1x2x4x16xf32>, %o: memref<1x4x4x16xf32>) {
  // expected-error @below {{heads of query and output differs: 2 and 4}}
  attn.attention query(%q : memref<1x2x4x16xf32>) key(%k : memref<1x2x4x16xf32>) value(%v : memref<1x2x4x16xf32>)
    outs(%o : memref<1x4x4x16xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    attn.yield %s
  }
  return
}

// -----

func.func @attention_c5(%q: memref<1x2x4x16xf32>, %k: memref<1x2x4x16xf32>, %v: memref<1x2x4x16xf32>, %o: memref<1x2x4x16xf16>) {
  // expected-error @below {{output must be [B, H, Lq, D] of 'f32', got 'memref<1x2x4x16xf16>'}}
  attn.attention query(%q : memref<1x2x4x16xf32>) key(%k : memref<1x2x4x16xf32>) value(%v : memref<1x2x4x16xf32>)
    outs(%o : memref<1x2x4x16xf16>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    attn.yield %s
  }
  return
}

// -----

func.func @attention_c5_lse(%q: memref<1x2x4x16xf32>, %k: memref<1x2x4x16xf32>, %v: memref<1x2x4x16xf32>, %o: memref<1x2x4x16xf32>, %lse: memref<1x2x4xf16>) {
  // expected-error @below {{lse must be [B, H, Lq] of f32, got 'memref<1x2x4xf16>'}}
  attn.attention query(%q : memref<1x2x4x16xf32>) key(%k : memref<1x2x4x16xf32>) value(%v : memref<1x2x4x16xf32>)
    outs(%o, %lse : memref<1x2x4x16xf32>, memref<1x2x4xf16>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    attn.yield %s
  }
  return
}

// -----

func.func @attention_c5_three(%q: memref<1x2x4x16xf32>, %k: memref<1x2x4x16xf32>, %v: memref<1x2x4x16xf32>, %o: memref<1x2x4x16xf32>) {
  // expected-error @below {{takes the output and optionally the lse in outs, got 3 values}}
  attn.attention query(%q : memref<1x2x4x16xf32>) key(%k : memref<1x2x4x16xf32>) value(%v : memref<1x2x4x16xf32>)
    outs(%o, %o, %o : memref<1x2x4x16xf32>, memref<1x2x4x16xf32>, memref<1x2x4x16xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    attn.yield %s
  }
  return
}

// -----

func.func @attention_c6(%q: memref<1x2x4x16xf32>) {
  // expected-error @below {{score body must take score, batch, head, query position, key position, query index, key index, params…: 'f32', 'i32', 'i32', 'i32', 'i32', 'i32', 'i32'; it takes 'f32', 'i32'}}
  attn.attention query(%q : memref<1x2x4x16xf32>) key(%q : memref<1x2x4x16xf32>) value(%q : memref<1x2x4x16xf32>) outs(%q : memref<1x2x4x16xf32>) scores {
  ^bb0(%s: f32, %b: i32):
    attn.yield %s
  }
  return
}

// -----

// A body from before there were indices.
func.func @attention_c6_without_indices(%q: memref<1x2x4x16xf32>, %t: memref<4xf32>) {
  // expected-error @below {{query index, key index, params…: 'f32', 'i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'memref<4xf32>'; it takes 'f32', 'i32', 'i32', 'i32', 'i32', 'memref<4xf32>'}}
  attn.attention query(%q : memref<1x2x4x16xf32>) key(%q : memref<1x2x4x16xf32>) value(%q : memref<1x2x4x16xf32>) params(%t : memref<4xf32>) outs(%q : memref<1x2x4x16xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %table: memref<4xf32>):
    %0 = attn.lookup %table[%h] : memref<4xf32> -> f32
    %1 = arith.addf %s, %0 : f32
    attn.yield %1
  }
  return
}

// -----

func.func @attention_c6_yield(%q: memref<1x2x4x16xf32>) {
  // expected-error @below {{score body must end with attn.yield}}
  attn.attention query(%q : memref<1x2x4x16xf32>) key(%q : memref<1x2x4x16xf32>) value(%q : memref<1x2x4x16xf32>) outs(%q : memref<1x2x4x16xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    tile.yield %s : f32
  }
  return
}

// -----

func.func @attention_c7(%q: memref<1x2x4x16xf32>, %k: memref<1x2x4x16xf32>, %v: memref<1x2x4x16xf32>, %o: memref<1x2x4x16xf32>, %x: memref<2xf32>) {
  attn.attention query(%q : memref<1x2x4x16xf32>) key(%k : memref<1x2x4x16xf32>) value(%v : memref<1x2x4x16xf32>)
    params(%x : memref<2xf32>)
    outs(%o : memref<1x2x4x16xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32, %t: memref<2xf32>):
    %c0 = arith.constant 0 : index
    // expected-error @below {{'memref.load' op is not allowed in a score body: use score modifiers, attn.lookup, arith or math}}
    %0 = memref.load %t[%c0] : memref<2xf32>
    attn.yield %0
  }
  return
}

// -----

func.func @attention_c8(%q: memref<1x2x4x16xf32>, %k: memref<1x2x0x16xf32>, %v: memref<1x2x0x16xf32>, %o: memref<1x2x4x16xf32>) {
  // expected-error @below {{key length 0 is not in 1 … 2^24-1}}
  attn.attention query(%q : memref<1x2x4x16xf32>) key(%k : memref<1x2x0x16xf32>) value(%v : memref<1x2x0x16xf32>)
    outs(%o : memref<1x2x4x16xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    attn.yield %s
  }
  return
}

// -----

func.func @attention_c8_bound(%q: memref<1x2x4x16xf32>, %k: memref<1x2x4x16xf32>, %v: memref<1x2x4x16xf32>, %o: memref<1x2x4x16xf32>) {
  // expected-error @below {{query length is static and takes no bound}}
  attn.attention query(%q : memref<1x2x4x16xf32>) key(%k : memref<1x2x4x16xf32>) value(%v : memref<1x2x4x16xf32>)
    q_len_max = 8
    outs(%o : memref<1x2x4x16xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    attn.yield %s
  }
  return
}

// -----

func.func @attention_c8_bound_zero(%q: memref<1x2x4x16xf32>, %k: memref<1x2x?x16xf32>, %v: memref<1x2x?x16xf32>, %o: memref<1x2x4x16xf32>) {
  // expected-error @below {{key length bound 0 is not in 1 … 2^24-1}}
  attn.attention query(%q : memref<1x2x4x16xf32>) key(%k : memref<1x2x?x16xf32>) value(%v : memref<1x2x?x16xf32>)
    kv_len_max = 0
    outs(%o : memref<1x2x4x16xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    attn.yield %s
  }
  return
}

// -----

func.func @attention_c9(%q: memref<1x2x4x16xf32>, %k: memref<1x2x4x16xf32>, %v: memref<1x2x4x16xf32>, %o: memref<1x2x4x16xf32>) {
  // expected-error @below {{17 : i64 is not a mask}}
  attn.attention query(%q : memref<1x2x4x16xf32>) key(%k : memref<1x2x4x16xf32>) value(%v : memref<1x2x4x16xf32>)
    masks [17]
    outs(%o : memref<1x2x4x16xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    attn.yield %s
  }
  return
}

// -----

func.func @attention_c10_sink(%q: memref<1x2x4x16xf32>, %k: memref<1x2x4x16xf32>, %v: memref<1x2x4x16xf32>, %o: memref<1x2x4x16xf32>, %x: memref<3xf32>) {
  // expected-error @below {{sink must be f32 [H], got 'memref<3xf32>'}}
  attn.attention query(%q : memref<1x2x4x16xf32>) key(%k : memref<1x2x4x16xf32>) value(%v : memref<1x2x4x16xf32>)
    sink(%x : memref<3xf32>)
    outs(%o : memref<1x2x4x16xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    attn.yield %s
  }
  return
}

// -----

func.func @attention_c10_key_end(%q: memref<1x2x4x16xf32>, %k: memref<1x2x4x16xf32>, %v: memref<1x2x4x16xf32>, %o: memref<1x2x4x16xf32>, %x: memref<1xi64>) {
  // expected-error @below {{key_end must be i32 [B], got 'memref<1xi64>'}}
  attn.attention query(%q : memref<1x2x4x16xf32>) key(%k : memref<1x2x4x16xf32>) value(%v : memref<1x2x4x16xf32>)
    key_end(%x : memref<1xi64>)
    outs(%o : memref<1x2x4x16xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    attn.yield %s
  }
  return
}

// -----

func.func @attention_c10_query_doc(%q: memref<1x2x4x16xf32>, %k: memref<1x2x4x16xf32>, %v: memref<1x2x4x16xf32>, %o: memref<1x2x4x16xf32>, %x: memref<1x5xi32>) {
  // expected-error @below {{query_segment must be i32 [B, length], got 'memref<1x5xi32>'}}
  attn.attention query(%q : memref<1x2x4x16xf32>) key(%k : memref<1x2x4x16xf32>) value(%v : memref<1x2x4x16xf32>)
    query_segment(%x : memref<1x5xi32>)
    outs(%o : memref<1x2x4x16xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    attn.yield %s
  }
  return
}

// -----

func.func @attention_c11(%q: memref<1x2x4x16xf32>, %k: memref<1x2x4x16xf32>, %v: memref<1x2x4x16xf32>, %o: memref<1x2x4x16xf32>, %x: memref<1xi32>) {
  // expected-error @below {{query_offset and key_offset come together}}
  attn.attention query(%q : memref<1x2x4x16xf32>) key(%k : memref<1x2x4x16xf32>) value(%v : memref<1x2x4x16xf32>)
    query_offset(%x : memref<1xi32>)
    outs(%o : memref<1x2x4x16xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    attn.yield %s
  }
  return
}

// -----

func.func @attention_c12(%q: memref<1x2x4x16xf32>, %k: memref<1x2x4x16xf32>, %v: memref<1x2x4x16xf32>, %o: memref<1x2x4x16xf32>, %x: memref<2xf32>) {
  // expected-error @below {{parameter 0 ('memref<2xf32>') is not used by the score body}}
  attn.attention query(%q : memref<1x2x4x16xf32>) key(%k : memref<1x2x4x16xf32>) value(%v : memref<1x2x4x16xf32>)
    params(%x : memref<2xf32>)
    outs(%o : memref<1x2x4x16xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32, %t: memref<2xf32>):
    attn.yield %s
  }
  return
}

// -----

func.func @attention_c12_dead(%q: memref<1x2x4x16xf32>, %k: memref<1x2x4x16xf32>, %v: memref<1x2x4x16xf32>, %o: memref<1x2x4x16xf32>, %x: memref<2xf32>) {
  // expected-error @below {{parameter 0 ('memref<2xf32>') does not reach the score: what the score body makes of it is not used}}
  attn.attention query(%q : memref<1x2x4x16xf32>) key(%k : memref<1x2x4x16xf32>) value(%v : memref<1x2x4x16xf32>)
    params(%x : memref<2xf32>)
    outs(%o : memref<1x2x4x16xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32, %t: memref<2xf32>):
    %slope = attn.lookup %t[%h] : memref<2xf32> -> f32
    %0 = arith.addf %s, %slope : f32
    attn.yield %s
  }
  return
}

// -----

func.func @attention_c13(%q: memref<1x2x4x16xf32>, %k: tensor<1x2x4x16xf32>, %v: tensor<1x2x4x16xf32>, %o: memref<1x2x4x16xf32>) {
  // expected-error @below {{takes tensors only or memrefs only, got 'tensor<1x2x4x16xf32>'}}
  attn.attention query(%q : memref<1x2x4x16xf32>) key(%k : tensor<1x2x4x16xf32>) value(%v : tensor<1x2x4x16xf32>)
    outs(%o : memref<1x2x4x16xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    attn.yield %s
  }
  return
}

// -----

func.func @attention_c13_results(%q: tensor<1x2x4x16xf32>, %k: tensor<1x2x4x16xf32>, %v: tensor<1x2x4x16xf32>, %o: tensor<1x2x4x16xf32>) {
  // expected-error @below {{on tensors has one result per out}}
  attn.attention query(%q : tensor<1x2x4x16xf32>) key(%k : tensor<1x2x4x16xf32>) value(%v : tensor<1x2x4x16xf32>)
    outs(%o : tensor<1x2x4x16xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    attn.yield %s
  }
  return
}

// -----

func.func @attention_c14(%q: memref<1x2x4x16xf32>, %k: memref<1x2x4x16xf32>, %v: memref<1x2x4x16xf32>, %o: memref<1x2x4x16xf32>) {
  // expected-error @below {{head_offset must be in 0 … 2^24-1}}
  attn.attention query(%q : memref<1x2x4x16xf32>) key(%k : memref<1x2x4x16xf32>) value(%v : memref<1x2x4x16xf32>)
    head_offset = -1
    outs(%o : memref<1x2x4x16xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    attn.yield %s
  }
  return
}

// -----

func.func @attention_c15(%q: memref<1x2x4x16xf32>, %k: memref<1x2x4x16xf32>, %v: memref<1x2x4x16xf32>, %o: memref<1x2x4x16xf32>, %x: index) {
  // expected-error @below {{parameter 0 ('index') must be f32 or i32, or a ranked table of these}}
  attn.attention query(%q : memref<1x2x4x16xf32>) key(%k : memref<1x2x4x16xf32>) value(%v : memref<1x2x4x16xf32>)
    params(%x : index)
    outs(%o : memref<1x2x4x16xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32, %t: index):
    %0 = arith.index_cast %t : index to i32
    %1 = arith.sitofp %0 : i32 to f32
    attn.yield %1
  }
  return
}

// -----

func.func @attention_c15_table(%q: memref<1x2x4x16xf32>, %k: memref<1x2x4x16xf32>, %v: memref<1x2x4x16xf32>, %o: memref<1x2x4x16xf32>, %x: memref<4xf16>) {
  // expected-error @below {{parameter 0 ('memref<4xf16>') must be f32 or i32, or a ranked table of these}}
  attn.attention query(%q : memref<1x2x4x16xf32>) key(%k : memref<1x2x4x16xf32>) value(%v : memref<1x2x4x16xf32>)
    params(%x : memref<4xf16>)
    outs(%o : memref<1x2x4x16xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32, %t: memref<4xf16>):
    attn.yield %s
  }
  return
}

// -----

func.func @attention_c16(%q: memref<1x2x4x16xf32>, %k: memref<1x2x4x16xf32>, %v: memref<1x2x4x16xf32>, %o: memref<1x2x4x16xf32>) {
  attn.attention query(%q : memref<1x2x4x16xf32>) key(%k : memref<1x2x4x16xf32>) value(%v : memref<1x2x4x16xf32>)
    outs(%o : memref<1x2x4x16xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    // expected-error @below {{is NaN, which a score body must not hold}}
    %nan = arith.constant 0x7FC00000 : f32
    %0 = arith.addf %s, %nan : f32
    attn.yield %0
  }
  return
}

// -----

func.func @attention_c16_table(%q: memref<1x2x4x16xf32>, %k: memref<1x2x4x16xf32>, %v: memref<1x2x4x16xf32>, %o: memref<1x2x4x16xf32>) {
  attn.attention query(%q : memref<1x2x4x16xf32>) key(%k : memref<1x2x4x16xf32>) value(%v : memref<1x2x4x16xf32>)
    outs(%o : memref<1x2x4x16xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    // expected-error @below {{is NaN, which a score body must not hold}}
    %table = arith.constant dense<[0.0, 0x7FC00000]> : tensor<2xf32>
    %0 = attn.lookup %table[%h] : tensor<2xf32> -> f32
    attn.yield %0
  }
  return
}

// -----

func.func @attention_c17(%q: memref<1x2x4x16xf32>, %k: memref<1x2x4x16xf32>, %v: memref<1x2x4x16xf32>, %o: memref<1x2x4x16xf32>) {
  attn.attention query(%q : memref<1x2x4x16xf32>) key(%k : memref<1x2x4x16xf32>) value(%v : memref<1x2x4x16xf32>)
    outs(%o : memref<1x2x4x16xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    // expected-error @below {{'arith.constant' op works on 'vector<2xf32>', but a score body computes scalars; read a table with attn.lookup}}
    %t = arith.constant dense<[0.5, 1.0]> : vector<2xf32>
    attn.yield %s
  }
  return
}

// -----

func.func @attention_c17_arithmetic(%q: memref<1x2x4x16xf32>, %k: memref<1x2x4x16xf32>, %v: memref<1x2x4x16xf32>, %o: memref<1x2x4x16xf32>) {
  attn.attention query(%q : memref<1x2x4x16xf32>) key(%k : memref<1x2x4x16xf32>) value(%v : memref<1x2x4x16xf32>)
    outs(%o : memref<1x2x4x16xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    %t = arith.constant dense<[0.5, 1.0]> : tensor<2xf32>
    // expected-error @below {{'math.tanh' op works on 'tensor<2xf32>', but a score body computes scalars}}
    %x = math.tanh %t : tensor<2xf32>
    %0 = attn.lookup %x[%h] : tensor<2xf32> -> f32
    attn.yield %0
  }
  return
}

// -----

func.func @attention_c18(%q: memref<1x2x4x16xf32>, %k: memref<1x2x64x16xf32>, %v: memref<1x2x64x16xf32>, %o: memref<1x2x4x16xf32>, %n: memref<1x2x2xf32>) {
  // expected-error @below {{key_norms must be f32 [B, Hkv, ⌈Lk/64⌉], got 'memref<1x2x2xf32>'}}
  attn.attention query(%q : memref<1x2x4x16xf32>) key(%k : memref<1x2x64x16xf32>) value(%v : memref<1x2x64x16xf32>)
    key_norms(%n : memref<1x2x2xf32>) outs(%o : memref<1x2x4x16xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    attn.yield %s
  }
  return
}

// -----

func.func @attention_c18_element(%q: memref<1x2x4x16xf32>, %k: memref<1x2x64x16xf32>, %v: memref<1x2x64x16xf32>, %o: memref<1x2x4x16xf32>, %n: memref<1x2x1xf16>) {
  // expected-error @below {{key_norms must be f32 [B, Hkv, ⌈Lk/64⌉], got 'memref<1x2x1xf16>'}}
  attn.attention query(%q : memref<1x2x4x16xf32>) key(%k : memref<1x2x64x16xf32>) value(%v : memref<1x2x64x16xf32>)
    key_norms(%n : memref<1x2x1xf16>) outs(%o : memref<1x2x4x16xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    attn.yield %s
  }
  return
}

// -----

func.func @attention_c18_rank(%q: memref<1x2x4x16xf32>, %k: memref<1x2x64x16xf32>, %v: memref<1x2x64x16xf32>, %o: memref<1x2x4x16xf32>, %n: memref<2x1xf32>) {
  // expected-error @below {{key_norms must be f32 [B, Hkv, ⌈Lk/64⌉], got 'memref<2x1xf32>'}}
  attn.attention query(%q : memref<1x2x4x16xf32>) key(%k : memref<1x2x64x16xf32>) value(%v : memref<1x2x64x16xf32>)
    key_norms(%n : memref<2x1xf32>) outs(%o : memref<1x2x4x16xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    attn.yield %s
  }
  return
}

// -----

func.func @attention_c18_heads(%q: memref<1x2x4x16xf32>, %k: memref<1x2x64x16xf32>, %v: memref<1x2x64x16xf32>, %o: memref<1x2x4x16xf32>, %n: memref<1x4x1xf32>) {
  // expected-error @below {{key_norms must be f32 [B, Hkv, ⌈Lk/64⌉], got 'memref<1x4x1xf32>'}}
  attn.attention query(%q : memref<1x2x4x16xf32>) key(%k : memref<1x2x64x16xf32>) value(%v : memref<1x2x64x16xf32>)
    key_norms(%n : memref<1x4x1xf32>) outs(%o : memref<1x2x4x16xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    attn.yield %s
  }
  return
}

// -----

// In generic form the operands may be dealt wrongly to the segments.
func.func @attention_segments(%q: memref<1x2x4x16xf32>) {
  // expected-error @below {{takes one query, key and value}}
  "attn.attention"(%q, %q, %q, %q) <{operandSegmentSizes = array<i32: 0, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1>}> ({
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    attn.yield %s
  }) : (memref<1x2x4x16xf32>, memref<1x2x4x16xf32>, memref<1x2x4x16xf32>, memref<1x2x4x16xf32>) -> ()
  return
}

// -----

func.func @yield_c1(%s: f32) {
  // expected-error @below {{expects parent op 'attn.attention'}}
  attn.yield %s
}
