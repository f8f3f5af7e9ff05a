# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs the conformance cases through kernels: spec.json becomes flags of camber-run, inputs and expected results are arrays.

usage: cases.py [--target NAME] [CASE ...]        prints one line per case; exit status 1 if any failed
"""
import argparse
import glob
import json
import os
import struct
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))


def write_i32(path, values):
    """A one-dimensional .npy file of int32."""
    header = "{'descr': '<i4', 'fortran_order': False, 'shape': (%d,), }" % len(values)
    header += " " * (63 - (len(header) + 10) % 64) + "\n"
    with open(path, "wb") as file:
        file.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode())
        file.write(struct.pack("<%di" % len(values), *values))


def per_batch(value, batch):
    return value if isinstance(value, list) else [value] * batch


def flags_of(spec, case, scratch):
    """The flags of one case, or a reason why flags cannot say it."""
    flags = ["--heads=%d" % spec["heads"], "--kv-heads=%d" % spec["kv_heads"], "--head-dim=%d" % spec["head_dim"],
             "--q-len=%d" % spec["q_len"], "--kv-len=%d" % spec["kv_len"]]
    order, bias = [], None
    for modifier in spec["modifiers"]:
        kind = modifier["kind"]
        if kind == "scale":
            flags.append("--scale=%r" % modifier["value"])
            order.append("scale")
        elif kind == "softcap":
            flags.append("--softcap=%r" % modifier["value"])
            order.append("softcap")
        elif kind in ("alibi", "t5") and not bias:
            bias = kind
            order.append("bias")
            if kind == "t5":
                flags += ["--t5-buckets=%d" % modifier["num_buckets"], "--t5-max-distance=%d" % modifier["max_distance"]]
                flags += ["--bidirectional"] if modifier["bidirectional"] else []
                continue
            flags.append("--alibi-form=" + modifier.get("form", "causal"))
            for key, flag in (("bias_max", "--bias-max"), ("heads_total", "--total-heads"), ("head_offset", "--head-offset"),
                              ("interpolation", "--interpolation")):
                if key in modifier:
                    flags.append("%s=%r" % (flag, modifier[key]))
            if "train_len" in modifier:
                return None, "a run-time scalar operand"
        else:
            return None, "needs a body of its own (%s)" % kind
    parameters = dict(spec["parameters"])
    slopes = parameters.get("slopes", parameters.get("slopes_left"))
    if slopes and bias == "alibi":
        flags.append("--slopes=" + ("operand" if len(slopes) == 1 else "per-batch"))
    flags.append("--bias=" + (bias or "none"))
    if len(order) > 1:
        flags.append("--order=" + ",".join(order))
    for mask in spec["masks"]:
        if mask["kind"] == "window":
            flags.append("--window=%d,%d" % (mask["left"], mask["right"]))
        elif mask["kind"] == "prefix":
            flags.append("--prefix=%d" % mask["length"])
        else:
            flags.append("--" + mask["kind"])
    names = {"slopes_left": "slopes"}
    for name in ["q", "k", "v"] + list(parameters):
        flags += ["--input", "%s=%s" % (names.get(name, name), os.path.join(case, name + ".npy"))]
    runtime = {}
    if "key_begin" in spec or "key_end" in spec:
        flags.append("--key-ranges")
        runtime = {"key_begin": spec.get("key_begin", 0), "key_end": spec.get("key_end", spec["kv_len"])}
    if "query_offset" in spec:
        flags.append("--positions=run-time")
        runtime.update({key: spec[key] for key in ("query_offset", "key_offset")})
    for name, value in runtime.items():
        path = os.path.join(scratch, name + ".npy")
        write_i32(path, per_batch(value, spec["batch"]))
        flags += ["--input", "%s=%s" % (name, path)]
    for name in ("o", "lse"):
        flags += ["--expect", "%s=%s" % (name, os.path.join(case, name + ".npy"))]
    return flags, None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--target", default="x86-64-v3")
    parser.add_argument("cases", nargs="*")
    options = parser.parse_args()
    cases = options.cases or sorted(os.path.dirname(p) for p in glob.glob(os.path.join(HERE, "*", "spec.json")))
    failed = 0
    for case in cases:
        case = case if os.path.isabs(case) else os.path.join(HERE, case)
        name = os.path.basename(case)
        with open(os.path.join(case, "spec.json")) as file:
            spec = json.load(file)
        with tempfile.TemporaryDirectory() as scratch:
            flags, reason = flags_of(spec, case, scratch)
            if reason:
                print("not run: %s: %s" % (name, reason))
                continue
            run = subprocess.run(["camber-run", "--target=" + options.target] + flags, capture_output=True, text=True)
        failed += run.returncode != 0
        print("%s: %s" % ("ok" if run.returncode == 0 else "FAILED", name))
        if run.returncode:
            print("  camber-run --target=%s %s\n%s%s" % (options.target, " ".join(flags), run.stdout, run.stderr))
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
