# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Command lines with one mistake each: the tools name flag, value and what there is instead, end with status 2, and leave
neither a new file nor a new directory.

usage: bad_flags.py FOLDER      (an empty directory to work in; camber-compile and camber-run are in PATH)
"""
import os
import subprocess
import sys
import tempfile

directory = sys.argv[1]
bundle = tempfile.TemporaryDirectory()
open(os.path.join(bundle.name, "manifest.json"), "w").close()
COMPILE = ["camber-compile", "-o", os.path.join(directory, "out"), "--target=x86-64-v3"]
KERNEL = ["--heads=4", "--kv-heads=2", "--head-dim=32", "--q-len=8", "--kv-len=8"]
CASES = []


def case(message, *flags, tool=COMPILE, kernel=KERNEL):
    """Flags take the place of those of `tool` and `kernel` with the same name."""
    named = {flag.split("=")[0] for flag in flags if flag.startswith("--")}
    CASES.append((message, [f for f in (*tool, *kernel) if f.split("=")[0] not in named] + [*flags]))


def repeated(flag, *values, tool=COMPILE):
    CASES.append(("error: %s is given more than once" % flag, [*tool, *KERNEL, *["%s=%s" % (flag, v) for v in values]]))


# Flags, presets, levels, targets.
case("--no-such-flag", "--no-such-flag")
case("'--hads=8'. Did you mean '--heads'?", "--hads=8") # -h and more letters is no -h
case("'--causel'", "--causel")
case("--bias=rope: unknown; known: none, alibi, t5", "--bias=rope")
case("--dtype=f64: unknown; known: f32, f16, bf16", "--dtype=f64")
case("unknown model 'gpt-17'; known: bloom-176b,", "--model=gpt-17")
case("--emit=ptx: unknown; known: attn, tile, schedule, llvm, asm, bundle", "--emit=ptx")
case("unknown target 'pentium'; known targets: x86-64-v3, x86-64-v4, aarch64, sm_80, sm_86, sm_89, sm_90, sm_100, sm_120, native", "--target=pentium")
case("unknown CPU feature 'sse9'; ", "--target=x86-64-v4+sse9")
case("targets 'x86-64-v3' and 'aarch64' are of different architectures; a bundle has libraries for one", "--target=x86-64-v3,aarch64")
case("target 'x86-64-v3' is given twice", "--target=x86-64-v3,x86-64-v3")
case("'x86-64-v4+' names a CPU feature twice, or has a '+' without one", "--target=x86-64-v4+")
case("'x86-64-v4+avx512bf16+avx512bf16' names a CPU feature twice", "--target=x86-64-v4+avx512bf16+avx512bf16")
case("target 'x86-64-v4+avx512bf16+avx512fp16' is given twice",
     "--target=x86-64-v4+avx512fp16+avx512bf16,x86-64-v4+avx512bf16+avx512fp16")
case("'x86-64-v3,' holds an empty name; known targets: x86-64-v3,", "--target=x86-64-v3,")
case("no target given; known targets: x86-64-v3,", "--target=")
case("--jobs=0: takes a number from 1 to 1024", "--jobs=0")
case("--slopes has no effect without --bias=alibi", "--slopes=operand")
case("--total-heads has no effect on slopes that are operands", "--bias=alibi", "--slopes=operand", "--total-heads=64")
case("--bias-max has no effect on slopes that are operands", "--bias=alibi", "--slopes=per-batch", "--bias-max=8")
case("--head-offset has no effect without --bias=alibi or --bias=t5", "--head-offset=3")
case("--t5-buckets has no effect without --bias=t5", "--bias=alibi", "--t5-buckets=32")
case("--heads is needed (or a .mlir file, --spec=FILE or --model=NAME)", kernel=["--head-dim=32"])
case("no output directory given; pass -o DIR", tool=["camber-compile"])
case("'int' cannot name a kernel: it is a C symbol", "--name=int")
case("nothing.mlir': No such file or directory", "nothing.mlir", kernel=[])
case("' is a directory", directory, kernel=[])
case("' is a directory; if it is a bundle, camber-check runs it", bundle.name, kernel=[])
case("'kernels.yaml' is no MLIR; if it describes kernels, give it as --spec=kernels.yaml", "kernels.yaml", kernel=[])
case("--heads describes a kernel and cannot be combined with the file 'nothing.mlir'", "nothing.mlir")

# A flag given twice: the last value would count, silently.
repeated("--bias", "alibi", "t5")
repeated("--interpolation", "1.5", "run-time")
repeated("--causal", "true", "false")
repeated("--heads", "4") # KERNEL has it
repeated("--target", "x86-64-v4") # COMPILE has it
repeated("-o", os.path.join(directory, "other"))
repeated("--emit", "attn", "tile")
repeated("--seed", "1", "2", tool=["camber-run"])

# Heads, head dims, lengths.
case("the number of heads, 4, is not a multiple of the number of kv heads, 3", "--kv-heads=3")
case("the number of heads must be at least 1", "--heads=0")
case("--heads=four: takes an integer", "--heads=four")
case("head dim 40 has no kernel on x86-64-v3, which supports multiples of 16 from 16 to 256", "--head-dim=40")
case("head dim 272 has no kernel on aarch64, which supports multiples of 16 from 16 to 256", "--head-dim=272",
     "--target=aarch64")
case("the query length is 0; it must be at least 1 and below 2^24", "--q-len=0")
case("the key length is 0; it must be at least 1", "--kv-len=<=0")
case("the key length is 16777216; it must be at least 1 and below 2^24", "--kv-len=16777216")
case("--q-len=<8: takes a length: N (exactly), '<=N' (at most) or '?' (any)", "--q-len=<8")

# Masks and constants.
case("the window 3 ≤ distance ≤ 2 holds no distance", "--window=-3,2")
case("--window=3: takes L,R", "--window=3")
case("the prefix length must be at least 0", "--prefix=-1")
case("the scale must be finite", "--scale=nan")
case("the scale must be finite", "--scale=inf")
case("--scale=1x: takes a number", "--scale=1x")
for softcap in ("0", "-30", "nan", "inf"):
    case("the softcap must be finite and greater than 0", "--softcap=" + softcap)
for value in ("0", "-8", "nan", "inf"):
    case("the ALiBi bias maximum must be finite and greater than 0", "--bias=alibi", "--bias-max=" + value)
    case("the interpolation factor must be finite and greater than 0", "--bias=alibi", "--interpolation=" + value)
case("dynamic interpolation needs a training length of at least 1", "--bias=alibi", "--interpolation=dynamic:0")
case("half/half ALiBi needs an even total number of heads, not 3", "--bias=alibi", "--alibi-form=half", "--heads=3",
     "--kv-heads=3")
case("a softcap together with a bias needs an order", "--bias=alibi", "--softcap=30")

# T5.
case("T5 needs at least 2 buckets (and at most 256), not 1", "--bias=t5", "--t5-buckets=1")
case("T5 needs at least 2 buckets (and at most 256), not 257", "--bias=t5", "--t5-buckets=257")
case("T5 needs an even number of at least 4 buckets (and at most 256), not 31", "--bias=t5", "--bidirectional",
     "--t5-buckets=31")
case("T5 needs an even number of at least 4 buckets (and at most 256), not 2", "--bias=t5", "--bidirectional",
     "--t5-buckets=2")
case("--t5-buckets=many: takes an integer", "--bias=t5", "--t5-buckets=many")
case("the T5 maximum distance must be greater than 16 (", "--bias=t5", "--t5-max-distance=16")
case("and below 2^24, not 16777216", "--bias=t5", "--t5-max-distance=16777216")

# camber-run's own.
RUN = ["camber-run", "--target=x86-64-v3"]
case("--timeout must be a number of seconds from 0 to 1000000", "--timeout=-1", tool=RUN)
case("--timeout=soon: takes a number", "--timeout=soon", tool=RUN)
case("--threads=5000: takes a number from 0 to 4096", "--threads=5000", tool=RUN)
case("--run-q-len=16777216: takes a number from 0 to 16777215", "--run-q-len=16777216", tool=RUN)
case("--batch=2147483648: takes a number from 0 to 2147483647", "--batch=2147483648", tool=RUN)
case("camber-run: error: batch = 2147483647, q_len = 8, kv_len = 8: the operands of kernel", "--batch=2147483647", tool=RUN)
case("error: unknown device 'abacus'; known are cpu, cuda and interpreter", "--device=abacus", tool=RUN)
case("error: unknown input set 'nice'; known are auto, all, normal, times12, ", "--inputs=nice", tool=RUN)
case("error: --tolerance must be a finite number of at least 0", "--tolerance=inf", tool=RUN)
case("error: there is no kernel 'other' (--kernel); there are k", "--kernel=other", "--name=k", tool=RUN)
case("error: --no-verify has no effect without --bench", "--no-verify", tool=RUN)
case("error: --relative-to has no effect without --bench", "--relative-to=k", tool=RUN)
case("error: there is no kernel 'j' (--relative-to) among those that are timed: k", "--bench", "--relative-to=j", "--name=k",
     tool=RUN)
case("error: --baseline has no effect without --bench", "--baseline=unfused", tool=RUN)
case("error: unknown baseline 'naive'; known are unfused, materialised", "--bench", "--baseline=naive", tool=RUN)
case("--bench-rounds=0.5: takes a number from 0 to", "--bench", "--bench-rounds=0.5", tool=RUN)
case("error: --bench-rounds must be at least 1", "--bench", "--bench-rounds=0", tool=RUN)
case("error: --bench-time must be a number of seconds", "--bench", "--bench-time=-1", tool=RUN)
case("error: --bench-threads=2 is given twice", "--bench", "--bench-threads=2", "--bench-threads=2", tool=RUN)
case("error: 'q' is not NAME=FILE.npy", "--input=q", tool=RUN)
case("--output o=x.npy would overwrite the file of --output lse=x.npy", "--output=o=x.npy", "--output=lse=x.npy", tool=RUN)
case("camber-run: error: %s: cannot be read; is it a directory?" % directory, "--input=q=" + directory, tool=RUN)

failures = 0
for message, command in CASES:
    run = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    left = os.listdir(directory)
    if run.returncode != 2 or run.stdout or message not in run.stderr or left:
        failures += 1
        print("%s: '%s' expected with status 2 and nothing left; status %d, left %s, and\n%s%s" %
              (" ".join(command), message, run.returncode, left, run.stdout, run.stderr))
print("%d cases, %d failures" % (len(CASES), failures))
sys.exit(1 if failures else 0)
