# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The bias is float32 whatever the storage: neighbouring positions far away keep different biases.

usage: distinct_biases.py DTYPE [FLAG of camber-run ...]

One batch entry per key position 8000 ... 8191, one key, q = 0: the log-sum-exp is the bias itself. In bf16 the 192 biases of slope
2^(-1/4) would collapse to 6.
"""
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import npy  # noqa: E402

POSITIONS = list(range(8000, 8192))
SLOPE = 2 ** -0.25

with tempfile.TemporaryDirectory() as directory:
    def path(name):
        return os.path.join(directory, name + ".npy")
    batch = len(POSITIONS)
    npy.write(path("slopes"), "<f4", (1,), [SLOPE])
    npy.write(path("query_offset"), "<i4", (batch,), [0] * batch)
    npy.write(path("key_offset"), "<i4", (batch,), POSITIONS)
    # Zeros are the same in every storage type; the file's type is that of the kernel, or one it is converted from.
    npy.write(path("q"), "<f4", (batch, 1, 1, 16), [0.0] * batch * 16)
    run = subprocess.run(["camber-run", "--bias=alibi", "--slopes=operand", "--heads=1", "--head-dim=16", "--q-len=1", "--kv-len=1",
                          "--positions=offsets", "--dtype=" + sys.argv[1], "--batch=%d" % batch, "--output", "lse=" + path("lse")]
                         + [flag for name in ("q", "slopes", "query_offset", "key_offset")
                            for flag in ("--input", "%s=%s" % (name, path(name)))] + sys.argv[2:], capture_output=True, text=True)
    if run.returncode:
        sys.exit("camber-run failed\n" + run.stdout + run.stderr)
    shape, lse = npy.read(path("lse"))

if shape != (batch, 1, 1):
    sys.exit("lse has shape %r" % (shape,))
worst = max(abs(value - SLOPE * position) for value, position in zip(lse, POSITIONS))
print("%d different biases, at most %.1e from slope · distance" % (len(set(lse)), worst))
sys.exit(0 if len(set(lse)) == batch and worst < 1e-3 else 1)
