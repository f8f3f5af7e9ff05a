# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs the kernel of every model preset through camber-run and prints one table; called by tools/demo.

usage: demo_table.py BUILD [--models NAME,...] [FLAG of camber-run ...]
"""
import argparse
import glob
import json
import os
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
PRESETS = os.path.join(HERE, "..", "lib", "Compiler", "Presets")
COLUMNS = ["model", "bias", "heads/kv/dim", "length", "storage", "max error", "tolerance", "GFLOP/s", "of peak", "object", "compile"]


def bias_of(kernel):
    """The bias in one word, as the flags say it."""
    if kernel["bias"] == "alibi":
        return "ALiBi" + (", symmetric" if kernel.get("alibi-form") == "symmetric" else "")
    if kernel["bias"] == "t5":
        return "T5" + (", bidirectional" if kernel.get("bidirectional") else "")
    return kernel["bias"]


def row_of(name, kernel, result, storage):
    def number(key, text):
        return text % result[key] if result[key] is not None else "-"
    shape = "%d/%d/%d" % (kernel["heads"], kernel.get("kv-heads", kernel["heads"]), kernel["head-dim"])
    length = str(result["kv_len"]) if result["q_len"] == result["kv_len"] else "%(q_len)d x %(kv_len)d" % result
    share = "-" if result["share_of_peak"] is None else "%.0f %%" % (100 * result["share_of_peak"])
    return [name, bias_of(kernel), shape, length, storage, number("max_abs_error", "%.1e"), number("tolerance", "%.1e"),
            number("gflops", "%.0f"), share, number("object_bytes", "%d B"), number("compile_seconds", "%.2f s")]


def run(tool, name, flags):
    """camber-run's result for a preset, with the seconds its compilation took."""
    with tempfile.NamedTemporaryFile() as timings:
        done = subprocess.run([tool, "--model=" + name, "--inputs=normal", "--bench", "--json", "--no-cache",
                               "--timings=" + timings.name] + flags, capture_output=True, text=True)
        try:
            result, compiled = json.loads(done.stdout), json.load(timings)
        except ValueError:
            sys.exit("tools/demo: camber-run --model=%s ended with status %d:\n%s" % (name, done.returncode, done.stderr))
    result["compile_seconds"] = sum(target["seconds"] for target in compiled)
    return done.returncode, result


def main():
    parser = argparse.ArgumentParser(prog="tools/demo")
    parser.add_argument("build")
    parser.add_argument("--models", help="comma-separated presets (default: all)")
    options, flags = parser.parse_known_args()
    known = sorted(os.path.splitext(os.path.basename(p))[0] for p in glob.glob(os.path.join(PRESETS, "*.json")))
    names = options.models.split(",") if options.models else known
    for name in names:
        if name not in known:
            sys.exit("tools/demo: unknown model '%s'; known: %s" % (name, ", ".join(known)))
    tool = os.path.join(options.build, "bin", "camber-run")
    if not os.path.exists(tool):
        sys.exit("tools/demo: there is no %s; build it, or leave --build away" % tool)
    storage = next((f.split("=", 1)[1] for f in flags if f.startswith("--dtype=")), "f32")

    rows, failed = [], []
    for i, name in enumerate(names):
        with open(os.path.join(PRESETS, name + ".json")) as file:
            kernel = json.load(file)["kernel"]
        begin = time.time()
        status, result = run(tool, name, flags)
        print("[%d/%d] %s: %s (%.1f s)" % (i + 1, len(names), name, result["outcome"], time.time() - begin), file=sys.stderr)
        if status != 0:
            failed.append("%s: %s" % (name, "; ".join(result["messages"]) or result["outcome"]))
        rows.append(row_of(name, kernel, result, kernel.get("dtype", storage)))

    widths = [max(len(row[c]) for row in [COLUMNS] + rows) for c in range(len(COLUMNS))]
    left = 5  # words to the left, numbers to the right
    for row in [COLUMNS] + rows:
        print("  ".join(cell.ljust(w) if c < left else cell.rjust(w) for c, (cell, w) in enumerate(zip(row, widths))).rstrip())
    for message in failed:
        print("FAILED " + message, file=sys.stderr)
    print("%d of %d kernels agree with the float64 reference" % (len(rows) - len(failed), len(rows)))
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
