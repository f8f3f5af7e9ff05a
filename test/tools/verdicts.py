# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What camber-run says of bodies whose results rounding decides, or that are no numbers: "passed" only where something was verified.

usage: verdicts.py FILE [ARGUMENT ...]      (a .mlir file with kernels, arguments of camber-run; camber-run is in PATH)
"""
import json
import subprocess
import sys

COMMAND = ["camber-run", *sys.argv[1:], "--json"]
failures = []


def check(kernel, outcome, *parts, arguments=("--run-kv-len=20",), checked=None, notes=None):
    run = subprocess.run(COMMAND + ["--kernel=" + kernel, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    report = json.loads(run.stdout) if run.stdout else {}
    messages = " | ".join(report.get("messages", ["(no report)"]))
    wrong = [part for part in parts if part not in messages]
    if report.get("outcome") != outcome or (run.returncode == 0) != (outcome == "passed") or report.get("passed") != (outcome == "passed"):
        wrong.append("outcome " + outcome)
    if checked is not None and report.get("rows_checked") != checked:
        wrong.append("%d rows checked" % checked)
    if not (report.get("tolerance") or 0) < 1e-4 and "--tolerance=8" not in arguments and outcome != "unverified":
        wrong.append("a small tolerance")
    if wrong:
        failures.append("%s %s: wanted %s\n  %s\n  %s" % (kernel, " ".join(arguments), wrong, {k: report.get(k) for k in (
            "outcome", "rows_checked", "rows_total", "max_abs_error", "tolerance")}, run.stderr))


# Distance 0 alone is far from a threshold: log 1 is exact. 1 + d is a power of 2 in every other row.
check("buckets", "unverified", "rows are not verified, because rounding decides them: 'arith.fptosi' (thresholds.mlir:", " of 2.9999998773211423 gives 2 in float64 and may give 3 in float32, ",
      "keep thresholds away")
check("buckets", "passed", arguments=["--run-kv-len=20", "--tolerance=8"], checked=8 * 20)
check("integer_buckets", "passed", checked=8 * 20)
check("relu", "passed", checked=8 * 20)
check("saturated", "unverified", "'math.round' (thresholds.mlir:")
check("log_negative", "unverified", "rows are NaN although no input is: 'math.log' (thresholds.mlir:", " gives NaN of -1 at ", checked=8 * 8)
check("log_negative", "unverified", "rows are NaN although no input is", arguments=["--run-kv-len=20", "--tolerance=8"], checked=8 * 8)
check("infinite", "unverified", " of 160 rows are not verified, because float32 overflows: 'arith.mulf' (thresholds.mlir:")
check("huge", "unverified", "the tolerance for o is ", "float32 cannot tell a right result from a wrong one", arguments=["--run-kv-len=300"])
print("\n".join(failures))
sys.exit(bool(failures))
