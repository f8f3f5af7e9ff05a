# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What the tests cost: runs them with lit and prints a table of tests, programs started, CPU seconds and wall seconds by directory.

usage: cost.py BUILD [--slowest N] [FLAG of lit ...]      e.g. cost.py build --filter=Numeric -j1

CPU seconds are those of all processes that a test has waited for. Programs are counted by a library that is loaded into each of them:
those that are linked statically are skipped. Works on the tests of any commit, as it wraps the configuration in the build directory.
"""
import argparse
import collections
import json
import os
import resource
import subprocess
import sys
import tempfile
import time

COUNTER = r"""
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>
__attribute__((constructor)) static void count(void) {
  const char *path = getenv("CAMBER_COST_PROGRAMS");
  int file = path ? open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600) : -1;
  if (file < 0)
    return;
  if (write(file, "x", 1) != 1)
    _exit(99);
  close(file);
}
"""

# Loads the suite's own configuration, and wraps its format.
SITE = """
import sys
lit_config.load_config(config, %(site)r)
sys.path.insert(0, %(here)r)
import cost
config.test_format = cost.Measured(config.test_format, %(directory)r)
"""


class Measured:
    """A format of lit that writes a line for each test into the directory's `costs`."""

    def __init__(self, format, directory):
        self.format, self.directory = format, directory

    def __getattr__(self, name):
        if name in ("format", "directory"):  # while it is being unpickled
            raise AttributeError(name)
        return getattr(self.format, name)

    def execute(self, test, lit_config):
        programs = os.path.join(self.directory, "programs.%d" % os.getpid())
        test.config.environment.update({
            "CAMBER_COST_PROGRAMS": programs, "LD_PRELOAD": os.path.join(self.directory, "counter.so"),
            "ASAN_OPTIONS": ":".join(filter(None, [test.config.environment.get("ASAN_OPTIONS"), "verify_asan_link_order=0"]))})
        before, begin = resource.getrusage(resource.RUSAGE_CHILDREN), time.time()
        result = self.format.execute(test, lit_config)
        after, end = resource.getrusage(resource.RUSAGE_CHILDREN), time.time()
        started = os.path.getsize(programs) if os.path.exists(programs) else 0
        if started:
            os.remove(programs)
        line = json.dumps({"name": test.getFullName(), "programs": started, "wall": end - begin,
                           "cpu": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime})
        with open(os.path.join(self.directory, "costs"), "a") as file:
            file.write(line + "\n")
        return result


def folder_of(name):
    """`Camber :: Numeric/alibi.test` and `… :: Numeric/sweep.test/3` are of Numeric, `Camber-Unit :: ./camber-tune-tests/3/5` of its program."""
    suite, _, path = name.partition(" :: ")
    path = path.partition(".test/")[0]
    parts = path.lstrip("./").split("/")
    return "unit/" + parts[0] if suite == "Camber-Unit" else "/".join(parts[:-1]) or "."


def table(rows):
    widths = [max(len(row[c]) for row in rows) for c in range(len(rows[0]))]
    for row in rows:
        print("  ".join(cell.rjust(w) if c else cell.ljust(w) for c, (cell, w) in enumerate(zip(row, widths))).rstrip())


def main():
    parser = argparse.ArgumentParser(prog="cost.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build")
    parser.add_argument("--slowest", type=int, default=20, metavar="N", help="also list the N tests that cost most")
    options, flags = parser.parse_known_args()
    build = os.path.abspath(options.build)
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
    import run
    lit = run.find_lit(build)
    with tempfile.TemporaryDirectory() as directory:
        subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-xc", "-", "-o", os.path.join(directory, "counter.so")], input=COUNTER.encode(), check=True)
        suites = []
        for suite in ("test", os.path.join("test", "Unit")):
            suites.append(os.path.join(directory, suite.replace("/", "_")))
            os.mkdir(suites[-1])
            with open(os.path.join(suites[-1], "lit.site.cfg.py"), "w") as file:
                file.write(SITE % {"site": os.path.join(build, suite, "lit.site.cfg.py"), "here": os.path.dirname(os.path.abspath(__file__)),
                                   "directory": directory})
        status = subprocess.run([sys.executable, lit, "-v", *suites, *flags], stdin=subprocess.DEVNULL, env=run.environment()).returncode
        with open(os.path.join(directory, "costs")) as file:
            tests = [json.loads(line) for line in file]

    sums = collections.defaultdict(lambda: [0, 0, 0.0, 0.0])
    for test in tests:
        for key in (folder_of(test["name"]), "all"):
            for i, value in enumerate((1, test["programs"], test["cpu"], test["wall"])):
                sums[key][i] += value
    order = sorted(sums, key=lambda key: (key == "all", -sums[key][2]))
    table([["directory", "tests", "programs", "CPU s", "wall s"]] +
          [[key, "%d" % sums[key][0], "%d" % sums[key][1], "%.1f" % sums[key][2], "%.1f" % sums[key][3]] for key in order])
    if options.slowest:
        print()
        tests.sort(key=lambda test: -test["cpu"])
        table([["test", "programs", "CPU s", "wall s"]] +
              [[t["name"], "%d" % t["programs"], "%.1f" % t["cpu"], "%.1f" % t["wall"]] for t in tests[:options.slowest]])
    sys.exit(status)


if __name__ == "__main__":
    main()
