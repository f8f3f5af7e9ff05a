# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Kernel specifications as flags of camber-run, and running many of them: what sweep.py and random_specs.py share."""
import concurrent.futures
import os
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from two_steps import compile_then_check  # noqa: E402

# Flags by the value of each axis. A `heads` value is query heads / kv heads.
BIASES = {
    "none": ["--bias=none"],
    "alibi": ["--bias=alibi"],
    "alibi_bias_max": ["--bias=alibi", "--bias-max=16", "--interpolation=1.7"],
    "alibi_symmetric": ["--bias=alibi", "--alibi-form=symmetric"],
    "alibi_sqrt": ["--bias=alibi", "--alibi-form=sqrt"],
    "alibi_half": ["--bias=alibi", "--alibi-form=half", "--total-heads=64"],
    "alibi_asymmetric": ["--bias=alibi", "--alibi-form=asymmetric", "--slopes=operand"],
    "alibi_operand": ["--bias=alibi", "--slopes=operand", "--interpolation=run-time"],
    "alibi_per_batch": ["--bias=alibi", "--slopes=per-batch"],
    "alibi_shard": ["--bias=alibi", "--total-heads=40", "--head-offset=5"],
    "alibi_dynamic": ["--bias=alibi", "--interpolation=dynamic:64"],
    "alibi_capped": ["--bias=alibi", "--softcap=20", "--order=scale,bias,softcap"],
    "capped_alibi": ["--bias=alibi", "--softcap=20", "--order=softcap,scale,bias"],
    "scaled_alibi": ["--bias=alibi", "--order=bias,scale"],
    "t5": ["--bias=t5"],
    "t5_bidirectional": ["--bias=t5", "--bidirectional"],
    "t5_small": ["--bias=t5", "--t5-buckets=9", "--t5-max-distance=21", "--scale=0.3"],
    "softcap": ["--bias=none", "--softcap=8"],
    "negative_scale": ["--bias=none", "--scale=-0.2"],
}
MASKS = {
    "full": [],
    "causal": ["--causal"],
    "window": ["--window=37,0"],
    "window_both": ["--window=100,30"],
    "far_window": ["--window=inf,-3"],
    "prefix": ["--prefix=19"],
    "segments": ["--segments"],
    "causal_segments": ["--causal", "--segments"],
    "key_ranges": ["--key-ranges"],
    "causal_key_ranges": ["--causal", "--key-ranges"],
}
STORAGES = ["f32", "f16", "bf16"]
HEADS = [(1, 1), (2, 2), (3, 1), (5, 5), (6, 2), (12, 12)]
HEAD_DIMS = [16, 32, 64, 80, 96, 112, 128, 256]
LENGTHS = [(1, 1), (1, 65), (1, 700), (7, 63), (7, 7), (63, 64), (64, 64), (65, 7), (65, 129), (100, 333), (512, 512), (1, 0), (0, 9)]
KINDS = ["static", "bounded", "dynamic"]
EXTRAS = {
    "plain": [],
    "no_lse": ["--no-lse"],
    "sink": ["--sink"],
    "run_time": ["--positions=offsets"],
    "run_time_sink": ["--positions=offsets", "--sink"],
}
THREADS = [1, 2, 5]
SKIPS = {"skip": [], "no_skip": ["--no-skip"], "key_norms": ["--key-norms"]}


def length_flags(lengths, kind):
    """The flags of a pair of lengths, and those that make a run have them."""
    flags = []
    for name, length in zip(("q-len", "kv-len"), lengths):
        if kind == "static":
            flags.append("--%s=%d" % (name, length))
        else:
            flags.append("--%s=%s" % (name, "<=%d" % (length + 40) if kind == "bounded" else "?"))
            flags.append("--run-%s=%d" % (name, length))
    return flags


def flags_of(spec):
    """The flags of a specification: a dictionary with a value for each axis."""
    heads, kv_heads = spec["heads"]
    return (BIASES[spec["bias"]] + MASKS[spec["mask"]] + EXTRAS[spec["extra"]] + SKIPS[spec["skip"]] + length_flags(spec["lengths"], spec["kind"]) +
            ["--heads=%d" % heads, "--kv-heads=%d" % kv_heads, "--head-dim=%d" % spec["head_dim"], "--dtype=" + spec["storage"],
             "--threads=%d" % spec["threads"]])


def is_valid(spec):
    """Static lengths are at least 1, and norms of keys need a bias that falls. What is missing can be chosen so."""
    return ((spec.get("kind") != "static" or min(spec.get("lengths", (1, 1))) > 0) and
            (spec.get("skip") != "key_norms" or "alibi" in spec.get("bias", "alibi")))


def add_target_flags(parser):
    parser.add_argument("--target", default="x86-64-v3", help="one or more, separated by commas; the reference is evaluated once for all")
    parser.add_argument("--check", help="compile with camber-compile and check with this command, which may be an interpreter's")
    parser.add_argument("--emulate", metavar="TARGET=COMMAND", default="=", help="--check for one of the targets")
    parser.add_argument("--part", default="0/1", help="I/N: every N-th specification from I on")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="specifications at once")


RUN_TIME = {"--run-q-len": "--q-len", "--run-kv-len": "--kv-len", "--threads": "--threads", "--batch": "--batch", "--inputs": "--inputs",
            "--keep-reference": "--keep-reference"}


def execute(command, check):
    """Runs a camber-run command, or the same in two steps where another program has to do the checking."""
    if not check:
        return subprocess.run(command, capture_output=True, text=True)
    kernel, data = [], []
    for flag in command[1:]:
        name, _, value = flag.partition("=")
        if name in RUN_TIME:
            data.append(RUN_TIME[name] + "=" + value)
        else:
            kernel.append(flag)
    return compile_then_check(kernel, check, data)


def run_all(jobs, describe, options):
    """Runs commands for each of options.target, options.jobs of them at once. `jobs` are (name, command without a target, expected exit
    status); the first lines of a failure name a reproducer, which describe(name) returns. What is refused is so for the first target."""
    targets = options.target.split(",")
    emulated, _, interpreter = options.emulate.partition("=")

    def run(job):
        name, command, expected = job
        with tempfile.TemporaryDirectory() as directory:
            # An invalid command may have a target of its own, and makes nothing that could be kept.
            shared = ["--keep-reference=" + directory] if expected == 0 and len(targets) > 1 else []
            for target in targets if expected == 0 else targets[:1]:
                given = any(flag.startswith("--target=") for flag in command)
                full = command[:1] + ([] if given else ["--target=" + target]) + command[1:] + shared
                result = execute(full, interpreter if target == emulated else options.check)
                if result.returncode != expected:
                    break
            return (name, [flag for flag in full if flag not in shared], expected), result

    failed = 0
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for (name, command, expected), result in pool.map(run, jobs):
            crashed = result.returncode not in (0, 1, 2) or "Assertion" in result.stderr or "PLEASE submit" in result.stderr
            # The option parser of LLVM does not say "error".
            silent = expected == 2 and not re.search("error:|Unknown command line argument", result.stderr)
            if result.returncode == expected and not crashed and not silent:
                continue
            failed += 1
            print("FAILED: %s\n  %s\n  exit status %d, expected %d%s\n%s%s" % (
                describe(name), " ".join("'%s'" % c if set(c) & set("<?; ") else c for c in command), result.returncode, expected,
                " (no message)" if silent else "", result.stdout, result.stderr))
            sys.stdout.flush()
    print("%d of %d specifications passed" % (len(jobs) - failed, len(jobs)))
    return 1 if failed else 0
