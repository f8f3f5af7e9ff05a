# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Damages a valid .mlir file in seeded ways; a tool must accept it or refuse it with a message, and never crash.

usage: malformed_mlir.py FILE COUNT SEED COMMAND...   ('{}' in COMMAND is the damaged file)
"""
import os
import random
import re
import subprocess
import sys
import tempfile

path, count, seed, command = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4:]
with open(path) as file:
    text = file.read()
tokens = re.findall(r"\s+|[\w.]+|.", text, re.S)
# Operations by what follows them on their line, names left out: those of one kind can take each other's places.
kinds = {}
for i, token in enumerate(tokens):
    if re.fullmatch(r"(arith|math)\.\w+", token):
        line = "".join(tokens[i + 1 : i + 30]).split("\n")[0]
        kinds.setdefault(re.sub(r"%\w+", "%", line), []).append(i)
operations = [i for alike in kinds.values() if len(alike) > 1 for i in alike]
words = [i for i, token in enumerate(tokens) if not token.isspace()]
STRANGE = ["-1", "0", "99999999999999999999", "16777216", "1e400", "0xFF800000", "f64", "i1", "vector<4xf32>", "?", "<", ">",
           "(", "}", "%undefined", "attn.softcap", "attn.nothing", "tensor<*xf32>", "memref<2xf32>", '"', "^bb9", "index"]


def damaged(random):
    kind = random.choice(["truncate", "delete", "replace", "swap", "repeat", "byte"] + 3 * ["operation"] * bool(operations))
    if kind == "truncate":
        return text[: random.randrange(len(text))]
    if kind == "byte":
        at = random.randrange(len(text))
        return text[:at] + chr(random.randrange(1, 256)) + text[at + 1 :]
    changed = list(tokens)
    for _ in range(random.randint(1, 3)):
        at, other = random.choice(words), random.choice(words)
        if kind == "delete":
            changed[at] = ""
        elif kind == "operation":  # often valid, and so seen by all passes
            alike = random.choice([alike for alike in kinds.values() if len(alike) > 1])
            changed[random.choice(alike)] = tokens[random.choice(alike)]
        elif kind == "replace":
            changed[at] = random.choice(STRANGE)
        elif kind == "swap":
            changed[at], changed[other] = changed[other], changed[at]
        else:
            changed[at] = changed[at] + " " + tokens[other]
    return "".join(changed)


failures = refused = 0
with tempfile.TemporaryDirectory() as directory:
    for case in range(count):
        name = os.path.join(directory, "case.mlir")
        with open(name, "w", encoding="utf-8") as file:
            file.write(damaged(random.Random(seed * 1000003 + case)))
        run = subprocess.run([part.replace("{}", name) for part in command], capture_output=True, timeout=120)
        stderr = run.stderr.decode("utf-8", "replace")
        clean = run.returncode == 0 or (run.returncode in (1, 2) and "error" in stderr)
        if not clean or "PLEASE submit a bug report" in stderr or "Assertion" in stderr:
            failures += 1
            kept = "malformed-%d-%d.mlir" % (seed, case)
            os.replace(name, kept)
            print("case %d of seed %d ended with %d; again: %s\n%s" % (
                case, seed, run.returncode, " ".join(part.replace("{}", os.path.abspath(kept)) for part in command), stderr[-2000:]))
        refused += run.returncode != 0
print("%d damaged files, %d refused, %d crashes" % (count, refused, failures))
sys.exit(1 if failures or not refused else 0)
