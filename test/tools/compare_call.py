# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Calls kernels of a bundle as tools/compare does, and compares what they write with what camber-check writes for the same
operands. Also the helpers of tools/compare: buckets, ratios, tolerances.

usage: compare_call.py SOURCE BUILD FOLDER
"""
import array
import ctypes
import os
import random
import subprocess
import sys

source, build, directory = sys.argv[1:]
sys.dont_write_bytecode = True
sys.path[:0] = [os.path.join(source, "tools"), os.path.join(source, "test")]
import npy  # noqa: E402
from comparison import bundle, interleaved, kernels, results, torch_section  # noqa: E402

HEADS, DIM, LENGTH = 3, 32, 100
os.makedirs(directory, exist_ok=True)
tools = kernels.Tools(build, directory, 0)
path = tools.bundle("b", {"k": kernels.Kernel(bias="alibi", heads=HEADS, dim=DIM, causal=True)}, "x86-64-v3")
random.seed(7)
shape = (1, HEADS, LENGTH, DIM)
count = HEADS * LENGTH * DIM
operands = {name: array.array("f", (random.gauss(0, 1) for _ in range(count))) for name in "qkv"}
operands["o"], operands["lse"] = array.array("f", bytes(4 * count)), array.array("f", bytes(4 * HEADS * LENGTH))
command = [os.path.join(build, "bin", "camber-check"), path]
for name in "qkv":
    file = os.path.join(directory, name + ".npy")
    npy.write(file, "<f4", shape, operands[name])
    command.append("--input=%s=%s" % (name, file))
written = os.path.join(directory, "o.npy")
subprocess.run(command + ["--output=o=" + written], check=True, stdout=subprocess.DEVNULL)
_, wanted = npy.read(written)
for threads in (1, 3):
    ctypes.memset(operands["o"].buffer_info()[0], 255, 4 * count)
    placed = {name: (values.buffer_info()[0], shape if name != "lse" else shape[:3]) for name, values in operands.items()}
    call = bundle.Bundle(path).call("k", placed, 1, LENGTH, LENGTH, threads)
    call()
    worst = max(abs(a - b) for a, b in zip(operands["o"], wanted))
    assert worst < 1e-6, worst
try:
    bundle.Bundle(path).call("k", {**placed, "q": (placed["q"][0], (1, HEADS, LENGTH, DIM + 1))}, 1, LENGTH, LENGTH, 1)
    assert False, "a wrong shape is not noticed"
except ValueError:
    pass

first = {}
for distance in range(200):
    first.setdefault(torch_section.t5_bucket(-distance, False), distance)
assert [first[b] for b in range(16, 32)] == [16, 19, 21, 24, 27, 31, 35, 40, 46, 52, 59, 67, 77, 87, 99, 113], first
first = {}
for distance in range(1, 200):
    first.setdefault(torch_section.t5_bucket(distance, True), distance)
assert [first[16 + b] for b in range(8, 16)] == [8, 12, 16, 23, 32, 46, 64, 91], first

assert kernels.median([3, 1, 2, 10]) == 2.5
assert interleaved.ratio({"a": [2, 2, 9], "b": [1, 1, 3]}, "a", "b") == 2
assert {len(times) for times in interleaved.run_interleaved({"a": lambda: None, "b": lambda: None}, 0, 1).values()} == {5}
assert [results.Target("s", "w", figure, 2).outcome() for figure in (2, 1.9, None)] == ["met", "missed", "not measured"]
assert results.Target("s", "w", 1.9, 2, at_most=True).outcome() == "met"
print("done")
