# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What camber-compile says to files that describe no bundle: one line each, with the place, and nothing is written."""
import os
import subprocess
import sys
import tempfile

KERNEL = "kernel: {heads: 2, head-dim: 16}\n"
CASES = [
    ("", "a map is needed, with 'kernel' or 'families'"),
    ("- a\n", "kernels.yaml:1:1: error: a map is needed, with 'kernel' or 'families'"),
    ("a: [1\n", "kernels.yaml:"),
    ("kernal: {}\n", "kernels.yaml:1:1: error: unknown key 'kernal'; known: name, summary, sources, targets, kernel, dtypes, lengths"),
    ("name: x\n", "'kernel' is needed, a map of fields"),
    ("kernel: 3\n", "kernels.yaml:1:9: error: 'kernel' is needed, a map of fields"),
    ("kernel: {heads: 2}\n", "a kernel needs 'head-dim', or a 'model'"),
    ("kernel: {model: gpt9}\n", "kernels.yaml:1:17: error: unknown model 'gpt9'; known: bloom"),
    ("kernel:\n  heads: 2\n  head-dim: 16\n  hads: 3\n", "kernels.yaml:4:3: error: 'hads' is no field of a kernel"),
    ("kernel: {heads: 2, head-dim: 16, no-lse: true}\n", "kernels.yaml:1:34: error: 'no-lse' is no field of a kernel; write 'lse: false'"),
    ("kernel: {heads: two, head-dim: 16}\n", "kernels.yaml:1:17: error: --heads=two"),
    ("kernel: {heads: 2, heads: 3}\n", "kernels.yaml:1:20: error: 'heads' is here twice"),
    ("kernel: {heads: 3, kv-heads: 2, head-dim: 16}\n", "kernels.yaml:1:10: error: the number of heads, 3, is not a multiple of the number of kv heads, 2"),
    (KERNEL + "dtypes: [f32, f64]\n", "kernels.yaml:2:10: error: --dtype=f64: unknown; known: f32, f16, bf16"),
    (KERNEL + "dtypes: [f32, f32]\n", "two kernels are named 'kernels_f32'"),
    (KERNEL + "dtypes: {f32: 1}\n", "dtypes must be a list of words"),
    (KERNEL + "lengths: 5\n", "lengths must be a list of maps with 'q-len' and 'kv-len'"),
    (KERNEL + "lengths: [{q-len: 5, key-len: 3}]\n", "unknown key 'key-len'; known: q-len, kv-len"),
    (KERNEL + "lengths:\n  - {q-len: 5}\n  - {q-len: 5}\n", "two kernels are named 'kernels_q5_kany'"),
    (KERNEL + "lengths: [{q-len: -5}]\n", "the query length is -5; it must be at least 1"),
    (KERNEL + "targets: [x86-64-v3, vax]\n", "unknown target 'vax'"),
    ("families: {}\n", "families must be a list of maps"),
    ("families: [3]\n", "a family is a map with 'name' and 'kernel'"),
    ("families:\n  - " + KERNEL, "kernels.yaml:2:5: error: a family needs a 'name'"),
    ("families:\n  - {name: a-b, kernel: {heads: 2, head-dim: 16}, dtypes: [f32, f16]}\n", "'a-b"),
    ("kernel: {bias: none, heads: 2, head-dim: 16}\nlengths:\n  - {q-len: 4 kv-len: 4}\n", "kernels.yaml:3:6: error: a key must be a word; is a comma or a colon missing?"),
    ("kernel: {? [heads]: 2}\n", "a key must be a word; is a comma or a colon missing?"),
    ("kernel: {? {heads: 2}: 2}\n", "a key must be a word; is a comma or a colon missing?"),
    ("kernel: " + 100000 * "[" + "\n", "lists and maps are more than 16 deep"),
    ("kernel: {heads: 2, head-dim: 16}\n---\nkernel: {heads: 4, head-dim: 16}\n", "a file holds one document"),
    ("families:\n  - &x {name: a, kernel: {heads: 2, head-dim: 16}}\n  - *x\n", "aliases are not supported"),
]

failed = False
with tempfile.TemporaryDirectory() as directory:
    path, output = os.path.join(directory, "kernels.yaml"), os.path.join(directory, "bundle")

    def run(*arguments):
        return subprocess.run(["camber-compile", *arguments, "-o", output], capture_output=True, text=True, cwd=directory)

    def expect(result, message, what):
        global failed
        if result.returncode != 2 or message not in result.stderr or os.path.exists(output) or "Stack dump" in result.stderr:
            failed = True
            print("for %r: status %d, not 2, or not %r in:\n%s" % (what, result.returncode, message, result.stderr))

    for text, message in CASES:
        with open(path, "w") as file:
            file.write(text)
        expect(run("--spec=kernels.yaml"), message, text)
    expect(run("--spec=kernels.yaml", "--heads=3"), "--heads describes a kernel and cannot be combined with the file", "a flag")
    expect(run("--spec=kernels.yaml", "model.mlir"), "--spec and the file 'model.mlir' exclude each other", "two files")
    expect(run("--spec=missing.yaml"), "cannot read 'missing.yaml'", "no file")
sys.exit(failed)
