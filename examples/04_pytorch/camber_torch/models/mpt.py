# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""MPT: causal ALiBi. Its attention goes through no registry, so the forward of the module is replaced."""
from transformers.models.mpt.modeling_mpt import MptAttention


class CamberMptAttention(MptAttention):
    """MptAttention with its arithmetic between projections in a kernel. The tensor `position_bias` is not used."""

    def forward(self, hidden_states, position_bias, past_key_values=None, attention_mask=None, **_):
        mixed = self.Wqkv(hidden_states)
        if self.clip_qkv:
            mixed = mixed.clamp(min=-self.clip_qkv, max=self.clip_qkv)
        query, key, value = mixed.unflatten(2, (3, self.n_heads, self.head_dim)).permute(2, 0, 3, 1, 4)
        if past_key_values is not None:
            key, value = past_key_values.update(key, value, self.layer_idx)
        return self.out_proj(self.kernels(query, key, value, attention_mask).flatten(2)), None


def replace_attention(model, kernels):
    for module in model.modules():
        if isinstance(module, MptAttention):
            # MptModel.forward builds ALiBi with bias_max 8 whatever the config's attn_config says.
            shape = ["--heads=%d" % module.n_heads, "--head-dim=%d" % module.head_dim, "--scale=%r" % module.softmax_scale]
            kernels(module, ["--bias=alibi", "--causal", *shape])
            module.__class__ = CamberMptAttention
