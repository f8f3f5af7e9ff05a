# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compares transformers' models with and without Camber's kernels.

Each model is run twice over a batch of sequences of different lengths, padded on the left: a prefill, then cached steps
in which both get the same tokens, those that the stock model chooses.

float32          logits differ by at most TOLERANCE · max(1, max |logit|), and where the stock model's first token leads the second
                 by more than that, both choose the same. `generate` then chooses the same tokens up to the first step that
                 is closer
float16, bfloat16   both are compared with the float32 model of the same (rounded) weights: the root mean square error of
                 ours is at most NO_WORSE times the stock model's
"""
import argparse
import copy
import dataclasses
import os
import sys
import time

os.environ.setdefault("HF_HUB_OFFLINE", "1")  # nothing is downloaded: weights are random

import torch  # noqa: E402

import cases  # noqa: E402
from camber_torch.models import use_kernels  # noqa: E402

LENGTHS = (160, 131, 47)  # more than T5's buckets tell apart (113), and than bfloat16 holds exactly with 32 steps more
PREFIX = 8  # tokens that an encoder-decoder's decoder gets in its prefill
STEPS = 32

# Some 170 roundings (2^-24) of the largest logit. Measured: 1e-6 to 3e-6, as two orders of the same sums differ. Slopes, buckets
# or a scale that are 1 % off miss it at least five times (tests/test_models.py).
TOLERANCE = 1e-5
# Where the projections alone make the error (gpt2, t5), which of the two is larger is chance, by some tenths of a percent.
NO_WORSE = 1.01


@dataclasses.dataclass
class Inputs:
    """Token ids and padding mask (1: token), both int64 [batch, length], and the decoder's ids, [batch, PREFIX]."""

    ids: torch.Tensor
    mask: torch.Tensor
    decoder_ids: torch.Tensor


@dataclasses.dataclass
class Run:
    """logits: float32 [positions, vocabulary] of all real tokens, prefill first; last: [batch, STEPS + 1, vocabulary] of the
    positions that choose a token; seconds for the prefill, and for a step."""

    logits: torch.Tensor
    last: torch.Tensor
    prefill_seconds: float
    step_seconds: float


def make_inputs():
    generator = torch.Generator().manual_seed(1)
    longest = max(LENGTHS)
    ids = torch.randint(3, cases.VOCABULARY, (len(LENGTHS), longest), generator=generator)
    mask = torch.stack([(torch.arange(longest) >= longest - n).long() for n in LENGTHS])
    decoder_ids = torch.randint(3, cases.VOCABULARY, (len(LENGTHS), PREFIX), generator=generator)
    return Inputs(ids * mask, mask, decoder_ids)


def generate(model, inputs):
    """STEPS + 1 greedy tokens, int64 [batch, STEPS + 1]."""
    extra = {"decoder_input_ids": inputs.decoder_ids} if model.config.is_encoder_decoder else {}
    tokens = model.generate(inputs.ids, attention_mask=inputs.mask, max_new_tokens=STEPS + 1, do_sample=False, **extra)
    return tokens[:, -(STEPS + 1) :]


@torch.inference_mode()
def teacher_forced(model, inputs, tokens):
    """A Run over `inputs` and then STEPS tokens of `tokens`, one by one, with the cache."""
    if model.config.is_encoder_decoder:
        start = time.perf_counter()
        encoded = model.get_encoder()(input_ids=inputs.ids, attention_mask=inputs.mask)
        seconds = time.perf_counter() - start
        ids, mask = inputs.decoder_ids, torch.ones_like(inputs.decoder_ids)

        def step(ids, mask, cache):
            return model(
                encoder_outputs=encoded, attention_mask=inputs.mask, decoder_input_ids=ids, decoder_attention_mask=mask,
                past_key_values=cache, use_cache=True,
            )  # fmt: skip

    else:
        seconds = 0
        ids, mask = inputs.ids, inputs.mask

        def step(ids, mask, cache):
            # As generate does: the first token of each sequence is at position 0.
            positions = (mask.cumsum(1) - 1).clamp(min=0)[:, -ids.shape[1] :]
            extra = {"position_ids": positions} if model.config.model_type == "gpt2" else {}
            return model(input_ids=ids, attention_mask=mask, past_key_values=cache, use_cache=True, **extra)

    start = time.perf_counter()
    output = step(ids, mask, None)
    prefill_seconds = seconds + time.perf_counter() - start
    logits = [output.logits.float()[mask.bool()]]
    last = [output.logits[:, -1].float()]
    start = time.perf_counter()
    for i in range(STEPS):
        mask = torch.cat([mask, mask.new_ones(len(mask), 1)], 1)
        output = step(tokens[:, i : i + 1], mask, output.past_key_values)
        last.append(output.logits[:, -1].float())
    step_seconds = (time.perf_counter() - start) / STEPS
    last = torch.stack(last, 1)
    return Run(torch.cat(logits + [last[:, 1:].flatten(0, 1)]), last, prefill_seconds, step_seconds)


def with_kernels(model, cache):
    return use_kernels(copy.deepcopy(model), cache)


def measured(models, inputs, tokens):
    """A teacher_forced Run of each model, with the least times of five: the models take turns, as other programs on the machine
    disturb some more than others."""
    rounds = [[teacher_forced(model, inputs, tokens) for model in models] for _ in range(5)]
    return [
        dataclasses.replace(
            runs[0], prefill_seconds=min(r.prefill_seconds for r in runs), step_seconds=min(r.step_seconds for r in runs)
        )
        for runs in zip(*rounds)
    ]


def compare_float32(model, ours, inputs):
    """A dictionary: the stock model's and our Run; error: the largest difference of logits; tolerance; chosen: how many tokens were
    compared; close: how many of them were too close for the tolerance; same: whether the others agree; generated: whether those of
    `generate` agree before the first close one."""
    tokens = generate(model, inputs)
    stock, run = measured((model, ours), inputs, tokens)
    tolerance = TOLERANCE * max(1.0, stock.logits.abs().max().item())
    top = stock.last.topk(2).values
    clear = top[..., 0] - top[..., 1] > tolerance
    same = stock.last.argmax(-1) == run.last.argmax(-1)
    comparable = clear.cumprod(1).bool()
    return {
        "stock": stock,
        "ours": run,
        "error": (stock.logits - run.logits).abs().max().item(),
        "tolerance": tolerance,
        "chosen": clear.numel(),
        "close": int((~clear).sum()),
        "same": bool(same[clear].all()),
        "generated": bool((generate(ours, inputs) == tokens)[comparable].all()),
    }


def compare_narrow(model, dtype, inputs, cache):
    """Root mean square errors, in float16 or bfloat16, of the stock model and of ours."""
    narrow = copy.deepcopy(model).to(dtype)
    reference = copy.deepcopy(narrow).float()
    tokens = generate(reference, inputs)
    exact = teacher_forced(reference, inputs, tokens).logits
    runs = [teacher_forced(m, inputs, tokens) for m in (narrow, with_kernels(narrow, cache))]
    return [(run.logits - exact).pow(2).mean().sqrt().item() for run in runs]


def report_falcon(inputs):
    """Largest errors of logits of the stock Falcon-RW, float32, against itself with ALiBi built in float32: as it is, and with
    eager attention, which adds ALiBi twice: FalconModel.forward has merged it into the mask, and FalconAttention.forward
    adds both."""
    exact_model = cases.build("falcon-rw, 32 heads")
    with cases.exact_falcon_alibi():
        tokens = generate(exact_model, inputs)
        exact = teacher_forced(exact_model, inputs, tokens)
        eager_model = copy.deepcopy(exact_model)
        eager_model.config._attn_implementation = "eager"
        eager = teacher_forced(eager_model, inputs, tokens)
    stock = teacher_forced(exact_model, inputs, tokens)
    return [(run.logits - exact.logits).abs().max().item() for run in (stock, eager)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", default="camber_kernels", help="directory for compiled kernels (default: %(default)s)")
    parser.add_argument("--models", default="", help="only models whose name begins so, for example: bloom")
    parser.add_argument("--float32", action="store_true", help="float32 only")
    options = parser.parse_args()
    names = [name for name in cases.CASES if name.startswith(options.models)]
    if not names:
        parser.error("no model begins with %r; there are: %s" % (options.models, "; ".join(cases.CASES)))
    inputs = make_inputs()
    failures = 0
    print("model                dtype      error  tolerance  tokens            prefill ms     step ms")
    print("                                                  same (close)      stock  ours   stock  ours")
    for name in names:
        model = cases.build(name)
        with cases.exact_falcon_alibi():  # concerns no other model
            result = compare_float32(model, with_kernels(model, options.cache), inputs)
            good = result["error"] <= result["tolerance"] and result["same"] and result["generated"]
            failures += not good
            tokens = "%s of %d (%d)" % ("all" if result["same"] else "NOT ALL", result["chosen"], result["close"])
            seconds = [s for run in (result["stock"], result["ours"]) for s in (run.prefill_seconds, run.step_seconds)]
            print("%-20s float32  %.1e  %9.1e  %-15s %7.1f %5.1f %7.1f %5.1f%s" % (
                name, result["error"], result["tolerance"], tokens, 1e3 * seconds[0], 1e3 * seconds[2], 1e3 * seconds[1],
                1e3 * seconds[3], "" if good else "  FAILED"))  # fmt: skip
            for dtype in () if options.float32 else (torch.bfloat16, torch.float16):
                stock, ours = compare_narrow(model, dtype, inputs, options.cache)
                good = ours <= NO_WORSE * stock
                failures += not good
                print("%-20s %-8s %.2e  %9.2e%s" % (name, str(dtype)[6:], ours, NO_WORSE * stock, "" if good else "  FAILED"))
    if "falcon-rw, 32 heads" in names:
        print("\nstock falcon-rw in float32 is off by %.1e, with eager attention by %.1e" % tuple(report_falcon(inputs)))
    print("\npassed" if not failures else "\n%d FAILED" % failures)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
