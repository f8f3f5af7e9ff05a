# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Inputs with a number that is not finite: a kernel passes, and how far it may be off is still a number. A kernel that skips keys
looks at every key that is not finite, and at a value that is not where its weight counts.

usage: non_finite.py FOLDER      (an empty directory to work in; camber-compile and camber-check are in PATH)
"""
import json
import math
import os
import random
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import npy  # noqa: E402

directory = sys.argv[1]
HEADS, DIM = 2, 16
failures = 0


def compile_kernel(name, length, *flags, queries=None):
    bundle = os.path.join(directory, name)
    subprocess.run(["camber-compile", "--heads=%d" % HEADS, "--head-dim=%d" % DIM, "--q-len=%d" % (queries or length), "--kv-len=%d" % length,
                    "--target=x86-64-v3", "-o", bundle] + list(flags), check=True)
    return bundle, queries or length, length


KERNELS = [compile_kernel("window", 300, "--window=100,0"), compile_kernel("skipping", 1000, "--bias=alibi", "--causal"),
           compile_kernel("skipping_both", 1000, "--bias=alibi", "--alibi-form=symmetric"),
           compile_kernel("decode", 1000, "--bias=alibi", "--causal", "--key-norms", queries=2)]
for operand, (bundle, QUERIES, KEYS) in [(operand, kernel) for kernel in KERNELS for operand in ("q", "k", "v")]:
    for special in (math.inf, -math.inf, math.nan):
        random.seed(1)
        length = QUERIES if operand == "q" else KEYS
        values = [random.gauss(0, 1) for _ in range(HEADS * length * DIM)]
        values[min(170, length - 1) * DIM + 5] = special  # position 170 of the first head
        path = os.path.join(directory, "a.npy")
        npy.write(path, "<f4", (1, HEADS, length, DIM), values)
        run = subprocess.run(["camber-check", bundle, "--json", "--input", "%s=%s" % (operand, path)],
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        report = json.loads(run.stdout) if run.stdout else {}
        if run.returncode or not report.get("passed") or not (report.get("tolerance") or 1) < 1e-5:
            failures += 1
            print("%s: %s with %s: status %d, error %s, tolerance %s\n%s" % (bundle, operand, special, run.returncode, report.get("max_abs_error"),
                                                                   report.get("tolerance"), run.stderr))
print("%d failures" % failures)
sys.exit(1 if failures else 0)
