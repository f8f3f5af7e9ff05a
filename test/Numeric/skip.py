# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Skipping keys that have decayed: results stay within the tolerances for every set of inputs, on several threads, and tiles are skipped
where they should be: fewer than without, or just as many.

usage: skip.py FOLDER [--target=NAME] [--part=I/N]      (an empty directory to work in; camber-compile and camber-check are in PATH)
"""
import argparse
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import npy  # noqa: E402

parser = argparse.ArgumentParser()
parser.add_argument("directory")
parser.add_argument("--target", default="x86-64-v3")
parser.add_argument("--part", default="0/1", help="I/N: every N-th case from I on")
options = parser.parse_args()
directory, target = options.directory, "--target=" + options.target
slopes = os.path.join(directory, "slopes.npy")
npy.write(slopes, "<f4", (4,), [0.0, -0.5, 0.5, -0.0])
HEADS = ["--heads=4", "--kv-heads=2", "--head-dim=32"]
BASE = HEADS + ["--q-len=130", "--kv-len=1300"]
LONG = HEADS + ["--q-len=420", "--kv-len=1300"]
# One query: what is skipped is known from the norms that the caller keeps.
DECODE = HEADS + ["--q-len=1", "--kv-len=3000", "--bias=alibi", "--key-norms"]
LESS, SAME = True, False
# (name, flags of the kernel, flags of its runs, whether tiles are skipped with normal inputs)
CASES = [
    ("causal", BASE + ["--bias=alibi", "--causal"], [], LESS),
    ("not_aligned", ["--heads=2", "--head-dim=16", "--q-len=257", "--kv-len=1499", "--bias=alibi", "--causal"], [], LESS),
    ("any_length", ["--heads=3", "--head-dim=48", "--bias=alibi", "--causal"], ["--q-len=200", "--kv-len=1500"], LESS),
    # With few queries all keys are near, and with none or no keys there is nothing to do.
    ("any_length_few", ["--heads=2", "--head-dim=48", "--bias=alibi", "--causal"], ["--q-len=3", "--kv-len=1500"], SAME),
    ("any_length_no_keys", ["--heads=2", "--head-dim=48", "--bias=alibi", "--causal"], ["--q-len=100", "--kv-len=0"], SAME),
    ("any_length_no_queries", ["--heads=2", "--head-dim=48", "--bias=alibi", "--causal"], ["--q-len=0", "--kv-len=99"], SAME),
    ("more_queries", HEADS + ["--q-len=900", "--kv-len=700", "--bias=alibi", "--causal"], [], LESS),
    ("f16", BASE + ["--bias=alibi", "--causal", "--dtype=f16"], [], LESS),
    ("bf16", BASE + ["--bias=alibi", "--causal", "--dtype=bf16"], [], LESS),
    ("head_dim_256", ["--heads=2", "--head-dim=256", "--q-len=130", "--kv-len=1400", "--bias=alibi", "--causal"], [], LESS),
    ("sink", BASE + ["--bias=alibi", "--causal", "--sink"], [], LESS),
    ("window", BASE + ["--bias=alibi", "--window=1200,40"], [], LESS),
    ("far_window", BASE + ["--bias=alibi", "--window=inf,-300"], [], LESS),
    ("prefix", BASE + ["--bias=alibi", "--prefix=100"], [], LESS),
    ("segments", BASE + ["--bias=alibi", "--segments"], [], LESS),
    ("no_mask_any_sign", BASE + ["--bias=alibi"], [], LESS),  # m·d grows after the query, and falls before it
    ("symmetric", LONG + ["--bias=alibi", "--alibi-form=symmetric"], [], LESS),
    ("half", LONG + ["--bias=alibi", "--alibi-form=half"], [], LESS),
    ("asymmetric", LONG + ["--bias=alibi", "--alibi-form=asymmetric", "--slopes=operand"], [], LESS),
    ("sqrt", ["--heads=1", "--head-dim=16", "--q-len=66", "--kv-len=7000", "--bias=alibi", "--alibi-form=sqrt", "--causal", "--bias-max=1"], [], LESS),
    ("operand", BASE + ["--bias=alibi", "--causal", "--slopes=operand"], [], LESS),
    ("per_batch", BASE + ["--bias=alibi", "--causal", "--slopes=per-batch", "--interpolation=run-time"], ["--batch=2"], LESS),
    ("key_ranges", BASE + ["--bias=alibi", "--causal", "--key-ranges"], ["--batch=3"], LESS),
    ("positions", BASE + ["--bias=alibi", "--causal", "--positions=offsets"], ["--batch=2"], LESS),
    # Packed: 30 rows of each of 5 heads in blocks of 64.
    ("packed", ["--heads=10", "--kv-heads=2", "--head-dim=32", "--q-len=30", "--kv-len=1300", "--bias=alibi", "--causal"], [], LESS),
    ("softcap_before", BASE + ["--bias=alibi", "--causal", "--softcap=20", "--order=scale,softcap,bias"], [], LESS),
    ("softcap_after", BASE + ["--bias=alibi", "--causal", "--softcap=20", "--order=scale,bias,softcap"], [], SAME),
    ("scale_after", BASE + ["--bias=alibi", "--causal", "--order=bias,scale", "--scale=0.5"], [], LESS),
    ("negative_scale_after", BASE + ["--bias=alibi", "--causal", "--order=bias,scale", "--scale=-0.2"], [], SAME),
    ("t5", BASE + ["--bias=t5", "--causal"], [], SAME),
    ("decode", ["--heads=4", "--kv-heads=2", "--head-dim=32", "--q-len=1", "--kv-len=3000", "--bias=alibi", "--causal"], [], SAME),
    ("decode_norms", DECODE + ["--causal"], [], LESS),
    ("decode_norms_f16", DECODE + ["--causal", "--dtype=f16"], [], LESS),
    ("decode_norms_bf16", DECODE + ["--causal", "--dtype=bf16"], [], LESS),
    ("decode_norms_sink", DECODE + ["--causal", "--sink"], [], LESS),
    ("decode_norms_window", DECODE + ["--window=2500,0"], [], LESS),
    ("decode_norms_far_window", DECODE + ["--window=inf,-300"], [], LESS),
    ("decode_norms_prefix", DECODE + ["--prefix=100"], [], LESS),
    ("decode_norms_segments", DECODE + ["--causal", "--segments"], [], LESS),
    ("decode_norms_symmetric", DECODE + ["--alibi-form=symmetric", "--positions=offsets"], ["--batch=2"], LESS),
    ("decode_norms_half", DECODE + ["--alibi-form=half", "--bias-max=2", "--positions=offsets"], ["--batch=2"], LESS),
    ("decode_norms_positions", DECODE + ["--causal", "--positions=offsets"], ["--batch=3"], LESS),
    ("decode_norms_key_ranges", DECODE + ["--causal", "--key-ranges"], ["--batch=3"], LESS),
    ("decode_norms_per_batch", DECODE + ["--causal", "--slopes=per-batch", "--interpolation=run-time"], ["--batch=2"], LESS),
    ("decode_norms_softcap_after", DECODE + ["--causal", "--softcap=20", "--order=scale,bias,softcap"], [], SAME),
    ("decode_norms_shard", DECODE + ["--causal", "--total-heads=16", "--head-offset=1"], [], LESS),
    # Packed: 4 rows of each of 8 heads.
    ("decode_norms_packed", ["--heads=16", "--kv-heads=2", "--head-dim=32", "--q-len=4", "--kv-len=3000", "--bias=alibi", "--causal",
                             "--key-norms"], [], LESS),
    ("decode_norms_any", HEADS + ["--bias=alibi", "--causal", "--key-norms"], ["--q-len=2", "--kv-len=2999"], LESS),
    ("decode_norms_no_keys", HEADS + ["--bias=alibi", "--causal", "--key-norms"], ["--q-len=2", "--kv-len=0"], SAME),
    ("decode_norms_one_key", HEADS + ["--bias=alibi", "--causal", "--key-norms"], ["--q-len=2", "--kv-len=1"], SAME),
    ("norms", BASE + ["--bias=alibi", "--causal", "--key-norms"], [], LESS),
    ("norms_symmetric", LONG + ["--bias=alibi", "--alibi-form=symmetric", "--key-norms"], [], LESS),
    ("zero_slopes", BASE + ["--bias=alibi", "--causal", "--slopes=operand"], ["--input", "slopes=" + slopes], LESS),
    # Rows of two heads share a block, and one of them needs all keys.
    ("zero_slopes_packed", DECODE + ["--causal", "--slopes=operand"], ["--input", "slopes=" + slopes], SAME),
    ("zero_slopes_decode", ["--heads=4", "--head-dim=32", "--q-len=1", "--kv-len=3000", "--bias=alibi", "--causal", "--slopes=operand",
                            "--key-norms"], ["--input", "slopes=" + slopes], LESS),
]


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    return done.returncode, done.stdout, done.stdout + done.stderr


def check(case):
    name, kernel, sizes, less = case
    visited = []
    for skip in ("--skip", "--no-skip"):
        bundle = os.path.join(directory, name + skip)
        flags = [flag for flag in kernel if flag != "--key-norms" or skip == "--skip"]
        status, _, text = run("camber-compile", target, "--jobs=1", skip, *flags, "-o", bundle)
        if status:
            return name, text
        status, out, text = run("camber-check", bundle, "--json", "--inputs=normal", "--threads=1", "--keep-reference=" + bundle + ".reference",
                                *sizes)
        if status:
            return name, text
        visited.append(json.loads(out)["tiles_visited"])
        with open(os.path.join(bundle, "manifest.json")) as file:
            skips = json.load(file)["kernels"][0]["skips"]
        if skip == "--no-skip" and skips:
            return name, "the manifest says that it skips"
    if less != (visited[0] < visited[1]):
        return name, "%d tiles instead of %d" % tuple(visited)
    bundle = os.path.join(directory, name + "--skip")
    status, _, text = run("camber-check", bundle, "--inputs=all", "--threads=5", "--keep-reference=" + bundle + ".reference", *sizes)
    return name, text if status else ""


index, parts = map(int, options.part.split("/"))
cases = CASES[index::parts]
results = [check(case) for case in cases]
failures = [(name, message) for name, message in results if message]
for name, message in failures:
    print("FAILED: %s: %s" % (name, message))
print("%d of %d cases passed" % (len(cases) - len(failures), len(cases)))
sys.exit(1 if failures else 0)
