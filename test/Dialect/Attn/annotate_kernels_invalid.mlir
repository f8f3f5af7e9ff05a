// RUN: camber-opt %s --attn-annotate-kernels --split-input-file --verify-diagnostics

// On tensors the operands have no strides to describe.
// expected-error @below {{is no kernel: it must work on memrefs and return nothing but its outs; bufferise first}}
func.func @tensors(%q: tensor<1x2x8x64xf32>, %o: tensor<1x2x8x64xf32>) -> tensor<1x2x8x64xf32> {
  %r = attn.attention query(%q : tensor<1x2x8x64xf32>) key(%q : tensor<1x2x8x64xf32>) value(%q : tensor<1x2x8x64xf32>)
    outs(%o : tensor<1x2x8x64xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32):
    attn.yield %s
  } -> tensor<1x2x8x64xf32>
  return %r : tensor<1x2x8x64xf32>
}

// -----

// expected-error @below {{argument 4 is not used by the attention of this kernel}}
func.func @unused(%q: memref<1x2x8x64xf32>, %k: memref<1x2x8x64xf32>, %v: memref<1x2x8x64xf32>, %o: memref<1x2x8x64xf32>, %x: memref<4xf32>) {
  attn.attention query(%q : memref<1x2x8x64xf32>) key(%k : memref<1x2x8x64xf32>) value(%v : memref<1x2x8x64xf32>)
    outs(%o : memref<1x2x8x64xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32):
    attn.yield %s
  }
  return
}

// -----

func.func @two_roles(%q: memref<1x2x8x64xf32>, %k: memref<1x2x8x64xf32>, %o: memref<1x2x8x64xf32>) {
  // expected-error @below {{argument 1 can have one role only, not also v}}
  attn.attention query(%q : memref<1x2x8x64xf32>) key(%k : memref<1x2x8x64xf32>) value(%k : memref<1x2x8x64xf32>)
    outs(%o : memref<1x2x8x64xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32):
    attn.yield %s
  }
  return
}

// -----

func.func @other_operation(%q: memref<1x2x8x64xf32>, %k: memref<1x2x8x64xf32>, %v: memref<1x2x8x64xf32>, %o: memref<1x2x8x64xf32>) {
  %c0 = arith.constant 0 : index
  // expected-error @below {{'memref.dim' op is not allowed in a kernel: a function with one attn.attention and constants}}
  %d = memref.dim %q, %c0 : memref<1x2x8x64xf32>
  attn.attention query(%q : memref<1x2x8x64xf32>) key(%k : memref<1x2x8x64xf32>) value(%v : memref<1x2x8x64xf32>)
    outs(%o : memref<1x2x8x64xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32):
    attn.yield %s
  }
  return
}

// -----

func.func @dynamic_table(%q: memref<1x2x8x64xf32>, %k: memref<1x2x8x64xf32>, %v: memref<1x2x8x64xf32>, %o: memref<1x2x8x64xf32>, %t: memref<?xf32>) {
  // expected-error @below {{dimension 0 of param0 ('memref<?xf32>') is dynamic: say which with attn.dims}}
  attn.attention query(%q : memref<1x2x8x64xf32>) key(%k : memref<1x2x8x64xf32>) value(%v : memref<1x2x8x64xf32>)
    params(%t : memref<?xf32>)
    outs(%o : memref<1x2x8x64xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %x: memref<?xf32>):
    %0 = attn.lookup %x[%h] : memref<?xf32> -> f32
    attn.yield %0
  }
  return
}

// -----

// expected-error @below {{is no kernel: it must be one block, without branches}}
func.func @branches(%q: memref<1x2x8x64xf32>, %k: memref<1x2x8x64xf32>, %v: memref<1x2x8x64xf32>, %o: memref<1x2x8x64xf32>) {
  attn.attention query(%q : memref<1x2x8x64xf32>) key(%k : memref<1x2x8x64xf32>) value(%v : memref<1x2x8x64xf32>)
    outs(%o : memref<1x2x8x64xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32):
    attn.yield %s
  }
  cf.br ^end
^end:
  return
}
