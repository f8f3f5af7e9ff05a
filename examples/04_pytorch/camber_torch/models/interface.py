# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What all models share: key ranges in place of masks, and the attention function "camber" of transformers' registry.

transformers makes one mask per forward pass, by the function that is registered for the model's attention, and hands it
to every layer. Ours makes two integers per sequence instead of a matrix.
"""
import torch
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.masking_utils import bidirectional_mask_function, causal_mask_function

from ..ops import attention

NAME = "camber"


class KeyRanges:
    """The keys that exist: begin[b] <= j < end[b], int32 [batch]. Stands where models expect a mask."""

    ndim = 1  # FalconModel.forward merges ALiBi into masks of 4 dimensions

    def __init__(self, begin, end):
        self.begin, self.end = begin, end

    def to(self, _):
        """MptModel.forward converts its mask to bool."""
        return self


def key_ranges(batch_size, q_length, kv_length, mask_function, attention_mask=None, q_offset=0, device=None, **_):
    """A mask function of transformers (AttentionMaskInterface): KeyRanges of a padding mask, bool [batch, keys].

    Raises ValueError for padding inside a sequence and for masks other than causal and bidirectional.
    """
    if mask_function not in (causal_mask_function, bidirectional_mask_function):
        raise ValueError("Camber's adapters know causal and bidirectional masks only, not sliding, packed or composed ones")
    # Causal kernels take the last key for the last query's position, so the range ends there even where padding follows
    # it: only padding sees that.
    last = q_offset + q_length if mask_function is causal_mask_function else kv_length
    begin = torch.zeros(batch_size, dtype=torch.int32, device=device)
    end = torch.full((batch_size,), int(last), dtype=torch.int32, device=device)
    if attention_mask is None:
        return KeyRanges(begin, end)
    exists = attention_mask.bool()
    starts = exists[:, 0].int() + (exists[:, 1:] & ~exists[:, :-1]).sum(1)
    if (starts > 1).any():
        raise ValueError("the attention mask has padding inside a sequence; Camber's kernels take it at the ends only")
    begin = exists.int().argmax(1).int()
    if mask_function is bidirectional_mask_function:
        end = begin + exists.sum(1, dtype=torch.int32)
    return KeyRanges(begin, end)


class AttentionKernels:
    """The kernels of an attention module.

    prefill, decode   Kernel for any number of queries, and for one query
    constants         operands that are the same in each call, by name
    """

    def __init__(self, prefill, decode, constants):
        self.prefill, self.decode, self.constants = prefill, decode, constants

    def __call__(self, query, key, value, ranges):
        """query [batch, heads, q_len, head_dim], key and value [batch, kv_heads, kv_len, head_dim], ranges KeyRanges.

        Returns [batch, q_len, heads, head_dim], dense.
        """
        if not isinstance(ranges, KeyRanges):
            raise ValueError("a mask of %s has replaced the key ranges; pass attention_mask [batch, keys]" % type(ranges).__name__)
        kernel = self.decode if query.shape[2] == 1 else self.prefill
        operands = {"key_begin": ranges.begin, "key_end": ranges.end, **self.constants}
        if kernel.contract["positions"] == "offsets":  # encoders: queries are at their place in the tensor, whatever the padding
            operands["query_offset"] = torch.zeros_like(ranges.begin)
        return attention(kernel, query, key, value, **operands).transpose(1, 2)


def attention_forward(module, query, key, value, attention_mask, **_):
    """An attention function of transformers (AttentionInterface), of modules that use_kernels has given kernels."""
    return module.kernels(query, key, value, attention_mask), None


def refuse_weights(module, args, kwargs):
    """A hook before the forward of a model."""
    if kwargs.get("output_attentions"):
        raise ValueError("Camber's kernels never hold attention weights: output_attentions=True needs the stock attention")


AttentionInterface.register(NAME, attention_forward)
AttentionMaskInterface.register(NAME, key_ranges)
