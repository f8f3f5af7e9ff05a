# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs a Python script as if some packages were not installed.

usage: without.py PACKAGE,... SCRIPT [ARGUMENT ...]
"""
import runpy
import sys

for package in sys.argv[1].split(","):
    sys.modules[package] = None  # import raises ImportError
sys.argv = sys.argv[2:]
runpy.run_path(sys.argv[0], run_name="__main__")
