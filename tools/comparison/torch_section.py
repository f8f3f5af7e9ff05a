# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""PyTorch: scaled_dot_product_attention with the bias as mask, and compiled flex_attention with the bias as score_mod."""
import math

from .bundle import Bundle
from .kernels import Kernel, median
from .results import Section
from .interleaved import run_interleaved, ratio

HEADS, BUCKETS, MAX_DISTANCE = 8, 32, 128
INSTALL = ("PyTorch is not installed: `python3 -m venv VENV && VENV/bin/pip install torch --index-url "
           "https://download.pytorch.org/whl/cpu`, then run this script with VENV/bin/python")


def t5_bucket(distance, bidirectional):
    """The bucket of key position − query position, in exact integers."""
    side, offset, rel = BUCKETS, 0, max(-distance, 0)
    if bidirectional:
        side, offset, rel = BUCKETS // 2, BUCKETS // 2 if distance > 0 else 0, abs(distance)
    exact = side // 2
    if rel < exact:
        return offset + rel
    large = [t for t in range(side - exact) if rel**(side - exact) * exact**t >= MAX_DISTANCE**t * exact**(side - exact)]
    return offset + exact + large[-1]


def alibi_slopes():
    return [2.0**(-8.0 * (h + 1) / HEADS) for h in range(HEADS)]  # HEADS is a power of two


class Problem:
    """One cell of the grid: its tensors, and the implementations as functions without arguments that return the output."""

    def __init__(self, torch, bias, causal, length, dim):
        self.torch, self.bias, self.causal, self.length, self.dim = torch, bias, causal, length, dim
        torch.manual_seed(1)
        self.q, self.k, self.v = (torch.randn(1, HEADS, length, dim) for _ in range(3))
        # T5 does not scale the scores, and its queries are as small as training makes them.
        self.scale = 1.0 if bias == "t5" else 1 / math.sqrt(dim)
        if bias == "t5":
            self.q *= 1 / math.sqrt(dim)
        self.table = torch.randn(BUCKETS, HEADS)
        distances = range(1 - length, length)
        if bias == "alibi":
            values = [[slope * d for d in distances] for slope in alibi_slopes()]
            self.by_distance = torch.tensor(values)
        else:
            buckets = torch.tensor([t5_bucket(d, not causal) for d in distances])
            self.by_distance = self.table[buckets].T.contiguous()

    def camber(self, bundle, name, threads):
        o = self.torch.empty_like(self.q)
        lse = self.torch.empty(1, HEADS, self.length)
        tensors = {"q": self.q, "k": self.k, "v": self.v, "o": o, "lse": lse, "table": self.table}
        operands = {key: (tensor.data_ptr(), tensor.shape) for key, tensor in tensors.items()}
        call = bundle.call(name, operands, 1, self.length, self.length, threads)

        def run():
            call()
            return o
        run.kept = tensors
        return run

    def sdpa(self):
        """The bias [1, heads, length, length] is built here, outside of the timing, with −∞ where the mask hides."""
        torch, length = self.torch, self.length
        index = torch.arange(length)
        mask = torch.empty(1, HEADS, length, length)
        for h in range(HEADS):
            mask[0, h] = self.by_distance[h][index[None, :] - index[:, None] + length - 1]
        if self.causal:
            mask.masked_fill_(index[None, :] > index[:, None], -math.inf)
        attention = torch.nn.functional.scaled_dot_product_attention
        return lambda: attention(self.q, self.k, self.v, attn_mask=mask, scale=self.scale)

    def flex(self):
        """The causal mask is a block mask, which lets flex_attention leave out hidden blocks; it is built here."""
        torch = self.torch
        from torch.nn.attention.flex_attention import create_block_mask, flex_attention
        by_distance, last = self.by_distance, self.length - 1
        slopes = torch.tensor(alibi_slopes())
        score_mod = {"alibi": lambda score, b, h, q, k: score + slopes[h] * (k - q),
                     "t5": lambda score, b, h, q, k: score + by_distance[h, k - q + last]}[self.bias]
        block_mask = None
        if self.causal:
            block_mask = create_block_mask(lambda b, h, q, k: q >= k, None, None, self.length, self.length, device="cpu")
        torch._dynamo.reset()  # a compilation for each shape, none of them dynamic
        compiled = torch.compile(flex_attention, dynamic=False)
        return lambda: compiled(self.q, self.k, self.v, score_mod=score_mod, block_mask=block_mask, scale=self.scale)


def describe(torch, threads):
    config = " ".join(torch.__config__.show().split())
    capability = torch.backends.cpu.get_cpu_capability() if hasattr(torch.backends, "cpu") else "?"
    return ("PyTorch %s, %d thread(s) (torch.get_num_threads), CPU capability %s, MKL %s, oneDNN %s. Build: `%s`" %
            (torch.__version__, torch.get_num_threads(), capability, torch.backends.mkl.is_available(),
             torch.backends.mkldnn.is_available(), config))


def measure(context, section, problem, bundle, name, share):
    """Times one cell, and returns its row."""
    candidates = {"Camber": problem.camber(bundle, name, context.threads)}
    reasons = {}
    for implementation, make in (("SDPA", problem.sdpa), ("flex", problem.flex)):
        try:
            candidate = make()
            candidate()  # compiles
            candidates[implementation] = candidate
        except Exception as error:  # whatever torch raises must not end the benchmark
            reasons[implementation] = (str(error).splitlines() or [type(error).__name__])[0][:120]
    outputs = {key: candidate().clone() for key, candidate in candidates.items()}
    times = run_interleaved(candidates, context.tools.seconds, context.threads)
    kind = "causal" if problem.causal else "full"
    row = [problem.bias, kind, problem.dim, problem.length, "%.4g ms" % (1e3 * median(times["Camber"]))]
    raw = dict(bias=problem.bias, kind=kind, head_dim=problem.dim, length=problem.length, seconds=times, failed=reasons)
    at_least, reach = (2.5, 4) if problem.causal else ({64: 1.3, 128: 1.1}[problem.dim], 1.6)
    for implementation in ("SDPA", "flex"):
        what = "%s, %s, D %d, L %d: %s / Camber" % (problem.bias, kind, problem.dim, problem.length, implementation)
        if implementation not in candidates:
            row += ["failed", "-", "-"]
            section.note("%s failed: %s" % (what, reasons[implementation]))
            figure = None
        else:
            figure = ratio(times, implementation, "Camber")
            difference = float((outputs[implementation] - outputs["Camber"]).abs().max())
            raw["max_abs_difference_" + implementation] = difference
            row += ["%.4g ms" % (1e3 * median(times[implementation])), "%.2f" % figure, "%.1e" % difference]
            if share:
                section.share("D %d, %s" % (problem.dim, kind), "%s, %s" % (implementation, problem.bias), problem.length,
                              share / figure)
        if not context.quick:
            section.target(what, figure, at_least, reach=reach, why="failed")
    if share:
        section.share("D %d, %s" % (problem.dim, kind), "Camber, " + problem.bias, problem.length, share)
    section.raw.append(raw)
    return row


def pytorch(context):
    """PyTorch's two ways of attention with a bias."""
    section = Section("pytorch", "PyTorch")
    try:
        import torch
    except ImportError:
        section.note(INSTALL)
        print("pytorch: skipped. " + INSTALL, flush=True)
        return section
    torch.set_num_threads(context.threads)
    section.note(describe(torch, context.threads))
    section.note("float32, batch 1, %d heads, interleaved in one process with Camber's kernel (loaded from its bundle), cold. Masks are built "
                 "outside of the timing. A share of peak is Camber's, measured by camber-check, divided by the ratio of times: it appears "
                 "in the plots. Camber's kernels skip where the compiler can." % HEADS)
    rows = []
    with torch.inference_mode():
        for length in context.lengths:
            problems = {"%s_%s_%d" % (bias, "causal" if causal else "full", dim): (bias, causal, length, dim)
                        for bias in ("alibi", "t5") for causal in (True, False) for dim in (64, 128)}
            specs = {name: Kernel(bias=bias, heads=HEADS, dim=dim, length=length, causal=causal, skip=True,
                                  extra=["--bidirectional"] if bias == "t5" and not causal else [])
                     for name, (bias, causal, length, dim) in problems.items()}
            directory = context.tools.bundle("pytorch_%d" % length, specs)
            shares = {r["kernel"]: r["share_of_peak"] for r in context.bench(directory, "--batch=1")}
            bundle = Bundle(directory)
            for name, cell in problems.items():
                rows.append(measure(context, section, Problem(torch, *cell), bundle, name, shares[name]))
                print("pytorch: %s" % " ".join(map(str, rows[-1])), flush=True)
    section.table(["bias", "mask", "D", "L", "Camber", "SDPA", "/ Camber", "difference", "flex", "/ Camber", "difference"], rows)
    return section
