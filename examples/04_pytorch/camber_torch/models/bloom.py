# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""BLOOM: causal ALiBi. Its attention goes through no registry, so the forward of the module is replaced."""
from transformers.models.bloom.modeling_bloom import BloomAttention, dropout_add


class CamberBloomAttention(BloomAttention):
    """BloomAttention with its arithmetic between projections in a kernel. The tensor `alibi` is not used."""

    def forward(self, hidden_states, residual, alibi, attention_mask, layer_past=None, **_):
        query, key, value = self._reshape(self.query_key_value(hidden_states))
        if layer_past is not None:
            key, value = layer_past.update(key, value, self.layer_idx)
        context = self.kernels(query, key, value, attention_mask).flatten(2)
        return dropout_add(self.dense(context), residual, self.hidden_dropout, self.training), None


def replace_attention(model, kernels):
    for module in model.modules():
        if isinstance(module, BloomAttention):
            kernels(module, ["--bias=alibi", "--causal", "--heads=%d" % module.num_heads, "--head-dim=%d" % module.head_dim])
            module.__class__ = CamberBloomAttention
