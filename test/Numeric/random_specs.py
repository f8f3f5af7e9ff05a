# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Differential test: random kernels against the reference, by flags and as .mlir files with random score bodies, and invalid ones,
which must be refused with a message.

usage: random_specs.py [--target NAME,...] [--seed S] [--count N] [--only I] [--part I/N] [--jobs N]

A specification depends on seed and number alone. A failure prints the command that runs it again. The seed is of the commit
(test/seeds.py) unless it is given.
"""
import argparse
import os
import random
import sys
import tempfile

import specs
import seeds


class Body:
    """A random score body, written operation by operation. Values stay within what float32 holds, so that the reference and a kernel
    can agree: no exponential of a large number, no division by what may be 0."""

    def __init__(self, rng, heads):
        self.rng, self.heads = rng, heads
        self.lines, self.params, self.names = [], [], 0

    def op(self, text):
        self.names += 1
        self.lines.append("%%v%d = %s" % (self.names, text))
        return "%%v%d" % self.names

    def constant(self, value):
        return self.op("arith.constant %.6e : f32" % value)

    def binary(self, name, a, b, kind="f32"):
        return self.op("%s %s, %s : %s" % (name, a, b, kind))

    def unary(self, name, a):
        return self.op("%s %s : f32" % (name, a))

    def param(self, shape):
        name = "w%d" % len(self.params)
        self.params.append((name, "tensor<%sxf32>" % "x".join(map(str, shape))))
        return name

    def lookup(self, shape, *indices):
        name = self.param(shape)
        return self.op("attn.lookup %%%s[%s] : %s -> f32" % (name, ", ".join(indices), self.params[-1][1]))

    def distance(self):
        return self.op("arith.sitofp %s : i32 to f32" % self.op("arith.subi %j, %p : i32"))

    def step(self, s):
        """One more link of the chain."""
        rng, h = self.rng, self.heads
        kind = rng.choice(["scale", "softcap", "alibi", "alibi", "t5", "blend", "slope", "clamp", "wave", "gate", "decay", "parity", "table"])
        if kind == "scale":
            return self.op("attn.scale %s, %.4e" % (s, rng.choice([0.125, 0.3, -0.5, 1.0, 0.9])))
        if kind == "softcap":
            return self.op("attn.softcap %s, %.4e" % (s, rng.choice([3.0, 20.0, 50.0])))
        if kind == "alibi":
            form = rng.choice(["", "_symmetric", "_sqrt"] + (["_half"] if h % 2 == 0 else []))
            return self.op("attn.alibi%s %s at(%%h, %%p, %%j) {heads = %d}" % (form, s, h))
        if kind == "t5":
            buckets, both = rng.choice([(32, True), (32, False), (8, True), (6, False)])
            name = self.param([buckets, h])
            return self.op("attn.t5 %s at(%%h, %%p, %%j) table(%%%s : %s) {%smax_distance = %d}" % (
                s, name, self.params[-1][1], "bidirectional, " if both else "", rng.choice([40, 128])))
        if kind == "blend":
            a = self.binary("arith.mulf", s, self.constant(rng.uniform(0.5, 1.0)))
            return self.binary("arith.addf", a, self.binary("arith.mulf", self.unary("math.tanh", s), self.constant(rng.uniform(0, 0.5))))
        if kind == "slope":
            return self.binary("arith.addf", s, self.binary("arith.mulf", self.lookup([h], "%h"), self.binary(
                "arith.mulf", self.distance(), self.constant(0.05))))
        if kind == "clamp":
            low = self.binary("arith.maximumf", s, self.constant(-rng.uniform(2, 20)))
            return self.binary("arith.minimumf", low, self.constant(rng.uniform(2, 20)))
        if kind == "wave":
            angle = self.binary("arith.mulf", self.distance(), self.constant(rng.uniform(0.01, 0.5)))
            return self.binary("arith.addf", s, self.unary(rng.choice(["math.sin", "math.cos"]), angle))
        if kind == "gate":
            return self.binary("arith.subf", s, self.lookup([h, 50], "%h", rng.choice(["%j", "%p"])))
        if kind == "decay":
            d = self.binary("arith.mulf", self.unary("math.absf", self.distance()), self.constant(-rng.uniform(0.01, 0.3)))
            return self.binary("arith.mulf", s, self.unary("math.exp", d))
        if kind == "table":
            d = self.op("arith.addi %s, %s : i32" % (self.op("arith.subi %j, %p : i32"), self.op("arith.constant 7 : i32")))
            return self.binary("arith.addf", s, self.lookup([15, h], d, "%h"))
        even = self.op("arith.cmpi eq, %s, %s : i32" % (
            self.binary("arith.andi", self.binary("arith.subi", "%j", "%p", "i32"), self.op("arith.constant 1 : i32"), "i32"),
            self.op("arith.constant 0 : i32")))
        return self.op("arith.select %s, %s, %s : f32" % (even, s, self.binary("arith.mulf", s, self.constant(0.75))))


def random_module(rng):
    """The text of a .mlir file with one kernel, and flags for its run."""
    heads, kv_heads = rng.choice(specs.HEADS)
    dim, storage, (q_len, kv_len) = rng.choice(specs.HEAD_DIMS), rng.choice(specs.STORAGES), rng.choice(specs.LENGTHS)
    static = min(q_len, kv_len) > 0 and rng.random() < 0.5
    body = Body(rng, heads)
    s = body.op("attn.scale %%s, %.4e" % (dim ** -0.5))
    for _ in range(rng.randint(1, 4)):
        s = body.step(s)
    size = (q_len, kv_len) if static else ("?", "?")
    q = "tensor<?x%dx%sx%dx%s>" % (heads, size[0], dim, storage)
    k = "tensor<?x%dx%sx%dx%s>" % (kv_heads, size[1], dim, storage)
    masks = rng.choice(["", " masks [#attn.causal]", " masks [#attn.window<left = 50, right = 0>]", " masks [#attn.prefix<length = 9>]"])
    skip = rng.choice(["", "", " no_skip"])
    norms = "tensor<?x%dx%sxf32>" % (kv_heads, -(-kv_len // 64) if static else "?")
    given = rng.random() < 0.3
    operands = "".join(', %%op_%s: %s {attn.name = "%s"}' % (n, t, n) for n, t in body.params)
    params = " params(%s : %s)" % (", ".join("%op_" + n for n, _ in body.params), ", ".join(t for _, t in body.params)) if body.params else ""
    if given:
        operands += ", %%norms: %s" % norms
        params += " key_norms(%%norms : %s)" % norms
    masks += skip
    arguments = "".join(", %%%s: %s" % p for p in body.params)
    text = """func.func @random(%%q: %(q)s, %%k: %(k)s, %%v: %(k)s%(operands)s, %%o: %(q)s) -> %(q)s {
  %%r = attn.attention query(%%q : %(q)s) key(%%k : %(k)s) value(%%v : %(k)s)%(params)s%(masks)s outs(%%o : %(q)s) scores {
  ^bb0(%%s: f32, %%b: i32, %%h: i32, %%p: i32, %%j: i32, %%qi: i32, %%ki: i32%(arguments)s):
    %(body)s
    attn.yield %(result)s
  } -> %(q)s
  return %%r : %(q)s
}
""" % {"q": q, "k": k, "operands": operands, "params": params, "masks": masks, "arguments": arguments,
       "body": "\n    ".join(body.lines), "result": s}
    flags = ["--threads=%d" % rng.choice(specs.THREADS)]
    return text, flags if static else flags + ["--run-q-len=%d" % q_len, "--run-kv-len=%d" % kv_len]


def random_flags(rng):
    while True:
        spec = {"bias": rng.choice(list(specs.BIASES)), "mask": rng.choice(list(specs.MASKS)), "storage": rng.choice(specs.STORAGES),
                "heads": rng.choice(specs.HEADS), "head_dim": rng.choice(specs.HEAD_DIMS), "extra": rng.choice(list(specs.EXTRAS)),
                "lengths": (rng.randint(0, 150), rng.randint(0, rng.choice([150, 150, 1500]))), "kind": rng.choice(specs.KINDS),
                "threads": rng.choice(specs.THREADS), "skip": rng.choice(list(specs.SKIPS))}
        if specs.is_valid(spec):
            return specs.flags_of(spec)


# What makes a specification invalid.
INVALID = [
    ["--head-dim=24"], ["--head-dim=0"], ["--heads=7", "--kv-heads=3"], ["--heads=-1"], ["--q-len=0"], ["--kv-len=16777216"],
    ["--scale=nan"], ["--scale=inf"], ["--softcap=0"], ["--softcap=-1"], ["--window=3"], ["--window=2,-3"], ["--prefix=-1"],
    ["--bias=rope"], ["--dtype=f8"], ["--bias=alibi", "--bias-max=0"], ["--bias=alibi", "--interpolation=0"],
    ["--bias=t5", "--t5-buckets=1"], ["--bias=t5", "--t5-max-distance=4"], ["--order=scale,scale"], ["--target=x86-64-v9"],
    ["--target=x86-64-v3+magic"], ["--model=none"], ["--frobnicate"], ["--batch=-1"], ["--input", "q=/no/such/file.npy"],
]


def job_of(seed, number, directory):
    rng = random.Random(seed * 1000003 + number)
    command = ["camber-run"]
    choice = rng.random()
    if choice < 0.1:
        wrong = rng.choice(INVALID)
        given = {flag.split("=")[0] for flag in wrong}
        right = ["--heads=4", "--head-dim=32", "--q-len=9", "--kv-len=9"]
        return number, ["camber-run"] + [flag for flag in right if flag.split("=")[0] not in given] + wrong, 2
    if choice < 0.5:
        return number, command + random_flags(rng), 0
    text, flags = random_module(rng)
    path = os.path.join(directory, "random_%d_%d.mlir" % (seed, number))
    with open(path, "w") as file:
        file.write(text)
    return number, command + [path] + flags, 0


def main():
    parser = argparse.ArgumentParser()
    specs.add_target_flags(parser)
    parser.add_argument("--seed", type=int, default=seeds.seed())
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--only", type=int, help="run this specification alone, and keep its file")
    options = parser.parse_args()
    index, parts = map(int, options.part.split("/"))

    def reproducer(number):
        check = " --check='%s'" % options.check if options.check else ""
        return "python3 test/Numeric/random_specs.py --target=%s%s --seed=%d --only=%d" % (options.target, check, options.seed, number)

    if options.only is not None:
        directory = tempfile.mkdtemp(prefix="camber-random-")
        print("files are kept in " + directory)
        return specs.run_all([job_of(options.seed, options.only, directory)], reproducer, options)
    with tempfile.TemporaryDirectory() as directory:
        jobs = [job_of(options.seed, n, directory) for n in range(options.count)[index::parts]]
        return specs.run_all(jobs, reproducer, options)


if __name__ == "__main__":
    sys.exit(main())
