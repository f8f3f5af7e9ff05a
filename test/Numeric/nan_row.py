# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A query that is NaN, with keys that are split: o and lse of its row are NaN. A log-sum-exp of -inf would tell whoever combines the
row with another result that it saw nothing.

usage: nan_row.py FOLDER TARGET [FLAG ...]      (an empty directory to work in; the flags are camber-check's)
"""
import math
import os
import random
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import npy  # noqa: E402

directory, target, flags = sys.argv[1], sys.argv[2], sys.argv[3:]
DIM, KEYS = 16, 1300
failures = 0
for name, queries, kernel in [("none", 64, ["--bias=none"]), ("decode", 1, ["--bias=none"]), ("alibi", 64, ["--bias=alibi", "--causal"])]:
    bundle = os.path.join(directory, name)
    subprocess.run(["camber-compile", "--heads=1", "--head-dim=%d" % DIM, "--q-len=%d" % queries, "--kv-len=%d" % KEYS, "--target=" + target,
                    "-o", bundle] + kernel, check=True)
    random.seed(1)
    values = [random.gauss(0, 1) for _ in range(queries * DIM)]
    bad = queries // 3
    values[bad * DIM + 5] = math.nan
    q, o, lse = (os.path.join(directory, name + suffix) for suffix in ("_q.npy", "_o.npy", "_lse.npy"))
    npy.write(q, "<f4", (1, 1, queries, DIM), values)
    run = subprocess.run(["camber-check", bundle, "--input=q=" + q, "--output=o=" + o, "--output=lse=" + lse] + flags,
                         capture_output=True, text=True)
    lses, outputs = npy.read(lse)[1], npy.read(o)[1]
    nan = [row for row in range(queries) if math.isnan(lses[row])]
    nan_outputs = [row for row in range(queries) if any(math.isnan(x) for x in outputs[row * DIM:(row + 1) * DIM])]
    if run.returncode or nan != [bad] or nan_outputs != [bad]:
        failures += 1
        print("%s: status %d, lse of row %d is %s; lse is NaN in rows %s, o in rows %s\n%s" % (
            name, run.returncode, bad, lses[bad], nan, nan_outputs, run.stderr))
print("%d failures" % failures)
sys.exit(1 if failures else 0)
