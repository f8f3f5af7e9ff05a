# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compares the demo table shown in a README with what tools/demo_table.py prints: its columns, and in each row what does not
depend on the machine.

usage: demo_table.py README
"""
import json
import os
import re
import sys

SOURCE = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
sys.path.insert(0, os.path.join(SOURCE, "tools"))
sys.dont_write_bytecode = True
import demo_table  # noqa: E402


def printed(name):
    """The row of a model up to the storage type; what is measured is missing."""
    with open(os.path.join(demo_table.PRESETS, name + ".json")) as file:
        kernel = json.load(file)["kernel"]
    measured = ["max_abs_error", "tolerance", "gflops", "share_of_peak", "object_bytes", "compile_seconds"]
    result = dict(dict.fromkeys(measured), q_len=kernel["q-len"], kv_len=kernel["kv-len"])
    return demo_table.row_of(name, kernel, result, "f32")[:5]


with open(sys.argv[1], encoding="utf-8") as file:
    tables = re.findall(r"^```text\n(model .*?)^```$", file.read(), re.M | re.S)
if len(tables) != 1:
    sys.exit("%d demo tables in %s" % (len(tables), sys.argv[1]))
header, *rows = [re.split(r" {2,}", line) for line in tables[0].splitlines()]
failures = [] if header == demo_table.COLUMNS else ["columns are %s, shown are %s" % (demo_table.COLUMNS, header)]
for row in rows:
    if not os.path.exists(os.path.join(demo_table.PRESETS, row[0] + ".json")):
        failures.append("there is no model %s" % row[0])
    elif len(row) != len(header) or row[:5] != printed(row[0]):
        failures.append("printed is %s, shown is %s" % (printed(row[0]), row))
print("\n".join(failures) or "%d models as tools/demo_table.py prints them" % len(rows))
sys.exit(1 if failures or not rows else 0)
