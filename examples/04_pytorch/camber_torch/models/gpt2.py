# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""GPT-2: causal, without a position bias, through transformers' registry of attention functions."""
from transformers.models.gpt2.modeling_gpt2 import GPT2Attention


def replace_attention(model, kernels):
    for module in model.modules():
        if isinstance(module, GPT2Attention):
            if module.is_cross_attention:
                raise ValueError("there is no adapter for GPT-2 with cross-attention")
            # The scale is the module's: with scale_attn_by_inverse_layer_idx each layer has its own.
            shape = ["--heads=%d" % module.num_heads, "--head-dim=%d" % module.head_dim, "--scale=%r" % module.scaling]
            kernels(module, ["--bias=none", "--causal", *shape])
