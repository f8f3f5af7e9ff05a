# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A key that a row does not see changes nothing in it, whatever its k and v hold: with a NaN or an infinity there the row is, bit for bit,
what it is with a finite number. A row that sees the key has the NaN or the infinity.

usage: hidden_non_finite.py FOLDER TARGET [CHECK]      (an empty directory to work in; camber-compile is in PATH; CHECK is camber-check or a
                                                        command that runs it)
"""
import math
import os
import random
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import npy  # noqa: E402

directory, target = sys.argv[1:3]
check = (sys.argv[3] if len(sys.argv) > 3 else "camber-check").split()
BODY = os.path.join(os.path.dirname(os.path.abspath(__file__)), "Inputs", "hidden_by_body.mlir")
COLUMN = 5  # of k or v, where the special numbers are


class Case:
    """A kernel, and which keys its rows see: `sees(head, query, key)`. Special numbers are put into `keys` of the last kv head.

    `same_bits` is false where norms of the keys decide which tiles are skipped: a number in k that is not finite then changes roundings."""

    def __init__(self, name, flags, sees, keys, q_len=200, kv_len=200, heads=2, kv_heads=2, dim=16, dtype="f32", same_bits=True, extra=None,
                 source=None, scale=1.0):
        self.name, self.sees, self.keys, self.dtype, self.same_bits, self.extra, self.scale = name, sees, keys, dtype, same_bits, extra or {}, scale
        self.q_len, self.kv_len, self.heads, self.kv_heads, self.dim = q_len, kv_len, heads, kv_heads, dim
        self.bundle = os.path.join(directory, name)
        shape = ["--heads=%d" % heads, "--kv-heads=%d" % kv_heads, "--head-dim=%d" % dim, "--q-len=%d" % q_len, "--kv-len=%d" % kv_len,
                 "--dtype=" + dtype]
        subprocess.run(["camber-compile", "--target=" + target, "-o", self.bundle] + flags + ([source] if source else shape), check=True,
                       stdout=subprocess.DEVNULL)

    def inputs(self):
        random.seed(self.name)
        number = {"f32": "<f4", "f16": "<f2", "bf16": "<f4"}[self.dtype]
        # Multiples of 1/64 up to 2 are exact in bf16.
        draw = (lambda: random.gauss(0, self.scale)) if self.dtype == "f32" else (lambda: random.randint(-128, 128) / 64)
        arrays = dict(self.extra)
        for operand, heads, length in (("q", self.heads, self.q_len), ("k", self.kv_heads, self.kv_len), ("v", self.kv_heads, self.kv_len)):
            arrays[operand] = (number, (1, heads, length, self.dim), [draw() for _ in range(heads * length * self.dim)])
        return arrays

    def run(self, arrays):
        """The numbers of o and of lse."""
        command = check + [self.bundle, "--threads=2"]
        for operand, array in arrays.items():
            path = os.path.join(directory, operand + ".npy")
            npy.write(path, *array)
            command += ["--input", "%s=%s" % (operand, path)]
        paths = [os.path.join(directory, output + ".out.npy") for output in ("o", "lse")]
        command += ["--output", "o=" + paths[0], "--output", "lse=" + paths[1]]
        result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if result.returncode:
            raise RuntimeError("%s ends with %d\n%s" % (" ".join(command), result.returncode, result.stdout))
        return npy.read(paths[0])[1], npy.read(paths[1])[1]

    def differences(self, operand, special, expected, got):
        """What is wrong of the rows of `got`, the results with special numbers; `expected` are those without."""
        def same(x, y):
            return x == y or (not (self.same_bits or operand == "v") and abs(x - y) <= 1e-5)

        group = self.heads // self.kv_heads
        for head in range(self.heads):
            for query in range(self.q_len):
                row = head * self.q_len + query
                hit = head // group == self.kv_heads - 1 and any(self.sees(head, query, key) for key in self.keys)
                if hit and operand == "k":
                    continue  # camber-check has compared the row with the reference
                if not same(got[1][row], expected[1][row]):
                    yield "lse of head %d query %d is %r, should be %r" % (head, query, got[1][row], expected[1][row])
                for d in range(self.dim):
                    x, y = got[0][row * self.dim + d], expected[0][row * self.dim + d]
                    if hit and d == COLUMN:
                        # Of several infinities the sum is infinite, and NaN where a weight has underflowed to 0.
                        if math.isfinite(x):
                            yield "o of head %d query %d is %r, should be %r" % (head, query, x, special)
                    elif not same(x, y):
                        yield "o of head %d query %d dim %d is %r, should be %r" % (head, query, d, x, y)

    def failures(self):
        clean = self.inputs()
        expected, count = self.run(clean), 0
        for operand in ("v", "k"):
            for special in (math.nan, math.inf, -math.inf):
                number, shape, values = clean[operand]
                values = list(values)
                for key in self.keys:
                    values[((self.kv_heads - 1) * self.kv_len + key) * self.dim + COLUMN] = special
                wrong = list(self.differences(operand, special, expected, self.run({**clean, operand: (number, shape, values)})))
                if wrong:
                    count += 1
                    print("%s, %s in %s: %d wrong, first: %s" % (self.name, special, operand, len(wrong), wrong[0]))
        return count


def causal(head, query, key):
    return key <= query


def segments(q_len, kv_len, number):
    """Ids, as arrays of operands; `number` says of which document a query (with its distance from the end) or a key is."""
    queries, keys = [number(i + kv_len - q_len) for i in range(q_len)], [number(j) for j in range(kv_len)]
    return {"query_segment": ("<i4", (1, q_len), queries), "key_segment": ("<i4", (1, kv_len), keys)}


PACKED = segments(200, 200, lambda i: i // 70)
CASES = [
    # A tile with the diagonal and one before it; the last key is seen by the last row alone.
    ("causal", ["--causal"], causal, [10, 130, 199], {}),
    ("causal_wide", ["--causal"], causal, [10, 130, 199], {"dim": 128}),
    ("causal_f16", ["--causal"], causal, [130], {"dtype": "f16", "dim": 64}),
    ("causal_bf16", ["--causal"], causal, [130], {"dtype": "bf16"}),
    # Weights underflow: a row whose weight of the key is 0 sees it nevertheless.
    ("causal_large", ["--causal"], causal, [10, 130], {"scale": 12.0}),
    ("window", ["--window=60,0"], lambda h, i, j: 0 <= i - j <= 60, [10, 130], {}),
    ("window_both", ["--window=20,30"], lambda h, i, j: -20 <= j - i <= 30, [10, 130], {}),
    ("prefix", ["--prefix=40"], lambda h, i, j: j <= i or j < 40, [100, 130], {}),
    ("packed", ["--segments"], lambda h, i, j: i // 70 == j // 70, [10, 130], {"extra": PACKED}),
    ("packed_causal", ["--segments", "--causal"], lambda h, i, j: i // 70 == j // 70 and j <= i, [10, 130], {"extra": PACKED}),
    ("packed_f16", ["--segments"], lambda h, i, j: i // 70 == j // 70, [10, 130], {"extra": PACKED, "dtype": "f16"}),
    ("alibi", ["--bias=alibi", "--causal"], causal, [130], {"same_bits": False}),
    ("alibi_half", ["--bias=alibi", "--alibi-form=half", "--no-skip"], lambda h, i, j: j <= i if h == 0 else j >= i, [130], {}),
    ("t5", ["--bias=t5", "--causal"], causal, [130], {}),
    ("softcap", ["--softcap=20", "--causal"], causal, [130], {}),
    ("sink", ["--sink", "--causal"], causal, [130], {}),
    ("body", [], lambda h, i, j: (i + j) % 3 != 0, [10, 100], {"q_len": 130, "kv_len": 130, "dim": 32, "source": BODY}),
    # A few queries: lanes are keys, heads are packed, keys are split.
    ("decode", ["--causal"], lambda h, i, j: j <= i + 1998, [1999], {"q_len": 2, "kv_len": 2000, "heads": 4, "kv_heads": 1}),
    ("decode_f16", ["--causal"], lambda h, i, j: j <= i + 1998, [1999], {"q_len": 2, "kv_len": 2000, "heads": 4, "kv_heads": 1, "dtype": "f16"}),
    ("decode_window", ["--window=100,0"], lambda h, i, j: 0 <= i + 1996 - j <= 100, [1897, 1998], {"q_len": 4, "kv_len": 2000}),
    ("decode_packed", ["--segments"], lambda h, i, j: (i + 1996) % 3 == j % 3, [500],
     {"q_len": 4, "kv_len": 2000, "extra": segments(4, 2000, lambda i: i % 3)}),
]

total = 0
chosen = os.environ.get("CASES")
for name, flags, sees, keys, options in CASES:
    if not chosen or name in chosen.split(","):
        total += Case(name, flags, sees, keys, **options).failures()
print("%d failures" % total)
sys.exit(1 if total else 0)
