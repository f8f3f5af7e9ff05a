# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Causal ALiBi at every head count from 1 to 40, every head dim and both 16-bit types, and every preset at its own head count, on
tensor cores that cut sums off and approximations that are off by all of their bounds. Slopes differ by head count: from 4 heads on
the steepest is 1/4 or more.

usage: alibi_heads.py FOLDER      (an empty directory to work in; camber-compile and camber-check are in PATH)
"""
import subprocess
import sys

import interpret

TARGET = "sm_80"
# A row block whose diagonal meets both tiles of keys.
LENGTHS = {"q-len": 40, "kv-len": 70}
DTYPES = ("f16", "bf16")
directory = sys.argv[1]

families = []
for heads in range(1, 41):
    kernel = {"bias": "alibi", "causal": True, "heads": heads, "head-dim": 16 * (heads % 16 + 1), "dtype": DTYPES[heads // 16 % 2]}
    families.append({"name": "heads%d" % heads, "kernel": dict(kernel, **LENGTHS)})
assert len({(f["kernel"]["head-dim"], f["kernel"]["dtype"]) for f in families}) == 32
listed = subprocess.run(["camber-compile", "--list-models"], capture_output=True, text=True, check=True).stdout
models = [line.split()[0] for line in listed.splitlines() if line.strip()]
for number, model in enumerate(models):
    # 112 heads in both types: their slopes are 112 different ones, up to 0.96.
    dtypes = DTYPES if model == "bloom-176b" else DTYPES[number % 2:number % 2 + 1]
    for dtype in dtypes:
        families.append({"name": "%s_%s" % (model.replace("-", "_"), dtype), "kernel": dict({"model": model, "dtype": dtype}, **LENGTHS)})
bundle = interpret.compile_families(directory, "heads", families, [TARGET])
passed = interpret.check(bundle, TARGET, [family["name"] for family in families], "--inputs=normal")
print("%d of %d kernels passed, %d of them presets" % (passed, len(families), len(families) - 40))
sys.exit(passed != len(families))
