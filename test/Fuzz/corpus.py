# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What the mutants are made of: the inputs of tests and examples, and the passes that tests run them through."""
import glob
import os
import re
import shlex
import subprocess
import tempfile
from dataclasses import dataclass, field

# How many of a kind, and so which kinds there are. `levels` are inputs as they are, with a pass that may be for another level;
# `kernel` and `spec` compile, which takes as long as many of the others.
WEIGHTS = {"mlir": 40, "levels": 6, "kernel": 2, "spec": 8, "schedules": 5, "manifest": 10, "npy": 10, "ptx": 20, "operand": 5}
SUFFIXES = {"mlir": ".mlir", "levels": ".mlir", "kernel": ".mlir", "spec": ".yaml", "schedules": ".json", "manifest": ".json", "npy": ".npy",
            "ptx": ".ptx", "operand": ".txt", "selftest": ".txt"}
SELFTEST = "selftest"  # of the fuzzer: every other input of this kind is a crash
TARGETS = ["x86-64-v3", "x86-64-v4", "sm_80", "sm_90"]


@dataclass
class Input:
    origin: str
    data: bytes
    pipelines: list = field(default_factory=list)  # of .mlir: those its test runs, each a list of flags


@dataclass
class Corpus:
    inputs: list
    passes: list = field(default_factory=list)  # flags of camber-opt, each a pass with its options

    def __bool__(self):
        return bool(self.inputs)


def read(path):
    with open(path, "rb") as file:
        return file.read()


def find(source, *patterns):
    paths = []
    for pattern in patterns:
        paths += glob.glob(os.path.join(source, pattern), recursive=True)
    # A build directory inside of the source holds copies.
    return sorted(path for path in paths if not os.path.relpath(path, source).startswith("build"))


NO_PASS = re.compile(r"--(split-input-file|verify|mlir|remark|allow|load|emit|convert-to-emitc|debug|show|pass-pipeline|o\b)")


def pipelines_of(text):
    """The passes of each camber-opt in the RUN lines of a test."""
    runs = "\n".join(re.findall(r"^// RUN:(.*)$", text, re.M)).replace("\\\n", " ")
    pipelines = []
    for command in re.findall(r"camber-opt\s+%s([^|\n]*)", runs):
        try:
            words = shlex.split(command.replace("%", ""))
        except ValueError:
            continue
        flags = [word for word in words if word.startswith("--") and not NO_PASS.match(word)]
        if flags and flags not in pipelines:
            pipelines.append(flags)
    return pipelines


def load_mlir(source):
    inputs, passes = [], set()
    for path in find(source, "test/**/*.mlir", "examples/**/*.mlir"):
        text = read(path).decode()
        pipelines = pipelines_of(text)
        for pipeline in pipelines:
            passes.update(pipeline)
        for part in re.split(r"^// -----.*$", text, flags=re.M):
            # Comments hold what a test expects; nothing of it is read by a tool.
            part = re.sub(r"^\s*//.*\n|\s+//.*$", "", part, flags=re.M).strip() + "\n"
            if "func" in part or "module" in part:
                inputs.append(Input(os.path.relpath(path, source), part.encode(), pipelines))
    for path in find(source, "dialects/**/*.td"):
        text = read(path).decode()
        # `def Name : Pass<"argument"`, and the executed examples of passes
        passes.update("--" + name for name in re.findall(r': Pass<"([^"]+)"', text))
        for example in re.findall(r"```mlir\n(.*?)```", text, re.S):
            inputs.append(Input(os.path.relpath(path, source), re.sub(r"^\s*//.*\n", "", example, flags=re.M).encode(),
                                pipelines_of(re.sub(r"RUN: camber-opt", "RUN: camber-opt %s", re.sub(r"^ +", "", example, flags=re.M)))))
    for target in TARGETS:  # pipelines, which take no IR of a test as their own
        passes.update("--%s=target=%s" % (name, target) for name in ["attn-to-tile", "tile-to-schedule", "schedule-to-llvm"])
    return Corpus(inputs, sorted(passes))


def compile_bundle(build):
    """A manifest, and PTX as the compiler writes it, of some small kernels."""
    with tempfile.TemporaryDirectory() as directory:
        spec, bundle = os.path.join(directory, "kernels.yaml"), os.path.join(directory, "bundle")
        with open(spec, "w") as file:
            file.write(BUNDLE)
        subprocess.run([os.path.join(build, "bin", "camber-compile"), "--spec", spec, "-o", bundle], check=True, capture_output=True,
                       env=dict(os.environ, CAMBER_CACHE="off"))
        files = lambda pattern: [Input(os.path.relpath(path, bundle), read(path)) for path in sorted(glob.glob(os.path.join(bundle, pattern)))]
        return files("manifest.json"), files("device/*.ptx")


BUNDLE = """targets: [x86-64-v3, sm_80]
families:
  - name: f
    kernel: {bias: alibi, heads: 4, kv-heads: 2, head-dim: 16, q-len: '?', kv-len: '<=64', lse: true, key-ranges: true, causal: true}
    dtypes: [f16, f32]
  - name: t5
    kernel: {bias: t5, heads: 2, head-dim: 16, q-len: 4, kv-len: 8}
"""


def load(source, build, kinds):
    """The corpus of each kind."""
    files = lambda *patterns: [Input(os.path.relpath(path, source), read(path)) for path in find(source, *patterns)]
    result = {}
    if {"mlir", "levels", "kernel"} & set(kinds):
        mlir = load_mlir(source)
        result["mlir"] = result["levels"] = mlir
        result["kernel"] = Corpus([i for i in mlir.inputs if i.data.count(b"attn.attention") == 1])
    result["spec"] = Corpus([i for i in files("test/**/*.yaml", "examples/**/*.yaml", "test/Fuzz/Inputs/*.yaml")])
    result["schedules"] = Corpus(files("lib/Target/*/Schedules.json"))
    result["npy"] = Corpus([i for i in files("test/conformance/**/*.npy") if len(i.data) < 5000])
    result["ptx"] = Corpus(files("test/PTXInterpreter/**/*.ptx"))
    if {"manifest", "ptx"} & set(kinds):
        manifests, ptx = compile_bundle(build)
        result["manifest"] = Corpus(manifests)
        result["ptx"].inputs += ptx
    result[SELFTEST] = Corpus([Input("selftest", b"crash"), Input("selftest", b"fine")])
    result["operand"] = Corpus([Input("operands", text.encode()) for text in OPERANDS])
    return result


# As the documentation of camber-ptx has them.
OPERANDS = ["scratch:4096", "u32:7", "i32:-7", "u64:0x10", "f32:0.5", "f64:1e3", "4,2,1", "64x2", "out:o.npy=2x64:f4",
            "map:out:o.npy=64x64:f2,box=64x16,swizzle=128", "map:out:o.npy=2x3x64:f2,box=64x2x1,swizzle=32", "in:none.npy"]
