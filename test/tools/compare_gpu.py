# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Opens a kernel as tools/compare-gpu does and prints what comes of it."""
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tools"))
from comparison import gpu  # noqa: E402

try:
    kernel = gpu.Kernel(sys.argv[1], "none_d64_causal_64")
    print("opened, with operands " + ", ".join(kernel.operands))
except gpu.Fail as error:
    print(error)
