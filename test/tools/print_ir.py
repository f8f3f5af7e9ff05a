# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Every pass of the pipelines prints its IR, and what it prints is read again and printed as the same.

usage: print_ir.py FILE.mlir      (camber-opt is in PATH)
"""
import re
import subprocess
import sys

SEPARATOR = "// -----"
PIPELINES = ["--attn-to-tile", "--tile-to-schedule=target=x86-64-v3", "--schedule-to-llvm=target=x86-64-v3"]


def camber_opt(arguments, text):
    run = subprocess.run(["camber-opt", *arguments], input=text, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert run.returncode == 0, run.stderr[-4000:]
    return run.stdout, run.stderr


with open(sys.argv[1]) as file:
    kernel = file.read()
_, printed = camber_opt([*PIPELINES, "--dump-pass-pipeline"], kernel)
passes = re.findall(r"^  ([\w-]+)", printed, re.M)
_, printed = camber_opt([*PIPELINES, "--mlir-print-ir-after-all"], kernel)
headed = re.split(r"^// -----// IR Dump After .*\(([\w-]+)\).* //----- //\n", printed, flags=re.M)
names, modules = headed[1::2], [module.strip() for module in headed[2::2]]
assert names == passes, "printed %s, the pipeline is %s" % (names, passes)
for needed in ("convert-attn-to-tile", "convert-tile-to-cpu", "convert-cpu-to-vector", "reconcile-unrealized-casts"):
    assert needed in names, needed

again, _ = camber_opt(["--split-input-file"], ("\n%s\n" % SEPARATOR).join(modules))
again = [module.strip() for module in again.split(SEPARATOR)]
assert len(again) == len(modules), "%d modules of %d" % (len(again), len(modules))
different = [name for name, before, after in zip(names, modules, again) if before != after]
assert not different, "printed differently after parsing: %s" % different
print("%d passes" % len(names))
