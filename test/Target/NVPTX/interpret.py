# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Many kernels in the PTX interpreter: one camber-compile for all of them, one camber-check for each target."""
import json
import os
import re
import subprocess


def compile_families(directory, name, families, targets):
    """Writes the bundle of a spec with these families and returns its path. ptxas is not on PATH: nothing here runs its code."""
    spec, bundle = os.path.join(directory, name + ".yaml"), os.path.join(directory, name)
    with open(spec, "w") as file:
        json.dump({"name": name, "targets": targets, "families": families}, file)
    path = [p for p in os.environ["PATH"].split(os.pathsep) if not os.path.exists(os.path.join(p, "ptxas"))]
    run = subprocess.run(["camber-compile", "--spec=" + spec, "-o", bundle, "--force"], capture_output=True, text=True,
                         env=dict(os.environ, PATH=os.pathsep.join(path)))
    if run.returncode:
        raise SystemExit("%s\nexit status %d: camber-compile --spec=%s" % (run.stderr[-4000:], run.returncode, spec))
    return bundle


def texts(bundle, target):
    """Kernel -> its PTX, without what names the chip."""
    result, end = {}, ".%s.ptx" % target
    for file in sorted(os.listdir(os.path.join(bundle, "device"))):
        if file.endswith(end):
            with open(os.path.join(bundle, "device", file)) as text:
                result[file[:-len(end)]] = re.sub(r"(?m)^\.(version|target).*$", "", text.read())
    return result


def check(bundle, target, kernels, *flags):
    """Checks kernels of a bundle, prints what failed, and returns how many passed."""
    command = ["camber-check", bundle, "--device=interpreter", "--device-target=" + target, "--json"] + list(flags)
    run = subprocess.run(command + ["--kernel=" + kernel for kernel in kernels], capture_output=True, text=True)
    reports = [json.loads(line) for line in run.stdout.splitlines()]
    passed = sum(report["passed"] for report in reports)
    if run.returncode or passed != len(kernels):
        print("%s, exit status %d:\n%s" % (" ".join(command), run.returncode, run.stderr))
    return passed
