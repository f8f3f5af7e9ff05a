# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What camber-run does, by two programs: for a processor whose camber-check runs under an interpreter."""
import os
import subprocess
import tempfile


def compile_then_check(kernel, check, data):
    """Compiles a kernel of these flags and checks its bundle with the command `check` and the flags `data`, or with None not at all.
    Returns the run that failed, or the last one; its `args` are the command."""
    with tempfile.TemporaryDirectory() as directory:
        bundle = os.path.join(directory, "bundle")
        run = subprocess.run(["camber-compile", "-o", bundle] + kernel, capture_output=True, text=True)
        if run.returncode or not check:
            return run
        return subprocess.run(check.split() + [bundle] + data, capture_output=True, text=True)
