# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Falcon-RW: causal ALiBi that is added before the scale. The forward of the attention module is replaced."""
from transformers.models.falcon.modeling_falcon import FalconAttention


class CamberFalconAttention(FalconAttention):
    """FalconAttention with its arithmetic between projections in a kernel. The tensor `alibi` is not used."""

    def forward(self, hidden_states, alibi, attention_mask, layer_past=None, **_):
        query, key, value = (x.transpose(1, 2) for x in self._split_heads(self.query_key_value(hidden_states)))
        if layer_past is not None:
            key, value = layer_past.update(key, value, self.layer_idx)
        return self.dense(self.kernels(query, key, value, attention_mask).flatten(2)), None


def replace_attention(model, kernels):
    if not model.config.alibi:
        raise ValueError("only Falcon with alibi=True (Falcon-RW) has an adapter: others use rotary positions")
    for module in model.modules():
        if isinstance(module, FalconAttention):
            # With the new decoder architecture _split_heads repeats keys and values for all heads.
            kv_heads = module.num_heads if module.new_decoder_architecture else module.num_kv_heads
            shape = ["--heads=%d" % module.num_heads, "--kv-heads=%d" % kv_heads, "--head-dim=%d" % module.head_dim]
            kernels(module, ["--bias=alibi", "--order=bias,scale", "--causal", *shape])
            module.__class__ = CamberFalconAttention
