# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Kernels as flags of camber-compile, many of them in one bundle, and camber-check's benchmark of it."""
import json
import os
import re
import shutil
import subprocess


class ToolError(Exception):
    """A tool of Camber's failed; the message says how."""


class Tools:
    """The tools of a build directory."""

    def __init__(self, build, directory, seconds):
        self.directory = directory  # bundles are written there
        self.seconds = seconds  # of timed calls per kernel
        self.compile, self.check = (os.path.join(build, "bin", name) for name in ("camber-compile", "camber-check"))
        for tool in (self.compile, self.check):
            if not os.path.exists(tool):
                raise ToolError("there is no %s; build it, or name the build directory with --build" % tool)
        self.can_skip = "--no-skip" in self.run([self.compile, "--help"])
        self.bundles = []  # (name, results of every kernel), for the table of sizes

    def run(self, command):
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if done.returncode:
            raise ToolError("%s\nended with status %d: %s" % (" ".join(command), done.returncode, done.stderr.strip()))
        return done.stdout

    def bundle(self, name, kernels, target="native"):
        """Compiles {kernel name: Kernel} into one bundle, one after the other, so that compile times mean something."""
        file = os.path.join(self.directory, name + ".mlir")
        with open(file, "w") as out:
            for kernel, spec in kernels.items():
                out.write(self.module(kernel, spec))
        directory = os.path.join(self.directory, name)
        shutil.rmtree(directory, ignore_errors=True)
        self.run([self.compile, file, "--target=" + target, "--jobs=1", "--no-cache", "--timings=" + directory + ".timings.json",
                  "-o", directory])
        return directory

    def module(self, name, spec):
        """The function of one kernel, with the arithmetic of spec.body before its scores are handed on."""
        text = self.run([self.compile, "--emit=attn", "--name=" + name, *spec.flags(self.can_skip)]).strip()
        text = text.removeprefix("module {").removesuffix("}")
        if spec.body:
            text = re.sub(r"attn\.yield (%\w+)", lambda score: spec.body.replace("%score", score.group(1)), text)
        return text

    def bench(self, bundle, *options, verify=False, kernels=()):
        """camber-check's JSON of each kernel and number of threads."""
        command = [self.check, bundle, "--json", "--bench", "--bench-time=%g" % self.seconds, "--inputs=normal", *options]
        command += [] if verify else ["--no-verify"]
        command += ["--kernel=" + name for name in kernels]
        results = [json.loads(line) for line in self.run(command).splitlines()]
        with open(bundle + ".timings.json") as file:
            timings = json.load(file)
        for result in results:
            result["compile_seconds"] = sum(t["seconds"] for t in timings if t["kernel"] == result["kernel"])
        self.bundles.append((os.path.basename(bundle), results))
        return results


class Kernel:
    """What camber-compile is told. Lengths may be numbers, '?' or '<=N'."""

    def __init__(self, bias="none", heads=8, dim=64, length="?", causal=False, kv_heads=None, dtype="f32", q_len=None, body=None,
                 skip=False, extra=()):
        self.bias, self.heads, self.dim, self.causal, self.dtype, self.body, self.skip = bias, heads, dim, causal, dtype, body, skip
        self.kv_heads, self.q_len, self.kv_len = kv_heads or heads, length if q_len is None else q_len, length
        self.extra = list(extra)

    def flags(self, can_skip):
        # Time ratios of biases are about what they cost where nothing is skipped.
        skipping = ["--no-skip"] if can_skip and not self.skip and self.bias != "none" else []
        return ["--bias=" + self.bias, "--heads=%d" % self.heads, "--kv-heads=%d" % self.kv_heads, "--head-dim=%d" % self.dim,
                "--q-len=%s" % self.q_len, "--kv-len=%s" % self.kv_len, "--dtype=" + self.dtype,
                *(["--causal"] if self.causal else []), *skipping, *self.extra]


# 0.9 · score + 0.1 · tanh(score), as in the table of targets.
TANH_BODY = """%tanh.score = math.tanh %score : f32
      %share.score = arith.constant 0.9 : f32
      %share.tanh = arith.constant 0.1 : f32
      %mostly.score = arith.mulf %score, %share.score : f32
      %little.tanh = arith.mulf %tanh.score, %share.tanh : f32
      %mixed.score = arith.addf %mostly.score, %little.tanh : f32
      attn.yield %mixed.score"""


def same_rounds(numerator, denominator):
    """The median over rounds of the ratio of two results' times, measured interleaved."""
    return median([a / b for a, b in zip(numerator["seconds"], denominator["seconds"])])


def median(values):
    values = sorted(values)
    middle = len(values) // 2
    return values[middle] if len(values) % 2 else (values[middle - 1] + values[middle]) / 2
