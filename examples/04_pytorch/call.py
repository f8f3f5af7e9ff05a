# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Calls the kernel of the bundle in directory argv[1], causal ALiBi with 8 heads of 64, and compares with PyTorch's operator."""
import sys

import torch

from camber_torch import Bundle, attention

if len(sys.argv) != 2:
    sys.exit("usage: call.py BUNDLE")
kernel = Bundle(sys.argv[1]).kernel()

# Queries, keys and values as one projection makes them: views, each with its own strides. The kernel reads them in place.
torch.manual_seed(0)
projected = torch.randn(2, 300, 3, 8, 64)
query, key, value = projected.permute(2, 0, 3, 1, 4)
output = attention(kernel, query, key, value)

slopes = 2.0 ** -torch.arange(1.0, 9.0)
distance = torch.arange(300) - torch.arange(300)[:, None]
bias = (slopes[:, None, None] * distance).masked_fill(distance > 0, -torch.inf)
expected = torch.nn.functional.scaled_dot_product_attention(query, key, value, attn_mask=bias)
print("largest difference %.1e" % (output - expected).abs().max())

# Sequences of 300 and 120 keys, padded on the left: two numbers per sequence in place of a mask.
begin = torch.tensor([0, 180], dtype=torch.int32)
padded = attention(kernel, query, key, value, key_begin=begin)
alone = attention(kernel, query[1:, :, 180:], key[1:, :, 180:], value[1:, :, 180:])
print("padded and alone differ by %.1e" % (padded[1, :, 180:] - alone[0]).abs().max())

try:
    attention(kernel, query.half(), key, value)
except TypeError as error:
    print(error)
