# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs every pass of Camber, and the pipelines, on a file: each accepts it or refuses it with a message, and never crashes.

usage: every_pass.py FILE.mlir SOURCE      (camber-opt is in PATH; passes are found in SOURCE/dialects)
"""
import glob
import os
import re
import subprocess
import sys

PIPELINES = ["attn-to-tile", "tile-to-schedule", "schedule-to-llvm"]

path, source = sys.argv[1:]
passes = []
for description in sorted(glob.glob(os.path.join(source, "dialects", "*", "*.td"))):
    with open(description, encoding="utf-8") as file:
        passes += re.findall(r'^def \w+ : Pass<"([\w-]+)"', file.read(), re.M)
assert "expand-math" in passes and "tile-fuse-scores" in passes, passes

failures = 0
for name in passes + PIPELINES:
    run = subprocess.run(["camber-opt", "--allow-unregistered-dialect", "--split-input-file", "--" + name, path],
                         capture_output=True, timeout=120)
    stderr = run.stderr.decode("utf-8", "replace")
    if not (run.returncode == 0 or (run.returncode == 1 and "error: " in stderr)):
        failures += 1
        print("--%s ended with %d\n%s" % (name, run.returncode, stderr[-2000:]))
print("%d passes, %d crashes" % (len(passes + PIPELINES), failures))
sys.exit(1 if failures else 0)
