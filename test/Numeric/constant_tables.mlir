// REQUIRES: avx2
// RUN: camber-run %s --target=x86-64-v3 --run-q-len=40 --run-kv-len=70 --threads=2

// Tables that a body holds itself, for lookups and for biases: the reference reads them from the manifest.

func.func @looked_up(%q: memref<?x8x?x64xf32>, %k: memref<?x8x?x64xf32>, %v: memref<?x8x?x64xf32>, %o: memref<?x8x?x64xf32>) {
  attn.attention query(%q : memref<?x8x?x64xf32>) key(%k : memref<?x8x?x64xf32>) value(%v : memref<?x8x?x64xf32>) masks [#attn.causal] outs(%o : memref<?x8x?x64xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    %0 = attn.scale %s, 0.125
    %d = arith.subi %p, %j : i32
    %t = arith.constant dense<[0.5, 0xFF800000, -0.0, 3.0]> : tensor<4xf32>
    %y = attn.lookup %t[%d] : tensor<4xf32> -> f32
    %1 = arith.addf %0, %y : f32
    attn.yield %1
  }
  return
}

func.func @integers(%q: memref<?x8x?x64xf32>, %k: memref<?x8x?x64xf32>, %v: memref<?x8x?x64xf32>, %o: memref<?x8x?x64xf32>) {
  attn.attention query(%q : memref<?x8x?x64xf32>) key(%k : memref<?x8x?x64xf32>) value(%v : memref<?x8x?x64xf32>) masks [#attn.causal] outs(%o : memref<?x8x?x64xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    %0 = attn.scale %s, 0.125
    %d = arith.subi %p, %j : i32
    %t = arith.constant dense<[[1, -2], [2147483647, -2147483648]]> : tensor<2x2xi32>
    %one = arith.constant 1 : i32
    %i = attn.lookup %t[%d, %one] : tensor<2x2xi32> -> i32
    %y = arith.sitofp %i : i32 to f32
    %small = arith.constant 1.0e-09 : f32
    %z = arith.mulf %y, %small : f32
    %1 = arith.addf %0, %z : f32
    attn.yield %1
  }
  return
}

func.func @slopes(%q: memref<?x8x?x64xf32>, %k: memref<?x8x?x64xf32>, %v: memref<?x8x?x64xf32>, %o: memref<?x8x?x64xf32>) {
  attn.attention query(%q : memref<?x8x?x64xf32>) key(%k : memref<?x8x?x64xf32>) value(%v : memref<?x8x?x64xf32>) masks [#attn.causal] outs(%o : memref<?x8x?x64xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    %0 = attn.scale %s, 0.125
    %m = arith.constant dense<[0.5, 0.25, 0.125, 0.0625, 0.5, 0.25, 0.125, -0.0625]> : tensor<8xf32>
    %1 = attn.alibi %0 at(%h, %p, %j) slopes(%m : tensor<8xf32>)
    attn.yield %1
  }
  return
}

func.func @buckets(%q: memref<?x8x?x64xf32>, %k: memref<?x8x?x64xf32>, %v: memref<?x8x?x64xf32>, %o: memref<?x8x?x64xf32>) {
  attn.attention query(%q : memref<?x8x?x64xf32>) key(%k : memref<?x8x?x64xf32>) value(%v : memref<?x8x?x64xf32>) masks [#attn.causal] outs(%o : memref<?x8x?x64xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    %t = arith.constant dense<0.25> : tensor<32x8xf32>
    %1 = attn.t5 %s at(%h, %p, %j) table(%t : tensor<32x8xf32>)
    attn.yield %1
  }
  return
}
