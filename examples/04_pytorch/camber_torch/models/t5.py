# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""T5: bucketed relative bias in self-attention, none in cross-attention, through transformers' registry.

The registry hands over the bias as a matrix [1, heads, q_len, kv_len]; so that it is not even built, the module's forward
is told that it is there already.
"""
import torch
from transformers.models.t5.modeling_t5 import T5Attention, T5Stack

NO_MATRIX = torch.empty(0)


class CamberT5Attention(T5Attention):
    """T5Attention whose kernels look up the bias in the table of the stack's first layer."""

    def forward(self, hidden_states, mask=None, key_value_states=None, position_bias=None, past_key_values=None, **kwargs):
        return super().forward(hidden_states, mask, key_value_states, NO_MATRIX, past_key_values, **kwargs)


def replace_attention(model, kernels):
    for stack in model.modules():
        if isinstance(stack, T5Stack):
            _replace_in_stack(stack, kernels)


def _replace_in_stack(stack, kernels):
    config = stack.config
    shape = ["--heads=%d" % config.num_heads, "--head-dim=%d" % config.d_kv]
    buckets = ["--t5-buckets=%d" % config.relative_attention_num_buckets]
    buckets.append("--t5-max-distance=%d" % config.relative_attention_max_distance)
    # Causal kernels count positions from the last key. In an encoder the padding may be on the right.
    sides = ["--causal"] if stack.is_decoder else ["--bidirectional", "--positions=offsets"]
    # Kernels add the bias in float32 whatever the storage.
    table = stack.block[0].layer[0].SelfAttention.relative_attention_bias.weight.detach().float()
    for block in stack.block:
        self_attention = block.layer[0].SelfAttention
        kernels(self_attention, ["--bias=t5", *sides, *shape, *buckets], decode=stack.is_decoder, table=table)
        self_attention.__class__ = CamberT5Attention
        if stack.is_decoder:
            cross_attention = block.layer[1].EncDecAttention
            kernels(cross_attention, ["--bias=none", "--scale=1", *shape])
            cross_attention.__class__ = CamberT5Attention
