# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Arrays and sizes that do not fit a kernel: camber-check names file and operand, ends with status 2 and prints no result.

usage: bad_arrays.py FOLDER      (where a bundle and arrays are written; camber-compile and camber-check are in PATH)
"""
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import npy

directory = sys.argv[1]
bundle = os.path.join(directory, "k")
subprocess.run(["camber-compile", "--bias=t5", "--heads=4", "--kv-heads=2", "--head-dim=32", "--q-len=3", "--kv-len=<=9",
                "--key-ranges", "--target=x86-64-v3", "--name=k", "-o", bundle], check=True)
written = 0


def array(name, shape, dtype="<f4", value=0, edit=lambda data: data):
    global written
    written += 1
    path = os.path.join(directory, "%d_%s.npy" % (written, name))
    count = 1
    for size in shape:
        count *= size
    npy.write(path, dtype, shape, [value] * count)
    with open(path, "rb") as file:
        data = edit(file.read())
    with open(path, "wb") as file:
        file.write(data)
    return "%s=%s" % (name, path)


def check(*arguments):
    run = subprocess.run(["camber-check", bundle, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    return run.returncode, run.stdout, run.stderr


def inputs(*arrays):
    return [argument for text in arrays for argument in ("--input", text)]


def changed(old, new):
    """An array with other bytes of the same number in its header."""
    assert len(old) == len(new)
    return lambda data: data.replace(old, new, 1)


THERE = os.path.join(directory, "q.npy")
npy.write(THERE, "<f4", [1], [0])
Q, K = [2, 4, 3, 32], [2, 2, 9, 32]
CASES = [
    # Shapes.
    ("_q.npy: has shape [2, 5, 3, 32], operand 'q' needs [2, 4, 3, 32]", inputs(array("q", [2, 5, 3, 32]))),
    ("q_len is 3 by the kernel's contract, but 4 by ", inputs(array("q", [2, 4, 4, 32]))),
    ("_q.npy: has shape [4, 3, 32]; operand 'q' has 4 dimensions", inputs(array("q", [4, 3, 32]))),
    ("_k.npy: has shape [2, 2, 9, 16], operand 'k' needs [2, 2, 9, 32]", inputs(array("k", [2, 2, 9, 16]))),
    ("kv_len = 10: kernel 'k' was compiled for at most 9", inputs(array("k", [2, 2, 10, 32]))),
    ("_v.npy", inputs(array("k", K), array("v", [2, 2, 8, 32]))),
    ("batch is 2 by ", inputs(array("q", Q), array("k", [3, 2, 9, 32]))),
    ("_table.npy: has shape [4, 32], operand 'table' needs [32, 4]", inputs(array("table", [4, 32]))),
    ("_table.npy: has shape [31, 4], operand 'table' needs [32, 4]", inputs(array("table", [31, 4]))),
    ("batch is 3 by --batch, but 2 by ", inputs(array("q", Q)) + ["--batch=3"]),
    ("kv_len is 5 by --kv-len, but 9 by ", inputs(array("k", K)) + ["--kv-len=5"]),
    # Values.
    ("_key_end.npy: element 0 is 0.5, which is no i32; convert the array", inputs(array("key_end", [2], "<f4", 0.5))),
    ("key range of batch 0 is 0 .. 10; 0 <= begin <= end <= 9 must hold", inputs(array("key_end", [2], "<i4", 10))),
    ("key range of batch 0 is -1 .. 9; ", inputs(array("key_begin", [2], "<i4", -1))),
    ("_q.npy: element 0 is 0.1, which is no f32; convert the array", inputs(array("q", Q, "<f8", 0.1))),
    # Files.
    ("_q.npy: is in Fortran order; write numpy.ascontiguousarray",
     inputs(array("q", Q, edit=changed(b"'fortran_order': False", b"'fortran_order': True ")))),
    ("_q.npy: is big-endian; write array.astype('<f4')", inputs(array("q", Q, edit=changed(b"<f4", b">f4")))),
    ("_q.npy: has the unsupported type '<c8'", inputs(array("q", Q,
                                                             edit=lambda data: data.replace(b"<f4", b"<c8") + data[-3072:]))),
    ("its shape [2, 4, 3, 32] of '<f4' needs 3072; it is truncated", inputs(array("q", Q, edit=lambda data: data[:-4]))),
    ("its shape [2, 4, 3, 32] of '<f4' needs 3072; it is truncated", inputs(array("q", Q, edit=lambda data: data + b"1234"))),
    ("_q.npy: is truncated", inputs(array("q", Q, edit=lambda data: data[:40]))),
    ("_q.npy: is not a .npy file; write it with numpy.save", inputs(array("q", Q, edit=lambda data: b"PK\3\4" + data))),
    ("_q.npy: is not a .npy file", inputs(array("q", Q, edit=lambda data: b""))),
    ("nothing.npy: cannot be opened", inputs("q=" + os.path.join(directory, "nothing.npy"))),
    (directory + ": cannot be read; is it a directory?", inputs("q=" + directory)),
    # Names.
    ("kernel 'k' has no input named 'w'; it has q, k, v, table, key_begin, key_end", inputs("w=w.npy")),
    ("kernel 'k' has no input named 'o'", inputs("o=o.npy")),
    ("'q' is not NAME=FILE.npy", inputs("q")),
    ("'q' is given twice: ", inputs(array("q", Q), array("q", Q))),
    ("kernel 'k' has no output named 'q'; it has o, lse", ["--expect", "q=q.npy"]),
    ("_o.npy: has shape [2, 4, 3, 31], output 'o' has [3, 4, 3, 32]", ["--expect", array("o", [2, 4, 3, 31])]),
    ("_lse.npy: has shape [2, 4, 3, 1], output 'lse' has [3, 4, 3]", ["--expect", array("lse", [2, 4, 3, 1])]),
    (directory + ": cannot be written", ["--output", "o=" + directory]),
    ("--output o=x.npy would overwrite the file of --output lse=./x.npy; name another file",
     ["--output", "o=x.npy", "--output", "lse=./x.npy"]),
    ("--output o=%s would overwrite the file of --input q=%s/./q.npy;" % (THERE, directory),
     ["--output", "o=" + THERE, "--input", "q=%s/./q.npy" % directory]),
    ("would overwrite the file of --expect lse=", ["--output", "o=" + THERE, "--expect", "lse=" + THERE]),
    # Sizes.
    ("q_len is 4 by --q-len, but 3 by the kernel's contract", ["--q-len=4"]),
    ("kv_len = 10: kernel 'k' was compiled for at most 9", ["--kv-len=10"]),
    ("--kv-len=16777216: takes a number from 0 to 16777215", ["--kv-len=16777216"]),
    ("--batch=-1: takes a number from 0 to 2147483647", ["--batch=-1"]),
    ("--batch=2147483648: takes a number from 0 to 2147483647", ["--batch=2147483648"]),
    ("batch = 2147483647, q_len = 3, kv_len = 9: the operands of kernel 'k' take", ["--batch=2147483647"]),
]

status, _, stderr = check(*inputs(array("q", Q), array("k", K), array("table", [32, 4])))
assert status == 0, stderr
failures = 0
for message, arguments in CASES:
    status, stdout, stderr = check(*arguments)
    if status != 2 or stdout or message not in stderr or not stderr.startswith("camber-check: error: "):
        failures += 1
        print("%s: '%s' expected with status 2; status %d and\n%s%s" % (" ".join(arguments), message, status, stdout, stderr))
print("%d cases, %d failures" % (len(CASES), failures))
sys.exit(1 if failures else 0)
