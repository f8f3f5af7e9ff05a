# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs lit over a build directory and closes with one line of counts, each skipped test named with its reason before it.

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


def environment():
    """Bundles are written with fsync, for which tests would wait as long as they compute: where there is room, to memory."""
    result = dict(os.environ)
    memory = "/dev/shm"
    if "TMPDIR" not in result and os.path.isdir(memory) and os.access(memory, os.W_OK):
        about = os.statvfs(memory)
        if about.f_bavail * about.f_frsize >= 2 << 30 and not about.f_flag & os.ST_NOEXEC:
            result["TMPDIR"] = memory
    return result


def reason(test, build):
    """Why a test was skipped. lit does not keep what GTEST_SKIP says, so the one test is run again."""
    lines = test["output"].strip().splitlines()
    if lines:
        return lines[-1]
    path = test["name"].partition(" :: ")[2].split("/")
    program = os.path.join(build, "bin", "unittests", *path[:-2])
    if test["name"].startswith("Camber-Unit") and os.path.exists(program):
        run = subprocess.run([program, "--gtest_filter=" + ".".join(path[-2:])], capture_output=True, text=True)
        said = re.search(r": Skipped\n(.+)", run.stdout)
        if said:
            return said.group(1)
    return "not supported here"


def main():
    build = os.path.abspath(sys.argv[1])
    lit = find_lit(build)
    with tempfile.TemporaryDirectory() as directory:
        report = os.path.join(directory, "report.json")
        suites = [os.path.join(build, "test"), os.path.join(build, "test", "Unit")]
        subprocess.run([sys.executable, lit, "-v", "--output", report, *suites, *sys.argv[2:]], stdin=subprocess.DEVNULL, env=environment())
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
        print("skipped: %s: %s" % (test["name"], reason(test, build)))
    for test in failed:
        print("failed: %s" % test["name"])
    print("%d passed, %d failed, %d skipped" % (len(passed), len(failed), len(skipped)))
    sys.exit(1 if failed or not passed else 0)


if __name__ == "__main__":
    main()
