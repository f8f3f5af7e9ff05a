# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Camber's kernels in PyTorch: load a bundle, call its kernels on tensors, put them into models of transformers (camber_torch.models)."""
from .bundle import Bundle, BundleError, Kernel
from .compiler import compile_kernel
from .ops import KernelError, attention

__all__ = ["Bundle", "BundleError", "Kernel", "KernelError", "attention", "compile_kernel"]
