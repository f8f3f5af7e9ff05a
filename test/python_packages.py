# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Whether the Python packages are installed that some examples need, and the building and testing of Camber does not."""
import importlib.metadata
import re


def missing(path):
    """The lines `NAME==VERSION` of the list of packages at `path` that this Python does not have in this version."""
    result = []
    with open(path, encoding="utf-8") as file:
        for name, version in re.findall(r"^([\w.-]+)==([\w.]+)$", file.read(), re.M):
            try:
                found = importlib.metadata.version(name)
            except importlib.metadata.PackageNotFoundError:
                found = ""
            if found.split("+")[0] != version:  # 2.15.0+cpu is PyTorch 2.15.0 too
                result.append("%s==%s" % (name, version))
    return result
