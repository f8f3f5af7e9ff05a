# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What the tests share: one cache of compiled kernels for the process, and bundles to damage."""
import json
import re
import subprocess
import tempfile
from pathlib import Path

import xxhash

from camber_torch import compile_kernel

_directory = tempfile.TemporaryDirectory(prefix="camber_torch_test_")
CACHE = Path(_directory.name)

# 4 heads on 2 kv heads, head dim 32: causal ALiBi with key ranges.
SMALL = ["--bias=alibi", "--causal", "--heads=4", "--kv-heads=2", "--head-dim=32", "--key-ranges"]


def kernel(*flags):
    """SMALL's kernel with further flags."""
    return compile_kernel("small", [*SMALL, *flags], CACHE)


def compile_bundle(directory, name, *flags):
    """SMALL's bundle with further flags, named `name`, in a new directory."""
    subprocess.run(
        ["camber-compile", *SMALL, *flags, "--jobs=1", "--name=" + name, "-o", str(directory)], check=True, capture_output=True
    )


def edit_manifest(directory, change):
    """Lets `change` alter the parsed manifest, and signs it again: what a checksum cannot find."""
    path = Path(directory) / "manifest.json"
    manifest = json.loads(path.read_text())
    change(manifest)
    manifest["checksum"] = "0" * 16
    text = json.dumps(manifest, indent=2)
    digest = xxhash.xxh3_64_hexdigest(text.encode())
    path.write_text(re.sub(r'("checksum": ")0{16}"', r"\g<1>%s" % digest + '"', text))
