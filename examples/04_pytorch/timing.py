# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Times a model of BLOOM-560m's shapes (float32, random weights) end to end with three kinds of attention.

eager    transformers' own, the only one that it has for BLOOM
sdpa     torch.nn.functional.scaled_dot_product_attention, with ALiBi and the causal mask as one mask, made once per pass
camber   Camber's kernel

All three run on the same weights in turn; the best of several passes is reported. "In attention" is the time between the
projections of queries, keys and values and that of the output: the cache's included, the mask's not.
With --threads=1 it is processor time that is reported, which other programs on the machine disturb less.
"""
import argparse
import os
import time

os.environ.setdefault("HF_HUB_OFFLINE", "1")  # nothing is downloaded: weights are random

import torch  # noqa: E402
import transformers  # noqa: E402
from transformers.models.bloom.modeling_bloom import BloomAttention, dropout_add  # noqa: E402

from camber_torch.models import interface, use_kernels  # noqa: E402
from camber_torch.models.bloom import CamberBloomAttention  # noqa: E402


class SdpaBloomAttention(BloomAttention):
    """BloomAttention through PyTorch's fused operator, which takes ALiBi as a mask, [batch, heads, q_len, kv_len]."""

    mask = None  # of the pass in progress, for all layers

    def forward(self, hidden_states, residual, alibi, attention_mask, layer_past=None, **_):
        query, key, value = self._reshape(self.query_key_value(hidden_states))
        if layer_past is not None:
            key, value = layer_past.update(key, value, self.layer_idx)
        if self.layer_idx == 0:
            mask = alibi.view(query.shape[0], self.num_heads, 1, -1)
            SdpaBloomAttention.mask = mask if attention_mask is None else mask + attention_mask
        context = torch.nn.functional.scaled_dot_product_attention(query, key, value, attn_mask=SdpaBloomAttention.mask)
        context = context.transpose(1, 2).flatten(2)
        return dropout_add(self.dense(context), residual, self.hidden_dropout, self.training), None


KINDS = {"eager": BloomAttention, "sdpa": SdpaBloomAttention, "camber": CamberBloomAttention}


class Stopwatch:
    """Adds up, over the attention modules of a model, the seconds from the end of query_key_value to the start of dense."""

    def __init__(self, attentions, clock):
        self.seconds = 0.0
        self.clock = clock
        for module in attentions:
            module.query_key_value.register_forward_hook(self._start)
            module.dense.register_forward_pre_hook(self._stop)

    def _start(self, *_):
        self.started = self.clock()

    def _stop(self, *_):
        self.seconds += self.clock() - self.started


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", default="camber_kernels", help="directory for compiled kernels (default: %(default)s)")
    parser.add_argument("--layers", type=int, default=24, help="layers; BLOOM-560m has %(default)s (default)")
    parser.add_argument("--tokens", type=int, default=512, help="length of the prefill (default: %(default)s)")
    parser.add_argument("--repeats", type=int, default=5, help="passes of each kind (default: %(default)s)")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads(), help="threads (default: PyTorch's)")
    parser.add_argument("--steps", type=int, default=8, help="cached steps after each prefill (default: %(default)s)")
    options = parser.parse_args()

    torch.set_num_threads(options.threads)
    clock = time.thread_time if options.threads == 1 else time.perf_counter
    torch.manual_seed(0)
    config = transformers.BloomConfig(vocab_size=250880, hidden_size=1024, n_layer=options.layers, n_head=16)
    model = transformers.BloomForCausalLM(config).eval()
    use_kernels(model, options.cache)
    attentions = [block.self_attention for block in model.transformer.h]
    stopwatch = Stopwatch(attentions, clock)
    ids = torch.randint(0, config.vocab_size, (1, options.tokens))

    def switch(kind):
        for module in attentions:
            module.__class__ = KINDS[kind]
        # SDPA adds ALiBi to the mask that eager attention gets, so that mask has to be numbers too.
        model.config._attn_implementation = interface.NAME if kind == "camber" else "eager"

    @torch.inference_mode()
    def measure():
        """(prefill seconds, seconds of it in attention, seconds of a step, last logits)"""
        stopwatch.seconds = 0.0
        start = clock()
        output = model(input_ids=ids, use_cache=True, logits_to_keep=1)
        prefill, inside = clock() - start, stopwatch.seconds
        start = clock()
        for _ in range(options.steps):
            output = model(input_ids=ids[:, :1], past_key_values=output.past_key_values, use_cache=True)
        return prefill, inside, (clock() - start) / max(options.steps, 1), output.logits

    runs = {kind: [] for kind in KINDS}
    for repeat in range(options.repeats + 1):
        for kind in KINDS:
            switch(kind)
            run = measure()
            if repeat:  # the first pass of a kind is slower
                runs[kind].append(run)

    print("BLOOM-560m shapes, %d of 24 layers, prefill of %d tokens, float32, %d threads, best of %d"
          % (options.layers, options.tokens, torch.get_num_threads(), options.repeats))  # fmt: skip
    print("attention   prefill ms  in attention ms  step ms  prefill against eager")
    best = {kind: [min(r[i] for r in runs[kind]) for i in range(3)] for kind in KINDS}
    for kind, (prefill, inside, step) in best.items():
        print("%-10s %11.0f %16.1f %8.1f %21.2fx"
              % (kind, 1e3 * prefill, 1e3 * inside, 1e3 * step, best["eager"][0] / prefill))  # fmt: skip
    exact = runs["eager"][0][3]
    difference = max((runs[kind][0][3] - exact).abs().max().item() for kind in KINDS)
    print("largest difference of the last logits: %.1e of %.1e" % (difference, exact.abs().max().item()))


if __name__ == "__main__":
    main()
