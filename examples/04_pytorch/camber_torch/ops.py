# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The operator camber::attention: the kernels of bundles as PyTorch sees them.

Nothing is copied: the kernels read strided tensors where they lie, and write a fresh output. Python threads run the tasks
of a kernel; ctypes lets go of the interpreter's lock while one runs.
"""
import concurrent.futures
import ctypes
import itertools
import os
import threading

import torch

from . import abi, device
from .bundle import KERNELS

DTYPES = {"f32": torch.float32, "f16": torch.float16, "bf16": torch.bfloat16, "i32": torch.int32}

# Calls of fewer floating-point operations run on the calling thread: at some 30 GFLOP/s they take under a millisecond, of
# which waking another thread would cost a tenth.
SERIAL_OPERATIONS = 2e7


class KernelError(RuntimeError):
    """A kernel refused a call; the message says which and why."""


def attention(kernel, query, key, value, **operands):
    """Runs `kernel` (a bundle.Kernel) on tensors of any strides whose head dimension has stride 1.

    query            [batch, heads, q_len, head_dim], of the kernel's storage type, as are key and value
    key, value       [batch, kv_heads, kv_len, head_dim]
    operands         the kernel's other inputs by their names in the manifest. Left out, key_begin is 0, key_end kv_len,
                     and key_offset 0 for each batch. Batches are int32.

    Returns the output, [batch, heads, q_len, head_dim] as a view of dense [batch, q_len, heads, head_dim], so that merging
    the heads copies nothing; of a kernel with --lse, (output, lse) with lse float32 [batch, heads, q_len].
    Has no gradient. Raises TypeError for a wrong dtype or missing operand, ValueError for a wrong shape, stride or device,
    KernelError where the kernel refuses the call.
    """
    rest = []
    for operand in kernel.inputs[3:]:
        name = operand["name"]
        if name in operands:
            rest.append(operands.pop(name))
        elif operand["role"] in ("key_begin", "key_offset"):
            rest.append(torch.zeros(key.shape[0], dtype=torch.int32, device=key.device))
        elif operand["role"] == "key_end":
            rest.append(torch.full((key.shape[0],), key.shape[2], dtype=torch.int32, device=key.device))
        else:
            raise TypeError("kernel %s needs the operand %s %s" % (kernel.name, name, operand["dims"]))
    if operands:
        raise TypeError("kernel %s has no operand %s" % (kernel.name, ", ".join(sorted(operands))))
    output, lse = torch.ops.camber.attention(kernel.handle, query, key, value, rest)
    return (output, lse) if "lse" in kernel.output_index else output


@torch.library.custom_op("camber::attention", mutates_args=(), device_types="cpu")
def _attention_cpu(
    kernel: str, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, operands: list[torch.Tensor]
) -> tuple[torch.Tensor, torch.Tensor]:
    kernel = _find(kernel)
    if kernel.run is None:
        raise ValueError("kernel %s has code for devices only; compile it with a CPU among its --target" % kernel.name)
    inputs, sizes, outputs = _check(kernel, query, key, value, operands)
    args = _arguments(kernel, inputs, sizes, outputs)
    batch, q_len, kv_len = sizes
    operations = 4 * batch * kernel.contract["heads"] * q_len * kv_len * kernel.contract["head_dim"]
    threads = torch.get_num_threads() if operations >= SERIAL_OPERATIONS else 1
    plan = abi.new_plan()
    _succeed(kernel, kernel.plan(ctypes.addressof(args), threads, ctypes.addressof(plan)))
    _run_phases(kernel, args, plan, threads)
    return outputs["output"], outputs["lse"]


@_attention_cpu.register_kernel("cuda")
def _attention_cuda(kernel, query, key, value, operands):
    kernel = _find(kernel)
    inputs, sizes, outputs = _check(kernel, query, key, value, operands)
    args = _arguments(kernel, inputs, sizes, outputs)
    try:
        device.run(kernel, args, query.device)
    except device.DeviceError as error:
        raise KernelError("kernel %s: %s" % (kernel.name, error)) from error
    return outputs["output"], outputs["lse"]


@_attention_cpu.register_fake
def _attention_meta(kernel, query, key, value, operands):
    outputs = _check(_find(kernel), query, key, value, operands)[2]
    return outputs["output"], outputs["lse"]


def _find(handle):
    if handle not in KERNELS:
        raise ValueError("no kernel %s is loaded in this process; load its bundle with camber_torch.Bundle" % handle)
    return KERNELS[handle]


def _check(kernel, query, key, value, operands):
    """(inputs in order, (batch, q_len, kv_len), outputs by role) of a call whose dtypes, shapes, strides and devices fit."""
    inputs = [query, key, value, *operands]
    if len(inputs) != len(kernel.inputs):
        names = ", ".join(o["name"] for o in kernel.inputs)
        raise TypeError("kernel %s has %d inputs (%s), not %d" % (kernel.name, len(kernel.inputs), names, len(inputs)))
    if query.dim() != 4 or key.dim() != 4:
        raise ValueError(
            "kernel %s: query and key have 4 dimensions (batch, head, position, head dimension), not %d and %d"
            % (kernel.name, query.dim(), key.dim())
        )
    sizes = {"batch": query.shape[0], "q_len": query.shape[2], "kv_len": key.shape[2]}
    sizes["key_blocks"] = (sizes["kv_len"] + 63) // 64
    for operand, tensor in zip(kernel.inputs, inputs):
        _check_operand(kernel, operand, tensor, [sizes.get(d, d) for d in operand["dims"]], query.device)
    limit_words = {"static": "exact", "bounded": "at most"}
    for length in ("q_len", "kv_len"):
        limit = kernel.contract[length]
        fits = {"static": sizes[length] == limit.get("value"), "bounded": sizes[length] <= limit.get("value", 0), "dynamic": True}
        if not fits[limit["kind"]]:
            raise ValueError(
                "kernel %s was compiled for %s %s %d, not %d (--%s)"
                % (kernel.name, length, limit_words[limit["kind"]], limit["value"], sizes[length], length.replace("_", "-"))
            )
    heads, head_dim = kernel.contract["heads"], kernel.contract["head_dim"]
    shape = (sizes["batch"], sizes["q_len"], heads, head_dim)
    outputs = {"output": query.new_empty(shape).transpose(1, 2)}
    lse_shape = (sizes["batch"], heads, sizes["q_len"]) if "lse" in kernel.output_index else (0,)
    outputs["lse"] = query.new_empty(lse_shape, dtype=torch.float32)
    return inputs, (sizes["batch"], sizes["q_len"], sizes["kv_len"]), outputs


def _check_operand(kernel, operand, tensor, shape, device):
    what = "kernel %s: %s" % (kernel.name, operand["name"])
    if tensor.dtype != DTYPES[operand["element"]]:
        raise TypeError("%s is %s, not %s" % (what, DTYPES[operand["element"]], tensor.dtype))
    if tensor.layout != torch.strided:
        raise TypeError("%s is %s; only strided tensors are taken" % (what, tensor.layout))
    if tensor.device != device:
        raise ValueError("%s is on %s, but query is on %s; move it there" % (what, tensor.device, device))
    if list(tensor.shape) != shape:
        raise ValueError("%s has shape %s, that is %s, not %s" % (what, operand["dims"], shape, list(tensor.shape)))
    if operand["role"] in ("query", "key", "value") and tensor.shape[-1] > 1 and tensor.stride(-1) != 1:
        raise ValueError(
            "%s has stride %d in its head dimension, not 1; lay it out so, or call .contiguous()" % (what, tensor.stride(-1))
        )


def _arguments(kernel, inputs, sizes, outputs):
    """The argument struct of a call."""
    args = abi.new_args(kernel.args_type, kernel.contract["storage"], inputs[0].device.type, *sizes)
    written = [outputs[role] for role in kernel.output_index]
    for index, tensor in zip([*kernel.input_index, *kernel.output_index.values()], [*inputs, *written]):
        operand = args.operands[index]
        operand.data = tensor.data_ptr()
        operand.strides[: tensor.dim()] = tensor.stride()
    return args


def _succeed(kernel, status):
    if status != abi.OK:
        raise KernelError("kernel %s: %s (status %d)" % (kernel.name, abi.describe(status), status))


class _Scratch(threading.local):
    """This thread's workspaces. They grow, and are kept: to fetch fresh memory for each call costs a page fault per page."""

    def __init__(self):
        self.buffers = {}

    def address(self, kind, size):
        """Of `size` bytes, aligned to 64; valid until the next call with the same kind on this thread."""
        buffer = self.buffers.get(kind)
        if buffer is None or buffer.numel() < size:
            # Zeros, for the counters that a thread workspace begins with; PyTorch aligns to 64 bytes.
            buffer = self.buffers[kind] = torch.zeros(max(size, 64), dtype=torch.uint8, device="cpu")
        return buffer.data_ptr()


_scratch = _Scratch()
_pool = None


def _new_pool():
    global _pool
    _pool = concurrent.futures.ThreadPoolExecutor(max_workers=os.cpu_count(), thread_name_prefix="camber")


_new_pool()
os.register_at_fork(after_in_child=_new_pool)  # threads do not survive a fork


def _run_phases(kernel, args, plan, threads):
    """Runs all tasks of a planned call on the calling thread and up to threads - 1 of the pool's."""
    args_address, plan_address = ctypes.addressof(args), ctypes.addressof(plan)
    shared = _scratch.address("shared", plan.shared_workspace_bytes)
    for phase in range(abi.NUM_PHASES):
        tasks = plan.tasks[phase]
        numbers = itertools.count()  # its next() is atomic

        def work(step):
            own = _scratch.address("thread", plan.thread_workspace_bytes)
            while (task := next(numbers) * step) < tasks:
                status = kernel.run(args_address, plan_address, phase, task, min(task + step, tasks), shared, own)
                if status != abi.OK:
                    return status
            return abi.OK

        helpers = min(threads, tasks) - 1
        if helpers < 1:
            _succeed(kernel, work(max(tasks, 1)))
            continue
        futures = [_pool.submit(work, 1) for _ in range(helpers)]
        status = work(1)
        # A helper that has not begun has nothing left to do: other callers may be keeping the pool busy.
        results = [status] + [future.result() for future in futures if not future.cancel()]
        _succeed(kernel, max(results))
