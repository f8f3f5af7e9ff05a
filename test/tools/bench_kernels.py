# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes a .mlir file with one kernel for each NAME:FLAGS of camber-compile; heads and head dimension are small.

usage: bench_kernels.py FILE NAME:FLAGS ...
"""
import subprocess
import sys

with open(sys.argv[1], "w") as file:
    for text in sys.argv[2:]:
        name, flags = text.split(":", 1)
        command = ["camber-compile", "--emit=attn", "--heads=2", "--head-dim=32", "--name=" + name, *flags.split()]
        module = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
        file.write(module.removeprefix("module {").removesuffix("}"))
