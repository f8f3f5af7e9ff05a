// RUN: camber-opt %s --split-input-file --verify-diagnostics

func.func @alibi_c1(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32) -> f32 {
  // expected-error @below {{needs `heads` (the total number of heads) or slopes}}
  %0 = attn.alibi %s at(%h, %p, %j) 
  return %0 : f32
}

// -----

func.func @alibi_c1_heads(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32) -> f32 {
  // expected-error @below {{heads, the total number of heads, must be in 1 … 2^16, got 0}}
  %0 = attn.alibi %s at(%h, %p, %j) {heads = 0}
  return %0 : f32
}

// -----

func.func @alibi_c1_many_heads(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32) -> f32 {
  // expected-error @below {{heads, the total number of heads, must be in 1 … 2^16, got 65537}}
  %0 = attn.alibi %s at(%h, %p, %j) {heads = 65537}
  return %0 : f32
}

// -----

func.func @alibi_half_heads(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %m: memref<4xf32>) -> f32 {
  // expected-error @below {{heads, the total number of heads, must be in 1 … 2^16, got 8589934592}}
  %0 = attn.alibi_half %s at(%h, %p, %j) slopes(%m : memref<4xf32>) {heads = 8589934592}
  return %0 : f32
}

// -----

func.func @alibi_c1_unused(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %m: memref<4xf32>) -> f32 {
  // expected-error @below {{heads has no effect on given slopes}}
  %0 = attn.alibi %s at(%h, %p, %j) slopes(%m : memref<4xf32>) {heads = 4}
  return %0 : f32
}

// -----

func.func @alibi_c1_batch(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %m: memref<2x4xf32>) -> f32 {
  // expected-error @below {{slopes must be [H], or [B,H] together with batch, with at least one entry, got 'memref<2x4xf32>'}}
  %0 = attn.alibi %s at(%h, %p, %j) slopes(%m : memref<2x4xf32>)
  return %0 : f32
}

// -----

func.func @alibi_c1_empty(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %m: memref<0xf32>) -> f32 {
  // expected-error @below {{slopes must be [H], or [B,H] together with batch, with at least one entry, got 'memref<0xf32>'}}
  %0 = attn.alibi %s at(%h, %p, %j) slopes(%m : memref<0xf32>)
  return %0 : f32
}

// -----

func.func @alibi_c2(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32) -> f32 {
  // expected-error @below {{bias_max must be finite and greater than 0}}
  %0 = attn.alibi %s at(%h, %p, %j) {heads = 8, bias_max = -8.0}
  return %0 : f32
}

// -----

func.func @alibi_c2_slopes(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %m: memref<4xf32>) -> f32 {
  // expected-error @below {{bias_max has no effect on given slopes}}
  %0 = attn.alibi %s at(%h, %p, %j) slopes(%m : memref<4xf32>) {bias_max = 16.0}
  return %0 : f32
}

// -----

func.func @alibi_c3(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32) -> f32 {
  // expected-error @below {{interpolation must be greater than 0}}
  %0 = attn.alibi %s at(%h, %p, %j) {heads = 8, interpolation = 0.0}
  return %0 : f32
}

// -----

func.func @alibi_c3_inverse(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32) -> f32 {
  // expected-error @below {{like its inverse, normal in float32}}
  %0 = attn.alibi %s at(%h, %p, %j) {heads = 8, interpolation = 1.0e-300}
  return %0 : f32
}

// -----

// A subnormal factor, which kernels take for 0: the slopes would be infinite.
func.func @alibi_c3_subnormal(%s: f32, %h: i32, %p: i32, %j: i32) -> f32 {
  // expected-error @below {{interpolation must be greater than 0 and, like its inverse, normal in float32}}
  %0 = attn.alibi %s at(%h, %p, %j) {heads = 8, interpolation = 5.0e-39}
  return %0 : f32
}

// -----

func.func @alibi_asymmetric_c1(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %m: memref<4xf32>, %n: memref<5xf32>) -> f32 {
  // expected-error @below {{slopes, slopes_right and offset must have one shape [H]}}
  %0 = attn.alibi_asymmetric %s at(%h, %p, %j) slopes(%m : memref<4xf32>) slopes_right(%m : memref<4xf32>)
         offset(%n : memref<5xf32>)
  return %0 : f32
}

// -----

func.func @alibi_c4(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32) -> f32 {
  // expected-error @below {{train_len (at least 1) and total_len come together}}
  %0 = attn.alibi %s at(%h, %p, %j) {heads = 8, train_len = 2048}
  return %0 : f32
}

// -----

func.func @alibi_half_c1(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32) -> f32 {
  // expected-error @below {{needs an even total number of `heads`, got 7}}
  %0 = attn.alibi_half %s at(%h, %p, %j) {heads = 7}
  return %0 : f32
}

// -----

func.func @alibi_c5(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32) -> f32 {
  // expected-error @below {{head_offset must be in 0 … 2^24-1}}
  %0 = attn.alibi %s at(%h, %p, %j) {heads = 8, head_offset = 16777216}
  return %0 : f32
}

// -----

// The former spelling of the variants.
func.func @alibi_form(%s: f32, %h: i32, %p: i32, %j: i32) -> f32 {
  // expected-error @below {{form(symmetric) is the operation attn.alibi_symmetric now}}
  %0 = attn.alibi %s at(%h, %p, %j) form(symmetric) {heads = 8}
  return %0 : f32
}

// -----

func.func @alibi_form_causal(%s: f32, %h: i32, %p: i32, %j: i32) -> f32 {
  // expected-error @below {{form(causal) is what attn.alibi computes; leave it out}}
  %0 = attn.alibi %s at(%h, %p, %j) form(causal) {heads = 8}
  return %0 : f32
}

// -----

func.func @alibi_form_unknown(%s: f32, %h: i32, %p: i32, %j: i32) -> f32 {
  // expected-error @below {{attn.alibi takes no form: each variant of ALiBi is an operation}}
  %0 = attn.alibi %s at(%h, %p, %j) form(spiral) {heads = 8}
  return %0 : f32
}

// -----

func.func @alibi_form_generic(%s: f32, %h: i32, %p: i32, %j: i32) -> f32 {
  // expected-error @below {{'form' is no attribute of this operation}}
  %0 = "attn.alibi"(%s, %h, %p, %j) {form = 1 : i32, heads = 8 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0, 0, 0>}
         : (f32, i32, i32, i32) -> f32
  return %0 : f32
}

// -----

// In generic form the operands may be dealt wrongly to the segments.
func.func @alibi_segments(%s: f32, %h: i32) -> f32 {
  // expected-error @below {{takes one score, head, query and key}}
  %0 = "attn.alibi"(%s, %h, %h, %h) <{heads = 8 : i64, operandSegmentSizes = array<i32: 1, 2, 1, 0, 0, 0, 0, 0>}>
         : (f32, i32, i32, i32) -> f32
  return %0 : f32
}

// -----

func.func @alibi_asymmetric_segments(%s: f32, %h: i32, %m: memref<4xf32>) -> f32 {
  // expected-error @below {{takes one score, head, query, key, slopes, slopes_right and offset}}
  %0 = "attn.alibi_asymmetric"(%s, %h, %h, %h, %m, %m, %m) <{operandSegmentSizes = array<i32: 1, 1, 1, 1, 2, 1, 0, 0, 0>}>
         : (f32, i32, i32, i32, memref<4xf32>, memref<4xf32>, memref<4xf32>) -> f32
  return %0 : f32
}

// -----

func.func @alibi_asymmetric_slopes(%s: f32, %h: i32, %p: i32, %j: i32, %m: memref<2x4xf32>) -> f32 {
  // expected-error @below {{slopes, slopes_right and offset must have one shape [H], with at least one entry}}
  %0 = attn.alibi_asymmetric %s at(%h, %p, %j) slopes(%m : memref<2x4xf32>) slopes_right(%m : memref<2x4xf32>)
         offset(%m : memref<2x4xf32>)
  return %0 : f32
}

// -----

func.func @alibi_c6(%q: memref<1x4x8x64xf32>, %k: memref<1x4x8x64xf32>, %v: memref<1x4x8x64xf32>, %m: memref<4xf32>,
                    %o: memref<1x4x8x64xf32>) {
  attn.attention query(%q : memref<1x4x8x64xf32>) key(%k : memref<1x4x8x64xf32>) value(%v : memref<1x4x8x64xf32>)
    params(%m : memref<4xf32>) head_offset = 4 outs(%o : memref<1x4x8x64xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32, %slopes: memref<4xf32>):
    // expected-error @below {{slopes of 4 heads: the 4 heads of the attention read entries 4 to 7}}
    %0 = attn.alibi %s at(%h, %p, %j) slopes(%slopes : memref<4xf32>)
    attn.yield %0
  }
  return
}

// -----

func.func @alibi_c6_half(%q: memref<1x4x8x64xf32>, %k: memref<1x4x8x64xf32>, %v: memref<1x4x8x64xf32>, %m: memref<4xf32>,
                         %o: memref<1x4x8x64xf32>) {
  attn.attention query(%q : memref<1x4x8x64xf32>) key(%k : memref<1x4x8x64xf32>) value(%v : memref<1x4x8x64xf32>)
    params(%m : memref<4xf32>) outs(%o : memref<1x4x8x64xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32, %slopes: memref<4xf32>):
    // expected-error @below {{halves of 2 heads: the 4 heads of the attention read entries 0 to 3}}
    %0 = attn.alibi_half %s at(%h, %p, %j) slopes(%slopes : memref<4xf32>) {heads = 2}
    attn.yield %0
  }
  return
}

// -----

func.func @alibi_c6_formula(%q: memref<1x4x8x64xf32>, %k: memref<1x4x8x64xf32>, %v: memref<1x4x8x64xf32>,
                            %o: memref<1x4x8x64xf32>) {
  attn.attention query(%q : memref<1x4x8x64xf32>) key(%k : memref<1x4x8x64xf32>) value(%v : memref<1x4x8x64xf32>)
    outs(%o : memref<1x4x8x64xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    // expected-error @below {{formula slopes of 2 heads: the 4 heads of the attention read entries 0 to 3}}
    %0 = attn.alibi %s at(%h, %p, %j) {heads = 2}
    attn.yield %0
  }
  return
}

// -----

func.func @alibi_c7_head(%q: memref<1x4x8x64xf32>, %k: memref<1x4x8x64xf32>, %v: memref<1x4x8x64xf32>, %o: memref<1x4x8x64xf32>) {
  attn.attention query(%q : memref<1x4x8x64xf32>) key(%k : memref<1x4x8x64xf32>) value(%v : memref<1x4x8x64xf32>)
    outs(%o : memref<1x4x8x64xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    // expected-error @below {{takes the head in 'at', but gets the query position; the order is at(head, query position, key position)}}
    %0 = attn.alibi %s at(%p, %h, %j) {heads = 4}
    attn.yield %0
  }
  return
}

// -----

func.func @alibi_c7_key_as_head(%q: memref<1x4x8x64xf32>, %k: memref<1x4x8x64xf32>, %v: memref<1x4x8x64xf32>, %o: memref<1x4x8x64xf32>) {
  attn.attention query(%q : memref<1x4x8x64xf32>) key(%k : memref<1x4x8x64xf32>) value(%v : memref<1x4x8x64xf32>)
    outs(%o : memref<1x4x8x64xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    // expected-error @below {{takes the head in 'at', but gets the key position; the order is at(head, query position, key position)}}
    %0 = attn.alibi %s at(%j, %p, %j) {heads = 4}
    attn.yield %0
  }
  return
}

// -----

func.func @alibi_c7_query(%q: memref<1x4x8x64xf32>, %k: memref<1x4x8x64xf32>, %v: memref<1x4x8x64xf32>, %o: memref<1x4x8x64xf32>) {
  attn.attention query(%q : memref<1x4x8x64xf32>) key(%k : memref<1x4x8x64xf32>) value(%v : memref<1x4x8x64xf32>)
    outs(%o : memref<1x4x8x64xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    // expected-error @below {{takes the query position in 'at', but gets the head; the order is at(head, query position, key position)}}
    %0 = attn.alibi %s at(%h, %h, %j) {heads = 4}
    attn.yield %0
  }
  return
}

// -----

func.func @alibi_c7_key(%q: memref<1x4x8x64xf32>, %k: memref<1x4x8x64xf32>, %v: memref<1x4x8x64xf32>, %o: memref<1x4x8x64xf32>) {
  attn.attention query(%q : memref<1x4x8x64xf32>) key(%k : memref<1x4x8x64xf32>) value(%v : memref<1x4x8x64xf32>)
    outs(%o : memref<1x4x8x64xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    // expected-error @below {{takes the key position in 'at', but gets the batch; the order is at(head, query position, key position)}}
    %0 = attn.alibi %s at(%h, %p, %b) {heads = 4}
    attn.yield %0
  }
  return
}

// -----

func.func @alibi_c7_batch(%q: memref<1x4x8x64xf32>, %k: memref<1x4x8x64xf32>, %v: memref<1x4x8x64xf32>, %o: memref<1x4x8x64xf32>, %a0: memref<1x4xf32>) {
  attn.attention query(%q : memref<1x4x8x64xf32>) key(%k : memref<1x4x8x64xf32>) value(%v : memref<1x4x8x64xf32>)
    params(%a0 : memref<1x4xf32>) outs(%o : memref<1x4x8x64xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32, %t0: memref<1x4xf32>):
    // expected-error @below {{takes the batch as batch, but gets the head; the order is at(head, query position, key position)}}
    %0 = attn.alibi %s at(%h, %p, %j) batch(%h) slopes(%t0 : memref<1x4xf32>)
    attn.yield %0
  }
  return
}

// -----

func.func @alibi_c7_one(%q: memref<1x4x8x64xf32>, %k: memref<1x4x8x64xf32>, %v: memref<1x4x8x64xf32>, %o: memref<1x4x8x64xf32>) {
  attn.attention query(%q : memref<1x4x8x64xf32>) key(%k : memref<1x4x8x64xf32>) value(%v : memref<1x4x8x64xf32>)
    outs(%o : memref<1x4x8x64xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    // expected-error @below {{takes one value as query position and as key position, so every distance is 0}}
    %0 = attn.alibi %s at(%h, %j, %j) {heads = 4}
    attn.yield %0
  }
  return
}
