# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The models that are compared: true head counts, small widths, random weights from the config."""
import contextlib
from unittest import mock

import torch
import transformers
from transformers.models.bloom import modeling_bloom
from transformers.models.falcon import modeling_falcon

VOCABULARY = 512
# Larger than the configs' default of 0.02, with which the scores of small models are so close to 0 that attention hardly
# depends on them.
WEIGHTS = 0.15


def bloom(heads):
    config = transformers.BloomConfig(
        vocab_size=VOCABULARY, hidden_size=16 * heads, n_layer=2, n_head=heads, initializer_range=WEIGHTS
    )
    return transformers.BloomForCausalLM(config)


def mpt(heads):
    config = transformers.MptConfig(
        vocab_size=VOCABULARY, d_model=16 * heads, n_layers=2, n_heads=heads, max_seq_len=512, initializer_range=WEIGHTS
    )
    return transformers.MptForCausalLM(config)


def falcon_rw(implementation="sdpa"):
    config = transformers.FalconConfig(
        vocab_size=VOCABULARY, hidden_size=512, num_hidden_layers=2, num_attention_heads=32, initializer_range=WEIGHTS,
        alibi=True, bias=True, multi_query=False, parallel_attn=False, attn_implementation=implementation,
    )  # fmt: skip
    return transformers.FalconForCausalLM(config)


def gpt2():
    config = transformers.GPT2Config(
        vocab_size=VOCABULARY, n_embd=192, n_layer=2, n_head=12, n_positions=256, initializer_range=WEIGHTS,
        bos_token_id=None, eos_token_id=None,
    )  # fmt: skip
    return transformers.GPT2LMHeadModel(config)


def t5():
    config = transformers.T5Config(
        vocab_size=VOCABULARY, d_model=192, d_kv=16, d_ff=384, num_layers=2, num_heads=12, decoder_start_token_id=0
    )
    return transformers.T5ForConditionalGeneration(config)


CASES = {
    "bloom, 8 heads": lambda: bloom(8),
    "bloom, 12 heads": lambda: bloom(12),
    "bloom, 32 heads": lambda: bloom(32),
    "mpt, 12 heads": lambda: mpt(12),
    "mpt, 32 heads": lambda: mpt(32),
    "falcon-rw, 32 heads": falcon_rw,
    "gpt2, 12 heads": gpt2,
    "t5, 12 heads": t5,
}


def build(name):
    """The model of a case, for inference: the same weights each time."""
    torch.manual_seed(0)
    model = CASES[name]().eval()
    # Greedy tokens of a fixed number.
    model.generation_config.eos_token_id = None
    model.generation_config.pad_token_id = 0
    return model


@contextlib.contextmanager
def exact_falcon_alibi():
    """Within it, Falcon builds its ALiBi in float32, by the function of the same name of BLOOM, instead of in bfloat16."""
    with mock.patch.object(modeling_falcon, "build_alibi_tensor", modeling_bloom.build_alibi_tensor):
        yield
