# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Files with one mistake each: camber-compile refuses them with a message that names it, and with status 2.

usage: bad_kernels.py FOLDER      (where the files are written; camber-compile is in PATH)
"""
import os
import subprocess
import sys

directory = sys.argv[1]
GOOD = """
func.func @k(%q: memref<?x4x?x32xf32>, %k: memref<?x2x?x32xf32>, %v: memref<?x2x?x32xf32>, %slopes: memref<4xf32>,
             %table: memref<32x4xf32>, %c: f32, %o: memref<?x4x?x32xf32>, %lse: memref<?x4x?xf32>) {
  attn.attention query(%q : memref<?x4x?x32xf32>) key(%k : memref<?x2x?x32xf32>) value(%v : memref<?x2x?x32xf32>)
    params(%slopes, %table, %c : memref<4xf32>, memref<32x4xf32>, f32)
    masks [#attn.causal] outs(%o, %lse : memref<?x4x?x32xf32>, memref<?x4x?xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32, %m: memref<4xf32>, %t: memref<32x4xf32>, %x: f32):
    %0 = attn.scale %s, 1.250000e-01
    %1 = attn.alibi %0 at(%h, %p, %j) slopes(%m : memref<4xf32>)
    %2 = attn.t5 %1 at(%h, %p, %j) table(%t : memref<32x4xf32>) {max_distance = 128 : i64}
    %3 = arith.mulf %2, %x : f32
    attn.yield %3
  }
  return
}
"""
CASES = []


def case(message, *changes, text=GOOD):
    """`changes` are pairs (old, new), applied everywhere. FILE in `message` is the name of the file."""
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    CASES.append((message, text))


Q, K, O = "memref<?x4x?x32xf32>", "memref<?x2x?x32xf32>", "%o: memref<?x4x?x32xf32>"
# Types and shapes of the tensors.
case("key has element type 'f16' but query has 'f32'",
     ("%k: " + K, "%k: memref<?x2x?x32xf16>"), ("key(%k : " + K, "key(%k : memref<?x2x?x32xf16>"))
case("value has element type 'bf16' but query has 'f32'",
     ("%v: " + K, "%v: memref<?x2x?x32xbf16>"), ("value(%v : " + K, "value(%v : memref<?x2x?x32xbf16>"))
case("element type must be f32, f16 or bf16, got 'f64'", ("x32xf32", "x32xf64"))
case("element type must be f32, f16 or bf16, got 'i32'", ("x32xf32", "x32xi32"))
case("4 query heads are not a multiple of 3 key and value heads", ("?x2x?x32", "?x3x?x32"))
case("key has 2 heads but value has 4", ("%v: " + K, "%v: " + Q), ("value(%v : " + K, "value(%v : " + Q))
case("head dim of query and key differs: 32 and 64", ("?x2x?x32", "?x2x?x64"))
case("with static heads and head dim, got 'memref<?x?x?x32xf32>'", ("?x4x?x32", "?x?x?x32"))
case("with static heads and head dim, got 'memref<?x4x?x?xf32>'", ("x32xf32", "x?xf32"))
case("lse must be [B, H, Lq] of f32, got 'memref<?x4x?xf16>'", ("memref<?x4x?xf32>", "memref<?x4x?xf16>"))
case("shape of query and lse differs: 4 and 2", ("memref<?x4x?xf32>", "memref<?x2x?xf32>"))
case("head dim 40 has no kernel on x86-64-v3, which supports multiples of 16 from 16 to 256", ("x32xf32", "x40xf32"))
case("query length 0 is not in 1 … 2^24-1", ("?x4x?x", "?x4x0x"))
case("key length 16777216 is not in 1 … 2^24-1", ("?x2x?x", "?x2x16777216x"))
# Parameters.
case("score body must take score, batch, head, query position, key position, query index, key index, params…",
     ("params(%slopes, %table, %c : memref<4xf32>, memref<32x4xf32>, f32)",
      "params(%slopes, %table : memref<4xf32>, memref<32x4xf32>)"))
case("score body must take score, batch, head, query position, key position, query index, key index, params…",
     ("params(%slopes, %table, %c : memref<4xf32>, memref<32x4xf32>, f32)",
      "params(%slopes, %table, %c, %c : memref<4xf32>, memref<32x4xf32>, f32, f32)"))
case("parameter 2 ('f32') is not used by the score body", ("%3 = arith.mulf %2, %x : f32", "%3 = arith.mulf %2, %2 : f32"))
case("parameter 2 ('f64') must be f32 or i32, or a ranked table of these",
     ("%c: f32", "%c: f64"), ("memref<32x4xf32>, f32)", "memref<32x4xf32>, f64)"), ("%x: f32", "%x: f64"),
     ("%3 = ", "%y = arith.truncf %x : f64 to f32\n    %3 = "), ("%2, %x", "%2, %y"))
case("argument 7 is not used by the attention of this kernel", ("%lse: ", "%stray: memref<4xf32>, %lse: "))
case("slopes of 3 heads: the 4 heads of the attention read entries 0 to 3", ("memref<4xf32>", "memref<3xf32>"))
case("got 'memref<4xi32>'", ("memref<4xf32>", "memref<4xi32>"))
case("slopes must be [H], or [B,H] together with batch", ("memref<4xf32>", "memref<2x4xf32>"))
case("table of 3 heads: the 4 heads of the attention read entries 0 to 3", ("memref<32x4xf32>", "memref<32x3xf32>"))
case("needs 2 to 256 buckets, and if bidirectional an even number from 4 on; got 1",
     ("memref<32x4xf32>", "memref<1x4xf32>"))
case("even number from 4 on; got 257", ("memref<32x4xf32>", "memref<257x4xf32>"))
case("with a static num_buckets, got 'memref<?x4xf32>'", ("memref<32x4xf32>", "memref<?x4xf32>"))
case("max_distance 16 must be greater than the 16 exact distances", ("max_distance = 128", "max_distance = 16"))
case("max_distance 16777216 must be greater than the 16 exact distances, and below 2^24",
     ("max_distance = 128", "max_distance = 16777216"))
case("max_distance -1 must be greater", ("max_distance = 128", "max_distance = -1"))
case("even number from 4 on; got 33", ("{max_distance", "{bidirectional, max_distance"), ("32x4", "33x4"))
# What the author says of the arguments.
case("attn.dims of param0 ('memref<4xf32>') must give a static size as it is, 4, got \"batch\"",
     ("%slopes: memref<4xf32>", "%slopes: memref<4xf32> {attn.dims = [\"batch\"]}"))
case("must give a static size as it is, 4, got 7", ("%slopes: memref<4xf32>", "%slopes: memref<4xf32> {attn.dims = [7]}"))
case("must be an array with one entry per dimension, got 3 : i32",
     ("%slopes: memref<4xf32>", "%slopes: memref<4xf32> {attn.dims = 3 : i32}"))
case("attn.name of param0 must be a string, got 3 : i32",
     ("%slopes: memref<4xf32>", "%slopes: memref<4xf32> {attn.name = 3 : i32}"))
# The score body.
case("must be 32-bit float, but got 'i32'",
     ("%3 = arith.mulf %2, %x : f32", "%4 = arith.mulf %2, %x : f32\n    %3 = arith.fptosi %4 : f32 to i32"),
     ("attn.yield %3", "\"attn.yield\"(%3) : (i32) -> ()"))
case("expects different type than prior uses: 'f32' vs 'f64'",
     ("%3 = arith.mulf %2, %x : f32", "%4 = arith.mulf %2, %x : f32\n    %3 = arith.extf %4 : f32 to f64"))
case("block with no terminator", ("    attn.yield %3\n", ""))
case("expected operation name", ("attn.yield %3", "attn.yield %3, %3"))
case("'memref.store' op is not allowed in a score body",
     ("attn.yield %3", "memref.store %3, %m[%i] : memref<4xf32>\n    attn.yield %3"),
     ("%3 = ", "%i = arith.constant 0 : index\n    %3 = "))
case("'memref.load' op is not allowed in a score body",
     ("%3 = ", "%i = arith.constant 0 : index\n    %l = memref.load %m[%i] : memref<4xf32>\n    %3 = "))
case("'func.call' op is not allowed in a score body",
     ("%3 = ", "func.call @log(%2) : (f32) -> ()\n    %3 = "), ("func.func @k", "func.func private @log(f32)\nfunc.func @k"))
case("'vector.print' op is not allowed in a score body", ("attn.yield %3", "vector.print %3 : f32\n    attn.yield %3"))
case("'cf.assert' op is not allowed in a score body",
     ("%3 = ", "%y = arith.cmpf ogt, %2, %x : f32\n    cf.assert %y, \"positive\"\n    %3 = "))
case("'memref.alloc' op is not allowed in a score body", ("%3 = ", "%y = memref.alloc() : memref<4xf32>\n    %3 = "))
case("unregistered", ("%3 = ", "\"my.print\"(%2) : (f32) -> ()\n    %3 = "))
case("using value defined outside the region", ("%3 = arith.mulf %2, %x : f32", "%3 = arith.mulf %2, %c : f32"))
case("expects different type than prior uses: 'i32' vs 'index'", ("%j: i32", "%j: index"))
case("expected attribute value", ("1.250000e-01", "nan"))
case("'attn.scale' op factor must be finite in float32", ("1.250000e-01", "0x7FF0000000000000"))
case("'attn.scale' op factor must be finite in float32", ("1.250000e-01", "0x7FF8000000000000"))
case("'attn.softcap' op cap must be greater than 0",
     ("%0 = attn.scale %s, 1.250000e-01", "%0 = attn.softcap %s, 0.0"))
case("'attn.softcap' op cap must be greater than 0",
     ("%0 = attn.scale %s, 1.250000e-01", "%0 = attn.softcap %s, 0xFFF0000000000000"))
case("'arith.constant' op is NaN, which a score body must not hold",
     ("%3 = ", "%nan = arith.constant 0x7FC00000 : f32\n    %4 = arith.addf %2, %nan : f32\n    %3 = "))
case("expects different type than prior uses: 'i32' vs 'f32'",
     ("arith.mulf %2, %x : f32", "attn.lookup %t[%p, %x] : memref<32x4xf32> -> f32"))
case("window from 3 to 2 holds no distance", ("[#attn.causal]", "[#attn.window<left = -3, right = 2>]"))
case("#attn.segments needs query_segment ids", ("[#attn.causal]", "[#attn.segments]"))
case("4 : i32 is not a mask", ("[#attn.causal]", "[4 : i32]"))
# What is beside the attention. Bufferisation makes other operations of these: the message is not about them.
ON_TENSORS = """
func.func @k(%q: tensor<1x2x8x32xf32>, %k: tensor<1x2x?x32xf32>) -> tensor<1x2x8x32xf32> {
  %o = tensor.empty() : tensor<1x2x8x32xf32>
  %r = attn.attention query(%q : tensor<1x2x8x32xf32>) key(%k : tensor<1x2x?x32xf32>) value(%k : tensor<1x2x?x32xf32>)
    outs(%o : tensor<1x2x8x32xf32>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    attn.yield %s
  } -> tensor<1x2x8x32xf32>
  return %r : tensor<1x2x8x32xf32>
}
"""
case("FILE:3:8: error: is no part of a kernel, which is one attn.attention and constants: sizes and destinations are made",
     text=ON_TENSORS)
case("FILE:4:8: error: is no part of a kernel",
     ("  %o = tensor.empty() : ", "  %c2 = arith.constant 2 : index\n  %n = tensor.dim %k, %c2 : tensor<1x2x?x32xf32>\n"
      "  %z = tensor.splat %f[%n] : tensor<?xf32>\n  %o = tensor.empty() : "), ("%k: tensor<1x2x?x32xf32>)", "%k: tensor<1x2x?x32xf32>, %f: f32)"),
     text=ON_TENSORS)
# What no target has an expansion for, refused where it is written.
case("FILE:12:10: error: 'math.exp' op has no expansion on 'vector<8xf64>'",
     ("%3 = arith.mulf", "%w = arith.extf %2 : f32 to f64\n    %e = math.exp %w : f64\n    %n = arith.truncf %e : f64 to f32\n"
      "    %3 = arith.mulf"), ("%2, %x", "%n, %x"))
case("FILE:12:10: error: 'arith.remf' op has no expansion on 'vector<8xf64>'",
     ("%3 = arith.mulf", "%w = arith.extf %2 : f32 to f64\n    %e = arith.remf %w, %w : f64\n    %n = arith.truncf %e : f64 to f32\n"
      "    %3 = arith.mulf"), ("%2, %x", "%n, %x"))
# The file.
case("holds no kernel: a func.func with one attn.attention", text="")
case("FILE:1:7: error:", text="module {")
case("holds no kernel: a func.func with one attn.attention", text="func.func @k() { return }")
case("redefinition of symbol named 'k'", text=GOOD + GOOD)
case("FILE:17:18: error:", ("  return\n}", "  return\n}\nfunc.func @other() {\n  return %nothing\n}"))
case("'a kernel' cannot name a kernel: it is a C symbol", ("@k(", '@"a kernel"('))

failures = 0


def compile_file(number, text):
    path = os.path.join(directory, "case%d.mlir" % number)
    with open(path, "w") as file:
        file.write(text)
    run = subprocess.run(["camber-compile", path, "--target=x86-64-v3", "--emit=llvm"], stdout=subprocess.DEVNULL,
                         stderr=subprocess.PIPE, text=True)
    return run.returncode, run.stderr.replace(path, "FILE")


status, stderr = compile_file(0, GOOD)
assert status == 0, stderr
for number, (message, text) in enumerate(CASES, 1):
    status, stderr = compile_file(number, text)
    if status != 2 or message not in stderr or "error: " not in stderr:
        failures += 1
        print("case %d: '%s' expected with status 2; status %d and\n%s" % (number, message, status, stderr))
print("%d files, %d failures" % (len(CASES), failures))
sys.exit(1 if failures else 0)
