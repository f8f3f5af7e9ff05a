# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""ggml's flash attention, called from its shared libraries where they are installed."""
import array
import ctypes
import glob
import importlib.util
import math
import os
import random
import struct

from .bundle import Bundle, aligned
from .kernels import Kernel, median
from .results import Section
from .interleaved import run_interleaved, ratio

HEADS, F32, F16 = 8, 0, 1  # the latter are GGML_TYPE_…
INSTALL = ("ggml is not installed: name the directory of libggml-base.so and libggml-cpu.so in CAMBER_GGML (cmake with "
           "-DBUILD_SHARED_LIBS=ON builds them from https://github.com/ggml-org/ggml), or `pip install llama-cpp-python`")


class InitParams(ctypes.Structure):
    _fields_ = [("mem_size", ctypes.c_size_t), ("mem_buffer", ctypes.c_void_p), ("no_alloc", ctypes.c_bool)]


class ComputePlan(ctypes.Structure):
    """ggml_cplan; its end differs between versions, and is not looked at."""
    _fields_ = [("work_size", ctypes.c_size_t), ("work_data", ctypes.c_void_p), ("rest", ctypes.c_char * 128)]


class Ggml:
    """The functions that are needed. Raises OSError where there is no library."""

    def __init__(self):
        directories = [os.environ["CAMBER_GGML"]] if os.environ.get("CAMBER_GGML") else self.installed()
        self.libraries, self.path = [], None
        for directory in directories:
            names = ["libggml-base.so", "libggml-cpu.so", "libggml.so"]
            found = [path for name in names for path in sorted(glob.glob(os.path.join(directory, name + "*")))[:1]]
            if found:
                self.libraries, self.path = [ctypes.CDLL(path, ctypes.RTLD_GLOBAL) for path in found], directory
                break
        tensor, context = ctypes.c_void_p, ctypes.c_void_p
        self.init = self.function("ggml_init", context, InitParams)
        self.free = self.function("ggml_free", None, context)
        self.tensor = self.function("ggml_new_tensor_4d", tensor, context, ctypes.c_int, *[ctypes.c_int64] * 4)
        self.data = self.function("ggml_get_data", ctypes.c_void_p, tensor)
        self.attention = self.function("ggml_flash_attn_ext", tensor, context, *[tensor] * 4, *[ctypes.c_float] * 3)
        self.graph = self.function("ggml_new_graph", ctypes.c_void_p, context)
        self.expand = self.function("ggml_build_forward_expand", None, ctypes.c_void_p, tensor)
        self.plan = self.function("ggml_graph_plan", ComputePlan, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)
        self.compute = self.function("ggml_graph_compute", ctypes.c_int, ctypes.c_void_p, ctypes.POINTER(ComputePlan))
        try:
            self.function("ggml_cpu_init", None)()
        except OSError:
            pass  # older versions do it in ggml_init

    @staticmethod
    def installed():
        package = importlib.util.find_spec("llama_cpp")
        own = [os.path.join(path, "lib") for path in package.submodule_search_locations] if package else []
        return own + ["/usr/local/lib", "/usr/lib", *glob.glob("/usr/lib/*-linux-gnu")]

    def function(self, name, result, *arguments):
        for library in self.libraries:
            if hasattr(library, name):
                function = getattr(library, name)
                function.restype, function.argtypes = result, arguments
                return function
        raise OSError("no library has %s" % name)

    def describe(self):
        text = []
        for name in ("ggml_version", "ggml_commit"):
            try:
                text.append(self.function(name, ctypes.c_char_p)().decode())
            except OSError:
                text.append("?")
        has = [isa for isa in ("avx2", "fma", "f16c", "avx512", "neon") if self.flag("ggml_cpu_has_" + isa)]
        return "ggml %s, commit %s, %s, from %s" % (*text, " ".join(has), self.path)

    def flag(self, name):
        try:
            return self.function(name, ctypes.c_int)()
        except OSError:
            return False


def half(value):
    """The bits of a float as f16, by Python's own rounding."""
    return struct.unpack("<H", struct.pack("<e", value))[0]


class Problem:
    """Operands of one cell; the same numbers for both."""

    def __init__(self, causal, length, dim):
        self.causal, self.length, self.dim = causal, length, dim
        size = HEADS * length * dim
        random.seed(1)
        # A prime period: enough for timing, and made in no time.
        numbers = array.array("f", (random.gauss(0, 1) for _ in range(65537)))
        self.operands = {}
        for shift, name in enumerate("qkv"):
            start = 20000 * shift
            values = (numbers * (size // len(numbers) + 2))[start:start + size]
            self.operands[name] = aligned(4 * size)
            ctypes.memmove(self.operands[name][0], values.buffer_info()[0], 4 * size)
        self.operands["o"] = aligned(4 * size)
        self.operands["lse"] = aligned(4 * HEADS * length)

    def camber(self, bundle, name, threads):
        shape = (1, HEADS, self.length, self.dim)
        operands = {key: (memory[0], shape if key != "lse" else shape[:3]) for key, memory in self.operands.items()}
        return bundle.call(name, operands, 1, self.length, self.length, threads)

    def ggml(self, ggml, threads):
        """The mask holds −|distance|, −∞ where hidden, in f16 as ggml wants it; max_bias makes slopes of it."""
        length, dim, size = self.length, self.dim, 4 * HEADS * self.length * self.dim
        context = ggml.init(InitParams(4 * size + 2 * length * length + (64 << 20), None, False))
        tensors = [ggml.tensor(context, F32, dim, length, HEADS, 1) for _ in range(3)]
        for tensor, name in zip(tensors, "qkv"):
            ctypes.memmove(ggml.data(tensor), self.operands[name][0], size)
        mask = ggml.tensor(context, F16, length, length, 1, 1)
        after = [half(-math.inf)] * length if self.causal else [half(-d) for d in range(length)]
        line = array.array("H", [half(-d) for d in range(length - 1, 0, -1)] + [0] + after[1:])
        for i in range(length):
            ctypes.memmove(ggml.data(mask) + 2 * length * i, line.buffer_info()[0] + 2 * (length - 1 - i), 2 * length)
        result = ggml.attention(context, *tensors, mask, 1 / math.sqrt(dim), 8.0, 0.0)
        graph = ggml.graph(context)
        ggml.expand(graph, result)
        plan = ggml.plan(graph, threads, None)
        work = aligned(plan.work_size + 64)
        plan.work_data = work[0]

        def run():
            status = ggml.compute(graph, ctypes.byref(plan))
            if status:
                raise RuntimeError("ggml_graph_compute returned %d" % status)
        run.kept, run.output, run.context = work, ggml.data(result), context
        return run

    def difference(self, output):
        """Largest difference in a sample of rows; ggml's output is [length, heads, dim]."""
        worst = 0.0
        row = ctypes.c_float * self.dim
        for h in range(HEADS):
            for i in {*range(0, self.length, max(self.length // 50, 1)), self.length - 1}:
                ours = row.from_address(self.operands["o"][0] + 4 * self.dim * (h * self.length + i))
                theirs = row.from_address(output + 4 * self.dim * (i * HEADS + h))
                worst = max(worst, max(abs(a - b) for a, b in zip(ours, theirs)))
        return worst


def ggml(context):
    """ggml_flash_attn_ext in float32 with ALiBi."""
    section = Section("ggml", "ggml")
    try:
        library = Ggml()
    except OSError as error:
        section.note(INSTALL)
        print("ggml: skipped (%s). %s" % (error, INSTALL), flush=True)
        return section
    section.note(library.describe() + "; %d thread(s)." % context.threads)
    section.note("float32, ALiBi (symmetric where the mask is full, which is all that ggml has), batch 1, %d heads, interleaved in one process "
                 "with Camber's kernel, cold. ggml reads distances from a mask in f16, which is exact up to 2048; the mask is built outside "
                 "of the timing. Differences are over a sample of rows." % HEADS)
    rows = []
    for length in context.lengths:
        cells = {"%s_%d" % ("causal" if causal else "full", dim): (causal, dim) for causal in (True, False) for dim in (64, 128)}
        directory = context.tools.bundle("ggml_%d" % length, {
            name: Kernel(bias="alibi", heads=HEADS, dim=dim, length=length, causal=causal, skip=True,
                         extra=[] if causal else ["--alibi-form=symmetric"]) for name, (causal, dim) in cells.items()})
        shares = {r["kernel"]: r["share_of_peak"] for r in context.bench(directory, "--batch=1")}
        bundle = Bundle(directory)
        for name, (causal, dim) in cells.items():
            problem = Problem(causal, length, dim)
            theirs = problem.ggml(library, context.threads)
            times = run_interleaved({"Camber": problem.camber(bundle, name, context.threads), "ggml": theirs}, context.tools.seconds,
                             context.threads)
            figure, difference = ratio(times, "ggml", "Camber"), problem.difference(theirs.output)
            library.free(theirs.context)
            kind = "causal" if causal else "full"
            rows.append([kind, dim, length, *["%.4g ms" % (1e3 * median(times[key])) for key in ("Camber", "ggml")], "%.2f" % figure,
                         "%.1e" % difference])
            section.raw.append(dict(kind=kind, head_dim=dim, length=length, seconds=times, max_abs_difference=difference))
            if shares[name]:
                section.share("D %d, %s" % (dim, kind), "ggml, alibi", length, shares[name] / figure)
    section.table(["mask", "D", "L", "Camber", "ggml", "/ Camber", "difference"], rows)
    return section
