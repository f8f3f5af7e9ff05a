# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What ptxas says of the kernels of the built-in schedules: no bytes spilled, and no warning.

usage: spills.py I/N      every N-th kernel from I on; prints a line for each
"""
import itertools
import re
import subprocess
import sys

BIASES = {"none": [], "causal": ["--bias=alibi", "--causal"], "symmetric": ["--bias=alibi", "--alibi-form=symmetric"],
          "t5": ["--bias=t5", "--causal"]}
index, parts = map(int, sys.argv[1].split("/"))
kernels = list(itertools.product(["f16", "f32"], BIASES.items(), [64, 128, 192, 240, 256]))[index::parts]
failed = 0
for dtype, (bias, flags), dim in kernels:
    ptx = subprocess.run(["camber-compile", *flags, "--heads=8", "--kv-heads=8", "--head-dim=%d" % dim, "--dtype=" + dtype, "--q-len=?",
                          "--kv-len=?", "--target=sm_80", "--name=k", "--emit=asm"], capture_output=True, text=True, check=True).stdout
    run = subprocess.run(["ptxas", "-v", "-arch=sm_80", "-o", "/dev/null", "/dev/stdin"], input=ptx, capture_output=True, text=True)
    said = run.stdout + run.stderr
    spills = [int(n) for n in re.findall(r"(\d+) bytes spill stores", said)]
    good = run.returncode == 0 and "warning" not in said and spills and max(spills) == 0
    failed += not good
    print("%s: %s %s D %d: %s bytes spilled" % ("ok" if good else "FAILED", dtype, bias, dim, max(spills, default="?")))
    if not good:
        print(said)
sys.exit(failed != 0 or not kernels)
