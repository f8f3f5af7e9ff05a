# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compiles kernels with camber-compile, once per set of flags."""
import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from .bundle import Bundle, BundleError

DTYPE_FLAGS = {"float32": "f32", "float16": "f16", "bfloat16": "bf16"}


def compile_kernel(name, flags, cache):
    """The Kernel that `camber-compile FLAGS` makes, loaded.

    name    what to call it: a C identifier, to which a digest of the flags is added
    flags   list of strings, without --name and -o
    cache   directory for bundles; one that is there already is taken where it still passes Bundle's checks

    Raises BundleError where camber-compile is not on the PATH or refuses the flags.
    """
    compiler = shutil.which("camber-compile")
    if compiler is None:
        raise BundleError("camber-compile is not on the PATH; add build/bin of the checkout to it")
    # A compiler that was built anew makes other kernels of the same flags.
    key = " ".join(flags) + " %d" % os.stat(compiler).st_mtime_ns
    name = re.sub(r"\W", "_", name) + "_" + hashlib.sha256(key.encode()).hexdigest()[:8]
    directory = Path(cache) / name
    try:
        return Bundle(directory).kernel()
    except BundleError:
        shutil.rmtree(directory, ignore_errors=True)  # not there, or damaged
    Path(cache).mkdir(parents=True, exist_ok=True)
    # A bundle appears under its name when it is complete, whatever stops this process or runs beside it.
    with tempfile.TemporaryDirectory(dir=cache) as scratch:
        made = Path(scratch) / name
        command = [compiler, *flags, "--jobs=1", "--name=" + name, "-o", str(made)]
        run = subprocess.run(command, capture_output=True, text=True)
        if run.returncode:
            raise BundleError("%s\n%s" % (" ".join(command), run.stderr.strip()))
        try:
            made.rename(directory)
        except OSError:
            pass  # another process has put the same bundle there
    return Bundle(directory).kernel()
