# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Sections that measure Camber alone, through camber-check."""
import ctypes
import os

from .kernels import TANH_BODY, Kernel, same_rounds
from .results import Section

KIND = {True: "causal", False: "full"}


def percent(share):
    return "-" if share is None else "%.0f %%" % (100 * share)


def sizes(length, q_len=None):
    return ["--batch=1", "--q-len=%d" % (length if q_len is None else q_len), "--kv-len=%d" % length]


def has_openblas():
    try:
        return bool(ctypes.CDLL(os.environ.get("CAMBER_OPENBLAS") or "libopenblas.so.0"))
    except OSError:
        return False


def milliseconds(result):
    return "%.4g ms ± %.0f %%" % (1e3 * result["seconds_median"], 50 * result["spread"])


def shares(context):
    """Share of FMA peak over length, head dimension and instruction set, cold, and the unfused baseline."""
    section = Section("shares", "Share of FMA peak")
    section.note("float32, no bias, 8 heads, batch 1, %d thread(s), cold; `N` lengths. Median over rounds of the kernel's speed "
                 "divided by that of the FMA loop beside it; causal counts L(L+1)/2 pairs." % context.threads)
    columns, rows = ["target", "problem", "D", "L", "time", "GFLOP/s", "of peak"], []
    baseline = has_openblas()
    if baseline:
        columns += ["unfused / Camber", "unfused, of peak"]
        section.note("*Unfused*: `camber-check --baseline=unfused`, OpenBLAS and one vectorised pass, interleaved with each kernel; it uses the "
                     "widest instructions whatever the kernel's target.")
    else:
        section.note("No unfused baseline: OpenBLAS is not installed (Debian: libopenblas0-pthread).")
        print("shares: no unfused baseline, OpenBLAS is not installed (Debian: libopenblas0-pthread)", flush=True)
    for target in context.targets:
        limits = {"x86-64-v4": {512: {False: 0.74, True: 0.64}, 2048: {False: 0.80, True: 0.77}},
                  "x86-64-v3": {2048: {False: 0.75, True: 0.75}}}.get(target, {})
        by_dim = {}
        for length in context.lengths:
            dims = context.dims if length == context.middle else [64, 128]
            kernels = {"none_d%d_%s_%d" % (dim, KIND[causal], length): Kernel(dim=dim, length=length, causal=causal)
                       for dim in dims for causal in (False, True)}
            bundle = context.tools.bundle("shares_%s_%d" % (target, length), kernels, target)
            beside = ["--baseline=unfused"] if baseline else []
            results = {result["kernel"]: result for result in context.bench(bundle, *sizes(length), *beside)}
            section.raw += results.values()
            for name, kernel in kernels.items():
                result = results[name]
                share, kind = result["share_of_peak"], KIND[kernel.causal]
                by_dim.setdefault((length, kernel.causal), {})[kernel.dim] = share
                rows.append([target, kind, kernel.dim, length, milliseconds(result), "%.1f" % result["gflops"], percent(share)])
                if baseline:
                    unfused = result["baseline"]
                    rows[-1] += ["%.2f" % unfused["time_ratio"], percent(unfused["share_of_peak"])]
                    if kernel.dim in (64, 128) and target == context.targets[0]:
                        section.share("D %d, %s" % (kernel.dim, kind), "unfused", length, unfused["share_of_peak"])
                if kernel.dim in (64, 128):
                    section.share("D %d, %s" % (kernel.dim, kind), "Camber, %s" % target, length, share)
                    limit = limits.get(512 if length < 2048 else 2048, {}).get(kernel.causal)
                    if limit and length >= 512:
                        section.target("%s, D %d, L %d, %s: share of peak" % (target, kernel.dim, length, kind), share, limit)
        for (length, causal), share in by_dim.items():
            for dim in (32, 80, 96, 256):
                if dim in share and length >= 2048:
                    section.target("%s, D %d, L %d, %s: share / mean share of D 64 and 128" % (target, dim, length, KIND[causal]),
                                2 * share[dim] / (share[64] + share[128]), 0.9)
    section.table(columns, rows)
    if "x86-64-v4" not in context.targets:
        section.target("x86-64-v4: share of peak", None, 0.8, why="this processor has no AVX-512")
    return section


def biases(context):
    """What a bias, a softcap and arithmetic of one's own cost."""
    section = Section("biases", "What scores cost")
    section.note("Time divided by that of the same kernel without bias, interleaved in one process; float32, 8 heads, D 64, nothing "
                 "skipped.")
    symmetric, both = ["--alibi-form=symmetric"], ["--bidirectional"]
    cases = {"none_causal": (Kernel(causal=True), None), "alibi_causal": (Kernel(bias="alibi", causal=True), 1.02),
             "t5_causal": (Kernel(bias="t5", causal=True), 1.03), "none_full": (Kernel(), None),
             "alibi_full": (Kernel(bias="alibi"), 1.02), "alibi_symmetric_full": (Kernel(bias="alibi", extra=symmetric), 1.03),
             "t5_full": (Kernel(bias="t5", extra=both), 1.03), "softcap_causal": (Kernel(causal=True, extra=["--softcap=30"]), 1.15),
             "tanh_body_causal": (Kernel(causal=True, body=TANH_BODY), 1.35)}
    rows = []
    for length in context.lengths[:2]:
        for case, _ in cases.values():
            case.q_len = case.kv_len = length
        bundle = context.tools.bundle("biases_%d" % length, {name: case for name, (case, _) in cases.items()})
        results = {result["kernel"]: result for result in context.bench(bundle, *sizes(length))}
        section.raw += results.values()
        for name, (case, limit) in cases.items():
            ratio = same_rounds(results[name], results["none_" + KIND[case.causal]])
            rows.append([name, length, milliseconds(results[name]), percent(results[name]["share_of_peak"]), "%.3f" % ratio])
            if limit and length >= 2048:
                section.target("%s / none, L %d: time" % (name, length), ratio, limit, at_most=True)
    section.table(["scores", "L", "time", "of peak", "/ none"], rows)
    return section


def storage(context):
    """f16 and bf16 operands."""
    section = Section("storage", "Storage types")
    section.note("Time divided by that of float32 storage; no bias, 8 heads, D 64, causal.")
    length, rows = context.middle, []
    bundle = context.tools.bundle("storage", {dtype: Kernel(dtype=dtype, causal=True, length=length) for dtype in ("f32", "f16", "bf16")})
    results = {result["kernel"]: result for result in context.bench(bundle, *sizes(length))}
    section.raw += results.values()
    for dtype, result in results.items():
        ratio = same_rounds(result, results["f32"])
        rows.append([dtype, length, milliseconds(result), "%.3f" % ratio])
        if dtype != "f32" and length >= 2048:
            section.target("%s / f32 storage, L %d: time" % (dtype, length), ratio, 1.03, at_most=True)
    section.table(["storage", "L", "time", "/ f32"], rows)
    return section


def decode(context):
    """One query against a long cache: bound by the memory."""
    section = Section("decode", "Decode: share of streaming read bandwidth")
    section.note("One query, causal ALiBi, 32 query heads, D 128, nothing skipped, cold. Each byte of keys and values counts once; "
                 "the loop it is divided by reads with four streams.")
    rows = []
    kinds = {"MHA": 32, "GQA 32/8": 8}
    kernels = {"%s_%d" % (dtype, kv_heads): Kernel(bias="alibi", causal=True, heads=32, kv_heads=kv_heads, dim=128, dtype=dtype, q_len=1)
               for dtype in ("f32", "f16") for kv_heads in kinds.values()}
    bundle = context.tools.bundle("decode", kernels)
    for length in context.decode_lengths:
        results = {result["kernel"]: result for result in context.bench(bundle, *sizes(length, 1))}
        section.raw += results.values()
        for dtype, limit in (("f32", 0.95), ("f16", 0.90)):
            for kind, kv_heads in kinds.items():
                result = results["%s_%d" % (dtype, kv_heads)]
                rows.append([dtype, kind, length, milliseconds(result), "%.1f GB/s" % result["gbytes_per_second"],
                             percent(result["share_of_stream"])])
                if length >= 2048:
                    section.target("%s, %s, Lk %d: share of streaming read bandwidth" % (dtype, kind, length),
                                result["share_of_stream"], limit)
    section.table(["storage", "heads", "Lk", "time", "read", "of stream"], rows)
    return section


def threads(context):
    """Two threads against one."""
    section = Section("threads", "Two threads")
    section.note("Both numbers of threads interleaved in one process.")
    long = context.decode_lengths[-1]
    cases = [("32 heads, causal ALiBi, skipping where the compiler can", "heads", Kernel(bias="alibi", heads=32, causal=True, skip=True),
              sizes(context.middle), 1.9),
             ("1 head, decode, Lk %d" % long, "decode1", Kernel(bias="alibi", heads=1, dim=128, causal=True, q_len=1), sizes(long, 1), 1.7)]
    rows = []
    for what, name, kernel, size, limit in cases:
        bundle = context.tools.bundle("threads_" + name, {name: kernel})
        one, two = context.bench(bundle, "--bench-threads=1", "--bench-threads=2", *size, threads=False)
        section.raw += [one, two]
        speedup = same_rounds(one, two)
        rows.append([what, milliseconds(one), milliseconds(two), "%.2f" % speedup])
        section.target(what + ": two threads / one", None if context.quick else speedup, limit, why="--quick")
    section.table(["case", "one thread", "two threads", "faster by"], rows)
    return section


def skipping(context):
    """Tiles whose weights a falling bias has made negligible."""
    section = Section("skipping", "Skipping")
    section.note("Causal ALiBi, 8 heads, D 64, random normal inputs.")
    rows = []
    limits = {2048: 1.45, 8192: 2.5, 32768: 6.5}
    if not context.tools.can_skip:
        section.note("This camber-compile has no `--no-skip`: what follows is without skipping.")
        for length, limit in limits.items():
            section.target("8 heads, L %d: without / with skipping" % length, None, limit, why="camber-compile has no --no-skip")
    variants = [("skip", True), ("all", False)] if context.tools.can_skip else [("all", False)]
    bundle = context.tools.bundle("skipping", {name: Kernel(bias="alibi", causal=True, skip=skip) for name, skip in variants})
    for length in context.skip_lengths:
        results = {result["kernel"]: result for result in context.bench(bundle, *sizes(length))}
        section.raw += results.values()
        for name, result in results.items():
            line = {"skip": "with skipping", "all": "without"}[name]
            section.times.setdefault(line, {})[length] = result["seconds_median"]
            ratio = same_rounds(results["all"], result)
            rows.append([line, length, milliseconds(result), "%d / %d" % (result["tiles_visited"], result["tiles_total"]), "%.2f" % ratio])
            if name == "skip" and length in limits:
                section.target("8 heads, L %d: without / with skipping" % length, ratio, limits[length])
    section.table(["variant", "L", "time", "tiles visited / total", "faster by"], rows)
    return section


def specialisation(context):
    """What a kernel gains from knowing its lengths."""
    section = Section("specialisation", "What specialisation buys")
    section.note("The same call by kernels compiled for exactly these lengths, for at most these, and for any; 8 heads, D 64.")
    rows = []
    for length in context.lengths[:2]:
        kernels = {"%s_%s_%s" % (bias, KIND[causal], label): Kernel(bias=bias, causal=causal, length=text)
                   for bias, causal in (("none", False), ("alibi", True))
                   for label, text in (("N", length), ("le_N", "<=%d" % length), ("any", "?"))}
        bundle = context.tools.bundle("specialisation_%d" % length, kernels)
        results = {result["kernel"]: result for result in context.bench(bundle, *sizes(length))}
        section.raw += results.values()
        for name, kernel in kernels.items():
            result, exact = results[name], results["%s_%s_N" % (kernel.bias, KIND[kernel.causal])]
            label = {"N": "`N`", "le_N": "`<=N`", "any": "`?`"}[name.split("_", 2)[2]]
            rows.append([kernel.bias + ", " + KIND[kernel.causal], length, label, milliseconds(result), "%.3f" % same_rounds(result, exact),
                         result["object_bytes"], "%.2f s" % result["compile_seconds"]])
    section.table(["scores", "L", "lengths", "time", "/ `N`", "bytes of code", "compiled in"], rows)
    return section


def compilation(context):
    """Bytes of code and seconds of compilation of every kernel above; runs last."""
    section = Section("compilation", "Compile time and object size")
    kernels = {(bundle, result["kernel"]): result for bundle, results in context.tools.bundles for result in results}
    if not kernels:
        section.note("No kernels were compiled.")
        return section
    rows = []
    for unit, key, limit, what in (("s", "compile_seconds", 0.5, "compile time of each kernel"),
                                   ("bytes", "object_bytes", 48 * 1024, "object bytes of each kernel")):
        ordered = sorted(kernels, key=lambda name: kernels[name][key])
        low, middle, high = ordered[0], ordered[len(ordered) // 2], ordered[-1]
        rows.append([what, *["%.4g %s (%s)" % (kernels[name][key], unit, name[1]) for name in (low, middle, high)]])
        section.target("%s (%d kernels): most" % (what, len(kernels)), kernels[high][key], limit, at_most=True)
    section.table(["what", "least", "median", "most"], rows)
    return section
