// What compiles with a warning: test/tools/doubts.test.

func.func @exchanged(%q: memref<?x8x?x64xf32>, %k: memref<?x8x?x64xf32>, %v: memref<?x8x?x64xf32>, %o: memref<?x8x?x64xf32>) {
  attn.attention query(%q : memref<?x8x?x64xf32>) key(%k : memref<?x8x?x64xf32>) value(%v : memref<?x8x?x64xf32>) masks [#attn.causal] outs(%o : memref<?x8x?x64xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    %1 = attn.alibi %s at(%h, %j, %p) {heads = 8}
    attn.yield %1
  }
  return
}

func.func @exchanged_t5(%q: memref<?x8x?x64xf32>, %k: memref<?x8x?x64xf32>, %v: memref<?x8x?x64xf32>, %o: memref<?x8x?x64xf32>, %table: memref<32x8xf32> {attn.name = "table"}) {
  attn.attention query(%q : memref<?x8x?x64xf32>) key(%k : memref<?x8x?x64xf32>) value(%v : memref<?x8x?x64xf32>) params(%table : memref<32x8xf32>) outs(%o : memref<?x8x?x64xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32, %t0: memref<32x8xf32>):
    %1 = attn.t5 %s at(%h, %j, %p) table(%t0 : memref<32x8xf32>)
    attn.yield %1
  }
  return
}

func.func @transposed(%q: memref<?x8x?x64xf32>, %k: memref<?x8x?x64xf32>, %v: memref<?x8x?x64xf32>, %o: memref<?x8x?x64xf32>, %table: memref<8x32xf32> {attn.name = "table"}) {
  attn.attention query(%q : memref<?x8x?x64xf32>) key(%k : memref<?x8x?x64xf32>) value(%v : memref<?x8x?x64xf32>) params(%table : memref<8x32xf32>) masks [#attn.causal] outs(%o : memref<?x8x?x64xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32, %t0: memref<8x32xf32>):
    %1 = attn.t5 %s at(%h, %p, %j) table(%t0 : memref<8x32xf32>)
    attn.yield %1
  }
  return
}

func.func @dead(%q: memref<?x8x?x64xf32>, %k: memref<?x8x?x64xf32>, %v: memref<?x8x?x64xf32>, %o: memref<?x8x?x64xf32>, %table: memref<8xf32> {attn.name = "table"}) {
  attn.attention query(%q : memref<?x8x?x64xf32>) key(%k : memref<?x8x?x64xf32>) value(%v : memref<?x8x?x64xf32>) params(%table : memref<8xf32>) masks [#attn.causal] outs(%o : memref<?x8x?x64xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32, %t0: memref<8xf32>):
    %x = attn.lookup %t0[%h] : memref<8xf32> -> f32
    %y = attn.lookup %t0[%h] : memref<8xf32> -> f32
    %1 = arith.addf %s, %y : f32
    attn.yield %1
  }
  return
}

func.func @dead_bias(%q: memref<?x8x?x64xf32>, %k: memref<?x8x?x64xf32>, %v: memref<?x8x?x64xf32>, %o: memref<?x8x?x64xf32>) {
  attn.attention query(%q : memref<?x8x?x64xf32>) key(%k : memref<?x8x?x64xf32>) value(%v : memref<?x8x?x64xf32>) masks [#attn.causal] outs(%o : memref<?x8x?x64xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    %0 = attn.scale %s, 0.125
    %1 = attn.softcap %s, 4.0
    attn.yield %1
  }
  return
}

func.func @computed(%q: memref<?x8x?x64xf32>, %k: memref<?x8x?x64xf32>, %v: memref<?x8x?x64xf32>, %o: memref<?x8x?x64xf32>) {
  attn.attention query(%q : memref<?x8x?x64xf32>) key(%k : memref<?x8x?x64xf32>) value(%v : memref<?x8x?x64xf32>) masks [#attn.causal] outs(%o : memref<?x8x?x64xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    %zero = arith.constant 0 : i32
    %p2 = arith.subi %zero, %p : i32
    %j2 = arith.subi %zero, %j : i32
    %1 = attn.alibi %s at(%h, %p2, %j2) {heads = 8}
    attn.yield %1
  }
  return
}
