# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The command line of tools/compare-gpu: `prepare` compiles kernels into a directory, anywhere; `run` checks and times them on a machine
with an NVIDIA GPU, which needs that directory, this one and PyTorch, and nothing of LLVM or CUDA."""
import argparse
import ctypes
import json
import math
import os
import shutil
import statistics
import subprocess
import sys

from . import bundle

HEADS = 16
LIBRARY = "libcamber_runtime.so"
BIASES = {"none": ["--bias=none"], "alibi": ["--bias=alibi"], "t5": ["--bias=t5"]}
TARGETS = {"alibi": 1.02, "t5": 1.05}  # time divided by that without bias, nothing skipped


class Fail(Exception):
    pass


# -- prepare ------------------------------------------------------------------------------------------------------------------------

def prepare(options):
    """One bundle for each case and length, with the runtime library and camber-check beside them."""
    cases = []
    os.makedirs(options.directory, exist_ok=True)
    for part in (os.path.join("lib", LIBRARY), os.path.join("bin", "camber-check")):
        source = os.path.join(options.build, part)
        if not os.path.exists(source):
            raise Fail("there is no %s; build Camber, or name its directory with --build" % source)
        shutil.copy(source, options.directory)
    for dim in (64, 128):
        for causal in (True, False):
            for bias in BIASES:
                for length in options.lengths:
                    name = "%s_d%d_%s_%d" % (bias, dim, "causal" if causal else "full", length)
                    flags = BIASES[bias] + ["--causal"] * causal + ["--no-lse", "--no-skip", "--dtype=f16", "--heads=%d" % HEADS,
                                            "--head-dim=%d" % dim, "--q-len=%d" % length, "--kv-len=%d" % length,
                                            "--target=sm_80", "--name=" + name, "-o", os.path.join(options.directory, name), "--force"]
                    if bias == "alibi" and not causal:
                        flags.append("--alibi-form=symmetric")
                    if bias == "t5" and not causal:
                        flags.append("--bidirectional")
                    run = subprocess.run([os.path.join(options.build, "bin", "camber-compile")] + flags, capture_output=True, text=True)
                    if run.returncode:
                        raise Fail("camber-compile %s: %s" % (" ".join(flags), run.stderr.strip()))
                    cases.append({"name": name, "bias": bias, "dim": dim, "causal": causal, "length": length})
                    print("compiled " + name)
    with open(os.path.join(options.directory, "cases.json"), "w") as file:
        json.dump(cases, file, indent=1)


# -- run ------------------------------------------------------------------------------------------------------------------------------

class Kernel:
    """A kernel of a bundle, called through camber/Runtime/device.h."""

    def __init__(self, directory, name):
        self.library = ctypes.CDLL(os.path.join(directory, LIBRARY))
        self.library.camber_device_error.restype = ctypes.c_char_p
        self.handle = ctypes.c_void_p()
        self.check(self.library.camber_device_open(os.path.join(directory, name).encode(), name.encode(), 0, ctypes.byref(self.handle)))
        with open(os.path.join(directory, name, "manifest.json")) as file:
            manifest = json.load(file)
        self.abi_version = manifest["abi_version"]
        self.element = bundle.ELEMENTS[manifest["kernels"][0]["storage"]]
        self.operands = [operand["name"] for operand in manifest["kernels"][0]["operands"]]

    def check(self, status):
        if status:
            raise Fail(self.library.camber_device_error().decode())

    def arguments(self, tensors):
        """The argument struct for tensors by operand name."""
        batch, _, q_len, _ = tensors["q"].shape
        parts = (bundle.Tensor * len(self.operands))()
        for part, name in zip(parts, self.operands):
            part.data = tensors[name].data_ptr()
            part.strides[:tensors[name].dim()] = tensors[name].stride()
        size = ctypes.sizeof(bundle.Header) + ctypes.sizeof(parts)
        header = bundle.Header(size, self.abi_version, self.element, bundle.CUDA, batch, q_len, tensors["k"].shape[2])
        return ctypes.create_string_buffer(bytes(header) + bytes(parts), size)

    def workspace_bytes(self, arguments):
        size = ctypes.c_uint64()
        self.check(self.library.camber_device_workspace(self.handle, arguments, ctypes.byref(size)))
        return size.value

    def run(self, arguments, workspace, stream):
        self.check(self.library.camber_device_run(self.handle, arguments, ctypes.c_void_p(workspace.data_ptr()),
                                                  ctypes.c_uint64(workspace.numel()), ctypes.c_void_p(stream)))


def alibi_slopes(torch):
    return torch.tensor([2 ** (-8 * (h + 1) / HEADS) for h in range(HEADS)], device="cuda")


def t5_bucket(torch, distance, bidirectional):
    """The buckets of T5, as the model has them: 32 up to a distance of 128."""
    buckets, result = 32, torch.zeros_like(distance)
    if bidirectional:
        buckets //= 2
        result = (distance > 0).long() * buckets
        distance = distance.abs()
    else:
        distance = (-distance).clamp(min=0)
    exact = buckets // 2
    far = exact + (torch.log(distance.float().clamp(min=1) / exact) / math.log(128 / exact) * (buckets - exact)).long()
    return result + torch.where(distance < exact, distance, far.clamp(max=buckets - 1))


def bias_matrix(torch, case, table):
    """[heads, L, L] in float32, or None."""
    position = torch.arange(case["length"], device="cuda")
    distance = position[None, :] - position[:, None]
    if case["bias"] == "alibi":
        return alibi_slopes(torch)[:, None, None] * (distance if case["causal"] else -distance.abs()).float()
    if case["bias"] == "t5":
        return table[t5_bucket(torch, distance, not case["causal"])].permute(2, 0, 1)
    return None


def implementations(torch, case, kernel, sets, table):
    """Functions of a set's number, by name. What is not installed or refuses the case is skipped, with the reason."""
    scale = 1.0 if case["bias"] == "t5" else case["dim"] ** -0.5
    functional, found, missing = torch.nn.functional, {}, {}
    calls = []
    for tensors in sets:
        arguments = kernel.arguments(tensors)
        calls.append((arguments, torch.empty(max(kernel.workspace_bytes(arguments), 16), dtype=torch.uint8, device="cuda")))
    stream = torch.cuda.current_stream().cuda_stream
    found["camber"] = lambda i: kernel.run(*calls[i], stream)

    bias = bias_matrix(torch, case, table)
    mask = None
    if bias is not None:
        mask = bias.half()
        if case["causal"]:
            mask = mask.masked_fill(torch.ones_like(mask[0], dtype=torch.bool).triu(1), -math.inf)
    found["sdpa"] = lambda i: functional.scaled_dot_product_attention(
        sets[i]["q"], sets[i]["k"], sets[i]["v"], attn_mask=mask, is_causal=case["causal"] and mask is None, scale=scale)
    try:
        from torch.nn.attention.flex_attention import create_block_mask, flex_attention
        slopes, position = alibi_slopes(torch), torch.arange(2 * case["length"], device="cuda") - case["length"]
        by_distance = table[t5_bucket(torch, position, not case["causal"])] if case["bias"] == "t5" else None

        def score(s, b, h, q, k):
            if case["bias"] == "alibi":
                return s + slopes[h] * ((k - q) if case["causal"] else -(k - q).abs())
            return s + by_distance[k - q + case["length"], h] if case["bias"] == "t5" else s

        block = create_block_mask(lambda b, h, q, k: q >= k, None, None, case["length"], case["length"]) if case["causal"] else None
        compiled = torch.compile(flex_attention)
        found["flex"] = lambda i: compiled(sets[i]["q"], sets[i]["k"], sets[i]["v"], score_mod=None if case["bias"] == "none" else score,
                                           block_mask=block, scale=scale)
    except Exception as error:  # noqa: BLE001: whatever another library raises
        missing["flex"] = str(error).splitlines()[0]
    if case["bias"] != "t5":
        try:
            from flash_attn import flash_attn_func
            swapped = [{n: t.transpose(1, 2) for n, t in tensors.items() if n in "qkv"} for tensors in sets]
            slopes = alibi_slopes(torch).float() if case["bias"] == "alibi" else None
            found["flash"] = lambda i: flash_attn_func(swapped[i]["q"], swapped[i]["k"], swapped[i]["v"], softmax_scale=scale,
                                                       causal=case["causal"], alibi_slopes=slopes)
        except ImportError:
            missing["flash"] = "not installed"
    return found, missing


def measure(torch, found, missing, sets, seconds):
    """Median milliseconds by name: all take turns, inputs rotate, events around each call."""
    for name in list(found):
        try:
            for i in range(len(sets)):
                found[name](i)
            torch.cuda.synchronize()
        except Exception as error:  # noqa: BLE001
            if name == "camber":
                raise
            missing[name] = str(error).splitlines()[0]
            del found[name]
    times = {name: [] for name in found}
    begin, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
    turn = 0
    while turn < 5 or (sum(map(sum, times.values())) < seconds * 1000 * len(times) and turn < 500):
        for name, call in found.items():
            begin.record()
            call(turn % len(sets))
            end.record()
            end.synchronize()
            times[name].append(begin.elapsed_time(end))
        turn += 1
    return {name: statistics.median(values) for name, values in times.items()}


def run(options):
    try:
        import torch
    except ImportError:
        raise Fail("PyTorch is not installed") from None
    if not torch.cuda.is_available():
        raise Fail("PyTorch sees no NVIDIA GPU on this machine")
    try:
        with open(os.path.join(options.directory, "cases.json")) as file:
            cases = json.load(file)
    except OSError as error:
        raise Fail("%s; make the directory with `tools/compare-gpu prepare`" % error) from None
    lines = ["# Comparison on %s" % torch.cuda.get_device_name(), "",
             "PyTorch %s, CUDA %s; float16, %d heads, batch · length = %d; medians in ms, all interleaved, inputs rotate." % (
                 torch.__version__, torch.version.cuda, HEADS, options.tokens), "",
             "| case | " + " | ".join(("camber", "TFLOP/s", "/ none", "sdpa / camber", "flex / camber", "flash / camber")) + " |",
             "|---" * 7 + "|"]
    without, notes = {}, set()
    for case in cases:
        torch.manual_seed(1)
        kernel = Kernel(options.directory, case["name"])
        batch = max(options.tokens // case["length"], 1)
        table = torch.randn(32, HEADS, device="cuda")

        def random():
            return torch.randn(batch, HEADS, case["length"], case["dim"], device="cuda", dtype=torch.float16)

        sets = [{"q": random(), "k": random(), "v": random(), "o": torch.empty_like(random()), "table": table} for _ in range(3)]
        found, missing = implementations(torch, case, kernel, sets, table)
        if options.check and subprocess.run([os.path.join(options.directory, "camber-check"), os.path.join(options.directory, case["name"]),
                                             "--device=cuda", "--inputs=normal", "--batch=1"]).returncode:
            raise Fail("%s is wrong" % case["name"])
        times = measure(torch, found, missing, sets, options.seconds)
        notes.update("%s: %s" % item for item in missing.items())
        flops = 4 * batch * HEADS * case["length"] ** 2 * case["dim"] / (2 if case["causal"] else 1)
        key = (case["dim"], case["causal"], case["length"])
        if case["bias"] == "none":
            without[key] = times["camber"]
        ratio = times["camber"] / without[key]
        target = TARGETS.get(case["bias"])
        cells = ["%.3f" % times["camber"], "%.0f" % (flops / times["camber"] * 1e-9),
                 "%.3f%s" % (ratio, "" if not target else " (met)" if ratio <= target else " (missed: %.2f)" % target)]
        cells += ["%.2f" % (times[name] / times["camber"]) if name in times else "" for name in ("sdpa", "flex", "flash")]
        lines.append("| %s | %s |" % (case["name"], " | ".join(cells)))
        print(lines[-1], flush=True)
        with open(options.output, "w") as file:  # what there is, if a later case fails
            file.write("\n".join(lines + [""] + ["- " + note for note in sorted(notes)]) + "\n")


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    parser = argparse.ArgumentParser(prog="tools/compare-gpu", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    making = commands.add_parser("prepare", help="compile the kernels into a directory")
    making.add_argument("directory")
    making.add_argument("--build", default=os.path.join(here, "..", "..", "build"), help="build directory with the tools (default: build)")
    making.add_argument("--lengths", default="512,2048,8192,16384", metavar="N,…")
    running = commands.add_parser("run", help="check and time them on the GPU of this machine")
    running.add_argument("directory")
    running.add_argument("output", help="Markdown file to write")
    running.add_argument("--seconds", type=float, default=0.2, metavar="X", help="of timed calls per implementation and case (default 0.2)")
    running.add_argument("--tokens", type=int, default=16384, metavar="N", help="batch · length (default 16384)")
    running.add_argument("--no-check", dest="check", action="store_false", help="time kernels without comparing them with the reference")
    options = parser.parse_args()
    try:
        if options.command == "prepare":
            try:
                options.lengths = [int(length) for length in options.lengths.split(",")]
            except ValueError:
                raise Fail("--lengths takes numbers separated by commas") from None
            prepare(options)
        else:
            run(options)
    except (Fail, OSError) as error:
        print("tools/compare-gpu: %s" % error, file=sys.stderr)
        return 2
    return 0
