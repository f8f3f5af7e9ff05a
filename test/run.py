# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs lit over a build folder and closes with one line of counts, each skipped test named with its reason before it."""
import json
import os
import subprocess
import sys
import tempfile

build = os.path.abspath(sys.argv[1])
lit = "/usr/lib/llvm-22/bin/lit"
with tempfile.TemporaryDirectory() as folder:
    report = os.path.join(folder, "report.json")
    suites = [os.path.join(build, "test"), os.path.join(build, "test", "Unit")]
    subprocess.run([sys.executable, lit, "-v", "--output", report, *suites, *sys.argv[2:]])
    try:
        with open(report) as file:
            tests = json.load(file)["tests"]
    except (OSError, ValueError):
        print("test/run.py: lit wrote no report", file=sys.stderr)
        sys.exit(1)

passed = [t for t in tests if t["code"] in ("PASS", "FLAKYPASS", "XFAIL")]
skipped = [t for t in tests if t["code"] in ("UNSUPPORTED", "SKIPPED", "EXCLUDED")]
failed = [t for t in tests if t not in passed and t not in skipped]
for test in skipped:
    reason = test["output"].strip().splitlines()
    print("skipped: %s: %s" % (test["name"], reason[-1] if reason else "not supported here"))
for test in failed:
    print("failed: %s" % test["name"])
print("%d passed, %d failed, %d skipped" % (len(passed), len(failed), len(skipped)))
sys.exit(1 if failed or not passed else 0)
