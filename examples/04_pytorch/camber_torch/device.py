# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Calls kernels on NVIDIA GPUs through include/camber/Runtime/device.h, in PyTorch's context and on its current stream."""
import ctypes
import functools
import os
import shutil
import threading
from pathlib import Path

import torch

from . import abi

_lock = threading.Lock()
_opened = {}  # camber_device_kernel pointers by (kernel handle, device number)


class DeviceError(Exception):
    """The runtime library is not there, or refuses; the message says why."""


@functools.cache
def _runtime():
    """libcamber_runtime.so: $CAMBER_RUNTIME, or that of the build which camber-compile on the PATH is from."""
    path = os.environ.get("CAMBER_RUNTIME")
    compiler = shutil.which("camber-compile")
    if path is None and compiler is not None:
        path = str(Path(compiler).resolve().parent.parent / "lib" / "libcamber_runtime.so")
    try:
        return abi.device_functions(ctypes.CDLL(path or "libcamber_runtime.so"))
    except OSError as error:
        raise DeviceError("cannot load libcamber_runtime.so: %s; set CAMBER_RUNTIME to its path" % error) from error


def _succeed(library, status):
    if status != abi.OK:
        raise DeviceError("%s: %s (status %d)" % (abi.describe(status), library.camber_device_error().decode(), status))


def open_kernel(kernel, number):
    """The camber_device_kernel of `kernel` on CUDA device `number`, opened once per process."""
    library = _runtime()
    with _lock:
        pointer = _opened.get((kernel.handle, number))
        if pointer is None:
            pointer = ctypes.c_void_p()
            directory, name = os.fsencode(kernel.directory), kernel.name.encode()
            _succeed(library, library.camber_device_open(directory, name, number, ctypes.byref(pointer)))
            _opened[kernel.handle, number] = pointer
        return pointer


def run(kernel, args, device):
    """Launches a call whose argument struct is `args` on the current stream of a torch.device; returns at once."""
    library = _runtime()
    opened = open_kernel(kernel, device.index)
    address = ctypes.addressof(args)
    size = ctypes.c_uint64()
    _succeed(library, library.camber_device_workspace(opened, address, ctypes.byref(size)))
    # Freed when this function returns, for use after this call on the same stream: PyTorch's allocator keeps that order.
    workspace = torch.empty(size.value, dtype=torch.uint8, device=device)
    stream = torch.cuda.current_stream(device).cuda_stream
    _succeed(library, library.camber_device_run(opened, address, workspace.data_ptr(), size.value, stream))
