// Bodies whose results rounding decides, or that are no numbers: test/tools/verdicts.py.

func.func @buckets(%q: memref<?x8x?x64xf32>, %k: memref<?x8x?x64xf32>, %v: memref<?x8x?x64xf32>, %o: memref<?x8x?x64xf32>, %table: memref<32x8xf32> {attn.name = "table"}) {
  attn.attention query(%q : memref<?x8x?x64xf32>) key(%k : memref<?x8x?x64xf32>) value(%v : memref<?x8x?x64xf32>) params(%table : memref<32x8xf32>) masks [#attn.causal] outs(%o : memref<?x8x?x64xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32, %t0: memref<32x8xf32>):
    %d = arith.subi %p, %j : i32
    %f = arith.sitofp %d : i32 to f32
    %one = arith.constant 1.0 : f32
    %three = arith.constant 4.328085122666891 : f32
    %f1 = arith.addf %f, %one : f32
    %l = math.log %f1 : f32
    %x = arith.mulf %l, %three : f32
    %bucket = arith.fptosi %x : f32 to i32
    %y = attn.lookup %t0[%bucket, %h] : memref<32x8xf32> -> f32
    %1 = arith.addf %s, %y : f32
    attn.yield %1
  }
  return
}

func.func @integer_buckets(%q: memref<?x8x?x64xf32>, %k: memref<?x8x?x64xf32>, %v: memref<?x8x?x64xf32>, %o: memref<?x8x?x64xf32>, %table: memref<32x8xf32> {attn.name = "table"}) {
  attn.attention query(%q : memref<?x8x?x64xf32>) key(%k : memref<?x8x?x64xf32>) value(%v : memref<?x8x?x64xf32>) params(%table : memref<32x8xf32>) masks [#attn.causal] outs(%o : memref<?x8x?x64xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32, %t0: memref<32x8xf32>):
    %d = arith.subi %p, %j : i32
    %f = arith.sitofp %d : i32 to f32
    %three = arith.constant 3.0 : f32
    %x = arith.divf %f, %three : f32
    %g = math.floor %x : f32
    %bucket = arith.fptosi %g : f32 to i32
    %y = attn.lookup %t0[%bucket, %h] : memref<32x8xf32> -> f32
    %1 = arith.addf %s, %y : f32
    attn.yield %1
  }
  return
}

func.func @relu(%q: memref<?x8x?x64xf32>, %k: memref<?x8x?x64xf32>, %v: memref<?x8x?x64xf32>, %o: memref<?x8x?x64xf32>) {
  attn.attention query(%q : memref<?x8x?x64xf32>) key(%k : memref<?x8x?x64xf32>) value(%v : memref<?x8x?x64xf32>) masks [#attn.causal] outs(%o : memref<?x8x?x64xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    %0 = attn.scale %s, 0.125
    %zero = arith.constant 0.0 : f32
    %positive = arith.cmpf ogt, %0, %zero : f32
    %1 = arith.select %positive, %0, %zero : f32
    attn.yield %1
  }
  return
}

func.func @saturated(%q: memref<?x8x?x64xf32>, %k: memref<?x8x?x64xf32>, %v: memref<?x8x?x64xf32>, %o: memref<?x8x?x64xf32>) {
  attn.attention query(%q : memref<?x8x?x64xf32>) key(%k : memref<?x8x?x64xf32>) value(%v : memref<?x8x?x64xf32>) masks [#attn.causal] outs(%o : memref<?x8x?x64xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    %0 = attn.scale %s, 0.125
    %ten = arith.constant 10.0 : f32
    %u = arith.mulf %0, %ten : f32
    %t = math.tanh %u : f32
    %half = arith.constant 0.5 : f32
    %x = arith.mulf %t, %half : f32
    %r = math.round %x : f32
    %1 = arith.addf %0, %r : f32
    attn.yield %1
  }
  return
}

func.func @log_negative(%q: memref<?x8x?x64xf32>, %k: memref<?x8x?x64xf32>, %v: memref<?x8x?x64xf32>, %o: memref<?x8x?x64xf32>) {
  attn.attention query(%q : memref<?x8x?x64xf32>) key(%k : memref<?x8x?x64xf32>) value(%v : memref<?x8x?x64xf32>) masks [#attn.causal] outs(%o : memref<?x8x?x64xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    %0 = attn.scale %s, 0.125
    %d = arith.subi %p, %j : i32
    %limit = arith.constant 7 : i32
    %e = arith.subi %limit, %d : i32
    %f = arith.sitofp %e : i32 to f32
    %l = math.log %f : f32
    %1 = arith.addf %0, %l : f32
    attn.yield %1
  }
  return
}

func.func @infinite(%q: memref<?x8x?x64xf32>, %k: memref<?x8x?x64xf32>, %v: memref<?x8x?x64xf32>, %o: memref<?x8x?x64xf32>) {
  attn.attention query(%q : memref<?x8x?x64xf32>) key(%k : memref<?x8x?x64xf32>) value(%v : memref<?x8x?x64xf32>) masks [#attn.causal] outs(%o : memref<?x8x?x64xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    %huge = arith.constant 1.0e+38 : f32
    %x = arith.mulf %s, %huge : f32
    %1 = arith.mulf %x, %huge : f32
    attn.yield %1
  }
  return
}

func.func @huge(%q: memref<?x8x?x64xf32>, %k: memref<?x8x?x64xf32>, %v: memref<?x8x?x64xf32>, %o: memref<?x8x?x64xf32>, %tau: memref<8xf32> {attn.name = "tau"}, %mu: memref<8xf32> {attn.name = "mu"}) {
  attn.attention query(%q : memref<?x8x?x64xf32>) key(%k : memref<?x8x?x64xf32>) value(%v : memref<?x8x?x64xf32>) params(%tau, %mu : memref<8xf32>, memref<8xf32>) masks [#attn.causal] outs(%o : memref<?x8x?x64xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32, %t0: memref<8xf32>, %t1: memref<8xf32>):
    %0 = attn.scale %s, 0.125
    %d = arith.subi %p, %j : i32
    %f = arith.sitofp %d : i32 to f32
    %th = attn.lookup %t0[%h] : memref<8xf32> -> f32
    %mh = attn.lookup %t1[%h] : memref<8xf32> -> f32
    %x = arith.mulf %mh, %f : f32
    %y = math.sinh %x : f32
    %z = arith.mulf %y, %th : f32
    %1 = arith.addf %0, %z : f32
    attn.yield %1
  }
  return
}
