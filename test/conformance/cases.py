# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs the conformance cases through kernels: spec.json becomes flags of a kernel, or body.mlir holds it where flags cannot say its
score body; inputs and expected results are arrays. Cases called skip_… are long enough to skip keys, and run without that, too.

usage: cases.py [--target NAME[=COMMAND]]... [--check COMMAND | --compile-only] [--jobs N] [CASE ...]

COMMAND is a camber-check for the target's processor, perhaps under an interpreter; of all targets or of one. The reference is evaluated
once for all targets. CASE is a directory, or a file in one. Prints one line per case; exit status 1 if any failed.
"""
import argparse
import concurrent.futures
import glob
import json
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))
import npy  # noqa: E402
from two_steps import compile_then_check  # noqa: E402


def per_batch(value, batch):
    return value if isinstance(value, list) else [value] * batch


def kernel_flags(spec, case, scratch):
    """The flags that describe the kernel, and the arrays of run-time scalars by name."""
    if os.path.exists(os.path.join(case, "body.mlir")):
        return [os.path.join(case, "body.mlir")], {}
    flags = ["--heads=%d" % spec["heads"], "--kv-heads=%d" % spec["kv_heads"], "--head-dim=%d" % spec["head_dim"],
             "--q-len=%d" % spec["q_len"], "--kv-len=%d" % spec["kv_len"]]
    arrays = {}
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
                flags.append("--interpolation=dynamic:%d" % modifier["train_len"])
                arrays["total_len"] = os.path.join(scratch, "total_len.npy")
                npy.write(arrays["total_len"], "<i4", (), [modifier["total_len"]])
        else:
            sys.exit("%s: %s needs a body.mlir" % (case, kind))
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
    runtime = {}
    if "key_begin" in spec or "key_end" in spec:
        flags.append("--key-ranges")
        runtime = {"key_begin": spec.get("key_begin", 0), "key_end": spec.get("key_end", spec["kv_len"])}
    if "query_offset" in spec:
        flags.append("--positions=offsets")
        runtime.update({key: spec[key] for key in ("query_offset", "key_offset")})
    for name, value in runtime.items():
        arrays[name] = os.path.join(scratch, name + ".npy")
        npy.write(arrays[name], "<i4", (spec["batch"],), per_batch(value, spec["batch"]))
    return flags, arrays


def data_flags(spec, case, arrays):
    """The flags of what goes in and what has to come out."""
    names = {"slopes_left": "slopes"}
    flags = []
    for name in ["q", "k", "v"] + list(spec["parameters"]):
        flags += ["--input", "%s=%s" % (names.get(name, name), os.path.join(case, name + ".npy"))]
    for name, path in arrays.items():
        flags += ["--input", "%s=%s" % (name, path)]
    for name in ("o", "lse"):
        flags += ["--expect", "%s=%s" % (name, os.path.join(case, name + ".npy"))]
    return flags


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--target", action="append")
    parser.add_argument("--check", help="compile with camber-compile and check with this command")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="cases at once")
    parser.add_argument("--compile-only", action="store_true")
    parser.add_argument("cases", nargs="*")
    options = parser.parse_args()
    cases = options.cases or sorted(os.path.dirname(p) for p in glob.glob(os.path.join(HERE, "*", "spec.json")))
    cases = [case if os.path.isabs(case) else os.path.join(HERE, os.path.basename(case.replace("/spec.json", ""))) for case in cases]
    targets = [target.partition("=")[::2] for target in options.target or ["x86-64-v3"]]

    # Each case with the flags it is run with besides its own.
    cases = [(case, extra) for case in cases for extra in ([], ["--no-skip"]) if not extra or os.path.basename(case).startswith("skip_")]

    def run_case(work):
        case, extra = work
        with open(os.path.join(case, "spec.json")) as file:
            spec = json.load(file)
        with tempfile.TemporaryDirectory() as scratch:
            flags, arrays = kernel_flags(spec, case, scratch)
            flags += extra
            data = data_flags(spec, case, arrays)
            if len(targets) > 1:
                data += ["--keep-reference", os.path.join(scratch, "reference")]
            for name, command in targets:
                target, check = "--target=" + name, command or options.check
                if check or options.compile_only:
                    run = compile_then_check([target] + flags, check, data)
                else:
                    run = subprocess.run(["camber-run", target] + flags + data, capture_output=True, text=True)
                if run.returncode:
                    break
            return run

    failed = 0
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for (case, extra), run in zip(cases, pool.map(run_case, cases)):
            failed += run.returncode != 0
            print("%s: %s" % ("ok" if run.returncode == 0 else "FAILED", " ".join([os.path.basename(case)] + extra)))
            if run.returncode:
                print("  %s\n%s%s" % (" ".join(run.args), run.stdout, run.stderr))
    print("%d of %d cases passed" % (len(cases) - failed, len(cases)))
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
