# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Puts Camber's kernels into models of Hugging Face transformers, for inference.

A file here per model, named as its config's model_type, with one function:

    replace_attention(model, kernels)    gives each attention module of `model` its kernels; `kernels(module, flags,
                                         decode=True, **constants)` compiles and attaches them
"""
import functools
import importlib
import importlib.util

from transformers import PreTrainedModel

from ..compiler import DTYPE_FLAGS, compile_kernel
from . import interface

__all__ = ["use_kernels"]


def use_kernels(model, cache):
    """Replaces the attention of `model` (a PreTrainedModel), which is changed and returned. There is no way back.

    cache    directory for compiled kernels

    The kernels are those for the model's device and dtype (float32, float16, bfloat16), head counts and position bias, for any lengths
    and batches, and key ranges in place of a padding mask. Padding must be on one or both sides of a sequence, not inside
    it. Attention weights cannot be output, and there are no gradients.
    Raises ValueError for a model or dtype that there is no adapter for, BundleError where a kernel does not compile.
    """
    name = model.config.model_type
    if not name.isidentifier() or importlib.util.find_spec("%s.%s" % (__name__, name)) is None:
        raise ValueError("there is no adapter for model type %r; add %s/%s.py" % (name, __path__[0], name))
    dtype = str(model.dtype).removeprefix("torch.")
    if dtype not in DTYPE_FLAGS:
        raise ValueError("there are no kernels for %s; convert the model to one of %s" % (dtype, ", ".join(DTYPE_FLAGS)))
    adapter = importlib.import_module("%s.%s" % (__name__, name))
    common = ["--dtype=" + DTYPE_FLAGS[dtype], "--key-ranges", "--no-lse"]
    if model.device.type == "cuda":
        common.append("--target=native,sm_80,sm_90")  # newer devices compile the PTX of the last that they can run
    adapter.replace_attention(model, functools.partial(_attach, name, common, cache))
    for module in model.modules():  # encoder and decoder have configs of their own
        if isinstance(module, PreTrainedModel):
            module.config._attn_implementation = interface.NAME
            module.register_forward_pre_hook(interface.refuse_weights, with_kwargs=True)
    return model


def _attach(model_name, common, cache, module, flags, decode=True, **constants):
    """Compiles the kernels for an attention module and makes them its `kernels`.

    flags       what they compute, for camber-compile
    decode      whether the module is called with single queries, for which a kernel of its own is much faster
    constants   operands that are the same in each call
    """
    flags = common + flags
    prefill = compile_kernel(model_name, flags, cache)
    single = compile_kernel(model_name + "_decode", flags + ["--q-len=1"], cache) if decode else prefill
    module.kernels = interface.AttentionKernels(prefill, single, constants)
