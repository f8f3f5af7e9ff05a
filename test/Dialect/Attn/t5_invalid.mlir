// RUN: camber-opt %s --split-input-file --verify-diagnostics

func.func @t5_c1(%s: f32, %h: i32, %p: i32, %j: i32, %t: memref<?x8xf32>) -> f32 {
  // expected-error @below {{table must be [num_buckets, H] with a static num_buckets, got 'memref<?x8xf32>'}}
  %0 = attn.t5 %s at(%h, %p, %j) table(%t : memref<?x8xf32>)
  return %0 : f32
}

// -----

func.func @t5_c1_rank(%s: f32, %h: i32, %p: i32, %j: i32, %t: memref<32xf32>) -> f32 {
  // expected-error @below {{table must be [num_buckets, H]}}
  %0 = attn.t5 %s at(%h, %p, %j) table(%t : memref<32xf32>)
  return %0 : f32
}

// -----

func.func @t5_c1_many(%s: f32, %h: i32, %p: i32, %j: i32, %t: memref<257x8xf32>) -> f32 {
  // expected-error @below {{needs 2 to 256 buckets, and if bidirectional an even number from 4 on; got 257}}
  %0 = attn.t5 %s at(%h, %p, %j) table(%t : memref<257x8xf32>) {max_distance = 1000}
  return %0 : f32
}

// -----

func.func @t5_c1_odd(%s: f32, %h: i32, %p: i32, %j: i32, %t: memref<31x8xf32>) -> f32 {
  // expected-error @below {{if bidirectional an even number from 4 on; got 31}}
  %0 = attn.t5 %s at(%h, %p, %j) table(%t : memref<31x8xf32>) {bidirectional}
  return %0 : f32
}

// -----

func.func @t5_c1_heads(%s: f32, %h: i32, %p: i32, %j: i32, %t: memref<32x0xf32>) -> f32 {
  // expected-error @below {{table has no heads: 'memref<32x0xf32>'}}
  %0 = attn.t5 %s at(%h, %p, %j) table(%t : memref<32x0xf32>)
  return %0 : f32
}

// -----

func.func @t5_c2(%s: f32, %h: i32, %p: i32, %j: i32, %t: memref<32x8xf32>) -> f32 {
  // expected-error @below {{max_distance 16 must be greater than the 16 exact distances}}
  %0 = attn.t5 %s at(%h, %p, %j) table(%t : memref<32x8xf32>) {max_distance = 16}
  return %0 : f32
}

// -----

func.func @t5_c2_large(%s: f32, %h: i32, %p: i32, %j: i32, %t: memref<32x8xf32>) -> f32 {
  // expected-error @below {{max_distance 16777216 must be greater than the 16 exact distances, and below 2^24}}
  %0 = attn.t5 %s at(%h, %p, %j) table(%t : memref<32x8xf32>) {max_distance = 16777216}
  return %0 : f32
}

// -----

func.func @t5_c3(%s: f32, %h: i32, %p: i32, %j: i32, %t: memref<32x8xf32>) -> f32 {
  // expected-error @below {{head_offset must be in 0 … 2^24-1}}
  %0 = attn.t5 %s at(%h, %p, %j) table(%t : memref<32x8xf32>) {head_offset = -1}
  return %0 : f32
}

// -----

func.func @t5_c4(%q: memref<1x4x8x64xf32>, %k: memref<1x4x8x64xf32>, %v: memref<1x4x8x64xf32>, %t: memref<32x3xf32>,
                 %o: memref<1x4x8x64xf32>) {
  attn.attention query(%q : memref<1x4x8x64xf32>) key(%k : memref<1x4x8x64xf32>) value(%v : memref<1x4x8x64xf32>)
    params(%t : memref<32x3xf32>) outs(%o : memref<1x4x8x64xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32, %table: memref<32x3xf32>):
    // expected-error @below {{table of 3 heads: the 4 heads of the attention read entries 0 to 3}}
    %0 = attn.t5 %s at(%h, %p, %j) table(%table : memref<32x3xf32>)
    attn.yield %0
  }
  return
}

// -----

func.func @t5_c5_head(%q: memref<1x4x8x64xf32>, %k: memref<1x4x8x64xf32>, %v: memref<1x4x8x64xf32>, %o: memref<1x4x8x64xf32>, %a0: memref<32x4xf32>) {
  attn.attention query(%q : memref<1x4x8x64xf32>) key(%k : memref<1x4x8x64xf32>) value(%v : memref<1x4x8x64xf32>)
    params(%a0 : memref<32x4xf32>) outs(%o : memref<1x4x8x64xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32, %t0: memref<32x4xf32>):
    // expected-error @below {{takes the head in 'at', but gets the query position; the order is at(head, query position, key position)}}
    %0 = attn.t5 %s at(%p, %h, %j) table(%t0 : memref<32x4xf32>)
    attn.yield %0
  }
  return
}

// -----

func.func @t5_c5_query(%q: memref<1x4x8x64xf32>, %k: memref<1x4x8x64xf32>, %v: memref<1x4x8x64xf32>, %o: memref<1x4x8x64xf32>, %a0: memref<32x4xf32>) {
  attn.attention query(%q : memref<1x4x8x64xf32>) key(%k : memref<1x4x8x64xf32>) value(%v : memref<1x4x8x64xf32>)
    params(%a0 : memref<32x4xf32>) outs(%o : memref<1x4x8x64xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32, %t0: memref<32x4xf32>):
    // expected-error @below {{takes the query position in 'at', but gets the batch; the order is at(head, query position, key position)}}
    %0 = attn.t5 %s at(%h, %b, %j) table(%t0 : memref<32x4xf32>)
    attn.yield %0
  }
  return
}

// -----

func.func @t5_c5_one(%q: memref<1x4x8x64xf32>, %k: memref<1x4x8x64xf32>, %v: memref<1x4x8x64xf32>, %o: memref<1x4x8x64xf32>, %a0: memref<32x4xf32>) {
  attn.attention query(%q : memref<1x4x8x64xf32>) key(%k : memref<1x4x8x64xf32>) value(%v : memref<1x4x8x64xf32>)
    params(%a0 : memref<32x4xf32>) outs(%o : memref<1x4x8x64xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32, %t0: memref<32x4xf32>):
    // expected-error @below {{takes one value as query position and as key position, so every distance is 0}}
    %0 = attn.t5 %s at(%h, %p, %p) table(%t0 : memref<32x4xf32>)
    attn.yield %0
  }
  return
}
