# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs lit over a build folder and closes with one line of counts, each skipped test named with its reason before it.

usage: run.py BUILD [FLAG of lit ...]
"""
import json
import os
import re
import subprocess
import sys
import tempfile


def find_lit(build):
    """The lit that CMake has found where LLVM says its tools are."""
    cache = os.path.join(build, "CMakeCache.txt")
    try:
        with open(cache) as file:
            found = re.search(r"^CAMBER_LIT:FILEPATH=(.+)$", file.read(), re.M)
    except OSError as error:
        sys.exit("test/run.py: %s; configure the build first, e.g. with tools/check" % error)
    if not found or found.group(1).endswith("-NOTFOUND"):
        sys.exit("test/run.py: %s names no lit (CAMBER_LIT); install llvm-22-tools, then configure again with -DCAMBER_BUILD_TESTS=ON" % cache)
    return found.group(1)


def main():
    build = os.path.abspath(sys.argv[1])
    lit = find_lit(build)
    with tempfile.TemporaryDirectory() as folder:
        report = os.path.join(folder, "report.json")
        suites = [os.path.join(build, "test"), os.path.join(build, "test", "Unit")]
        subprocess.run([sys.executable, lit, "-v", "--output", report, *suites, *sys.argv[2:]], stdin=subprocess.DEVNULL)
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


if __name__ == "__main__":
    main()
