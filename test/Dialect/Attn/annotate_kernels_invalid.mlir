// RUN: camber-opt %s --attn-annotate-kernels --split-input-file --verify-diagnostics

// On tensors the operands have no strides to describe.
// expected-error @below {{is no kernel: it must work on memrefs and return nothing but its outs; bufferise first}}
func.func @tensors(%q: tensor<1x2x8x64xf32>, %o: tensor<1x2x8x64xf32>) -> tensor<1x2x8x64xf32> {
  %r = attn.attention query(%q : tensor<1x2x8x64xf32>) key(%q : tensor<1x2x8x64xf32>) value(%q : tensor<1x2x8x64xf32>)
    outs(%o : tensor<1x2x8x64xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    attn.yield %s
  } -> tensor<1x2x8x64xf32>
  return %r : tensor<1x2x8x64xf32>
}

// -----

// expected-error @below {{argument 4 is not used by the attention of this kernel}}
func.func @unused(%q: memref<1x2x8x64xf32>, %k: memref<1x2x8x64xf32>, %v: memref<1x2x8x64xf32>, %o: memref<1x2x8x64xf32>, %x: memref<4xf32>) {
  attn.attention query(%q : memref<1x2x8x64xf32>) key(%k : memref<1x2x8x64xf32>) value(%v : memref<1x2x8x64xf32>)
    outs(%o : memref<1x2x8x64xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    attn.yield %s
  }
  return
}

// -----

func.func @two_roles(%q: memref<1x2x8x64xf32>, %k: memref<1x2x8x64xf32>, %o: memref<1x2x8x64xf32>) {
  // expected-error @below {{argument 1 can have one role only: it is k, and cannot also be v}}
  attn.attention query(%q : memref<1x2x8x64xf32>) key(%k : memref<1x2x8x64xf32>) value(%k : memref<1x2x8x64xf32>)
    outs(%o : memref<1x2x8x64xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    attn.yield %s
  }
  return
}

// -----

func.func @role_of_another(%q: memref<1x2x8x64xf32>, %k: memref<1x2x8x64xf32>, %v: memref<1x2x8x64xf32> {attn.role = "key"}, %o: memref<1x2x8x64xf32>) {
  // expected-error @below {{argument 2 is v, of role "value", but its attn.role is "key"}}
  attn.attention query(%q : memref<1x2x8x64xf32>) key(%k : memref<1x2x8x64xf32>) value(%v : memref<1x2x8x64xf32>)
    outs(%o : memref<1x2x8x64xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    attn.yield %s
  }
  return
}

// -----

// A role that the author wrote does not make an argument used.
// expected-error @below {{argument 4 is not used by the attention of this kernel}}
func.func @role_of_none(%q: memref<1x2x8x64xf32>, %k: memref<1x2x8x64xf32>, %v: memref<1x2x8x64xf32>, %o: memref<1x2x8x64xf32>,
                        %x: memref<4xf32> {attn.role = "parameter"}) {
  attn.attention query(%q : memref<1x2x8x64xf32>) key(%k : memref<1x2x8x64xf32>) value(%v : memref<1x2x8x64xf32>)
    outs(%o : memref<1x2x8x64xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    attn.yield %s
  }
  return
}

// -----

func.func @other_operation(%q: memref<1x2x8x64xf32>, %k: memref<1x2x8x64xf32>, %v: memref<1x2x8x64xf32>, %o: memref<1x2x8x64xf32>) {
  %c0 = arith.constant 0 : index
  // expected-error @below {{is no part of a kernel, which is one attn.attention and constants: sizes and destinations are made by the caller and are arguments}}
  %d = memref.dim %q, %c0 : memref<1x2x8x64xf32>
  attn.attention query(%q : memref<1x2x8x64xf32>) key(%k : memref<1x2x8x64xf32>) value(%v : memref<1x2x8x64xf32>)
    outs(%o : memref<1x2x8x64xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
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
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32, %x: memref<?xf32>):
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
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    attn.yield %s
  }
  cf.br ^end
^end:
  return
}

// -----

// What a kernel clamps indices to is attn.dims, so they cannot be other than the operand's sizes.
func.func @dims_symbol_for_static(%q: memref<1x2x8x64xf32>, %k: memref<1x2x8x64xf32>, %v: memref<1x2x8x64xf32>, %o: memref<1x2x8x64xf32>,
    %t: memref<4xf32> {attn.dims = ["batch"]}) {
  // expected-error @below {{attn.dims of param0 ('memref<4xf32>') must give a static size as it is, 4, got "batch"}}
  attn.attention query(%q : memref<1x2x8x64xf32>) key(%k : memref<1x2x8x64xf32>) value(%v : memref<1x2x8x64xf32>)
    params(%t : memref<4xf32>)
    outs(%o : memref<1x2x8x64xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32, %x: memref<4xf32>):
    %0 = attn.lookup %x[%h] : memref<4xf32> -> f32
    attn.yield %0
  }
  return
}

// -----

func.func @dims_other_size(%q: memref<1x2x8x64xf32>, %k: memref<1x2x8x64xf32>, %v: memref<1x2x8x64xf32>, %o: memref<1x2x8x64xf32>,
    %t: memref<4xf32> {attn.dims = [7]}) {
  // expected-error @below {{must give a static size as it is, 4, got 7}}
  attn.attention query(%q : memref<1x2x8x64xf32>) key(%k : memref<1x2x8x64xf32>) value(%v : memref<1x2x8x64xf32>)
    params(%t : memref<4xf32>)
    outs(%o : memref<1x2x8x64xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32, %x: memref<4xf32>):
    %0 = attn.lookup %x[%h] : memref<4xf32> -> f32
    attn.yield %0
  }
  return
}

// -----

func.func @dims_no_array(%q: memref<1x2x8x64xf32>, %k: memref<1x2x8x64xf32>, %v: memref<1x2x8x64xf32>, %o: memref<1x2x8x64xf32>,
    %t: memref<4xf32> {attn.dims = 3 : i32}) {
  // expected-error @below {{must be an array with one entry per dimension, got 3 : i32}}
  attn.attention query(%q : memref<1x2x8x64xf32>) key(%k : memref<1x2x8x64xf32>) value(%v : memref<1x2x8x64xf32>)
    params(%t : memref<4xf32>)
    outs(%o : memref<1x2x8x64xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32, %x: memref<4xf32>):
    %0 = attn.lookup %x[%h] : memref<4xf32> -> f32
    attn.yield %0
  }
  return
}

// -----

func.func @dims_rank(%q: memref<1x2x8x64xf32>, %k: memref<1x2x8x64xf32>, %v: memref<1x2x8x64xf32>, %o: memref<1x2x8x64xf32>,
    %t: memref<?xf32> {attn.dims = ["batch", 4]}) {
  // expected-error @below {{must be an array with one entry per dimension, got ["batch", 4]}}
  attn.attention query(%q : memref<1x2x8x64xf32>) key(%k : memref<1x2x8x64xf32>) value(%v : memref<1x2x8x64xf32>)
    params(%t : memref<?xf32>)
    outs(%o : memref<1x2x8x64xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32, %x: memref<?xf32>):
    %0 = attn.lookup %x[%h] : memref<?xf32> -> f32
    attn.yield %0
  }
  return
}

// -----

func.func @dims_entry(%q: memref<1x2x8x64xf32>, %k: memref<1x2x8x64xf32>, %v: memref<1x2x8x64xf32>, %o: memref<1x2x8x64xf32>,
    %t: memref<?xf32> {attn.dims = ["heads"]}) {
  // expected-error @below {{must hold "batch", "q_len", "kv_len" or 64-bit integers, got "heads"}}
  attn.attention query(%q : memref<1x2x8x64xf32>) key(%k : memref<1x2x8x64xf32>) value(%v : memref<1x2x8x64xf32>)
    params(%t : memref<?xf32>)
    outs(%o : memref<1x2x8x64xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32, %x: memref<?xf32>):
    %0 = attn.lookup %x[%h] : memref<?xf32> -> f32
    attn.yield %0
  }
  return
}

// -----

func.func @dims_entry_type(%q: memref<1x2x8x64xf32>, %k: memref<1x2x8x64xf32>, %v: memref<1x2x8x64xf32>, %o: memref<1x2x8x64xf32>,
    %t: memref<?xf32> {attn.dims = [7 : i32]}) {
  // expected-error @below {{must hold "batch", "q_len", "kv_len" or 64-bit integers, got 7 : i32}}
  attn.attention query(%q : memref<1x2x8x64xf32>) key(%k : memref<1x2x8x64xf32>) value(%v : memref<1x2x8x64xf32>)
    params(%t : memref<?xf32>)
    outs(%o : memref<1x2x8x64xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32, %x: memref<?xf32>):
    %0 = attn.lookup %x[%h] : memref<?xf32> -> f32
    attn.yield %0
  }
  return
}

// -----

func.func @dims_size(%q: memref<1x2x8x64xf32>, %k: memref<1x2x8x64xf32>, %v: memref<1x2x8x64xf32>, %o: memref<1x2x8x64xf32>,
    %t: memref<?xf32> {attn.dims = [9223372036854775807]}) {
  // expected-error @below {{must hold sizes from 1 to 2^31-1, got 9223372036854775807}}
  attn.attention query(%q : memref<1x2x8x64xf32>) key(%k : memref<1x2x8x64xf32>) value(%v : memref<1x2x8x64xf32>)
    params(%t : memref<?xf32>)
    outs(%o : memref<1x2x8x64xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32, %x: memref<?xf32>):
    %0 = attn.lookup %x[%h] : memref<?xf32> -> f32
    attn.yield %0
  }
  return
}

// -----

func.func @dims_size_zero(%q: memref<1x2x8x64xf32>, %k: memref<1x2x8x64xf32>, %v: memref<1x2x8x64xf32>, %o: memref<1x2x8x64xf32>,
    %t: memref<?xf32> {attn.dims = [0]}) {
  // expected-error @below {{must hold sizes from 1 to 2^31-1, got 0}}
  attn.attention query(%q : memref<1x2x8x64xf32>) key(%k : memref<1x2x8x64xf32>) value(%v : memref<1x2x8x64xf32>)
    params(%t : memref<?xf32>)
    outs(%o : memref<1x2x8x64xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32, %x: memref<?xf32>):
    %0 = attn.lookup %x[%h] : memref<?xf32> -> f32
    attn.yield %0
  }
  return
}

// -----

func.func @dims_static_size(%q: memref<1x2x8x64xf32>, %k: memref<1x2x8x64xf32>, %v: memref<1x2x8x64xf32>, %o: memref<1x2x8x64xf32>,
    %t: memref<4294967296xf32> {attn.name = "large"}) {
  // expected-error @below {{must hold sizes from 1 to 2^31-1, got 4294967296}}
  attn.attention query(%q : memref<1x2x8x64xf32>) key(%k : memref<1x2x8x64xf32>) value(%v : memref<1x2x8x64xf32>)
    params(%t : memref<4294967296xf32>)
    outs(%o : memref<1x2x8x64xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32, %x: memref<4294967296xf32>):
    %0 = attn.lookup %x[%h] : memref<4294967296xf32> -> f32
    attn.yield %0
  }
  return
}

// -----

func.func @name_no_string(%q: memref<1x2x8x64xf32>, %k: memref<1x2x8x64xf32>, %v: memref<1x2x8x64xf32>, %o: memref<1x2x8x64xf32>,
    %t: memref<4xf32> {attn.name = 3 : i32}) {
  // expected-error @below {{attn.name of param0 must be a string, got 3 : i32}}
  attn.attention query(%q : memref<1x2x8x64xf32>) key(%k : memref<1x2x8x64xf32>) value(%v : memref<1x2x8x64xf32>)
    params(%t : memref<4xf32>)
    outs(%o : memref<1x2x8x64xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32, %x: memref<4xf32>):
    %0 = attn.lookup %x[%h] : memref<4xf32> -> f32
    attn.yield %0
  }
  return
}

// -----

func.func @dims_of_query(%q: memref<?x2x8x64xf32> {attn.dims = [3, 2, "q_len", 64]}, %k: memref<?x2x8x64xf32>, %v: memref<?x2x8x64xf32>,
                         %o: memref<?x2x8x64xf32>) {
  // expected-error @below {{attn.dims of q ('memref<?x2x8x64xf32>') must be ["batch", 2, "q_len", 64], got [3, 2, "q_len", 64]}}
  attn.attention query(%q : memref<?x2x8x64xf32>) key(%k : memref<?x2x8x64xf32>) value(%v : memref<?x2x8x64xf32>)
    outs(%o : memref<?x2x8x64xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    attn.yield %s
  }
  return
}
