# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The C interface of include/camber/Runtime/abi.h, and of device.h beside it, as ctypes sees it.

This file alone knows the layout of the structs. Where abi.h changes, it changes, and nothing else here does.
"""
import ctypes
from ctypes import POINTER, c_char_p, c_int32, c_int64, c_uint32, c_uint64, c_void_p

ABI_VERSION = 2
ELEMENTS = {"f32": 0, "f16": 1, "bf16": 2}  # camber_element, by storage type of the manifest
DEVICES = {"cpu": 0, "cuda": 1}  # by type of torch.device
MAX_RANK = 4
NUM_PHASES = 3

# What K_plan, K_run and the functions of device.h return, by number.
OK = 0
STATUS = (
    "ok",
    "a pointer to the arguments, the plan or a workspace is missing",
    "the argument struct has another size than the kernel's: header and library are of different compilations",
    "the library was built for another ABI version",
    "this processor lacks the instructions of every target in the bundle; compile it for this one (--target=native)",
    "the number of threads is less than 1",
    "the batch is negative or 2^31 or more",
    "q_len is not what the kernel was compiled for (--q-len), negative, or 2^24 or more",
    "kv_len is not what the kernel was compiled for (--kv-len), negative, or 2^24 or more",
    "an operand that is not empty has no data",
    "data is not aligned: to the element size; on a device, q, k, v and o and their strides to 16 bytes",
    "a stride is negative or too large, or elements of an output lie on one another",
    "the head dimension of query, key, value or output is not contiguous (stride 1)",
    "an output overlaps an input or the other output",
    "not 0 <= key_begin <= key_end <= kv_len for some batch",
    "a position is 2^24 or more, or -2^24 or less",
    "there is no such phase",
    "there are no such tasks in this phase",
    "a workspace is not aligned to 64 bytes",
    "the plan was made for other sizes or by another kernel",
    "the workspace cannot be allocated or is too small",
    "there is no CUDA driver or device, or it refuses",
    "the bundle cannot be read",
    "the kernel is for another storage type",
    "the operands lie in memory that this code cannot read",
    "there is no such kernel in the family",
)


class Tensor(ctypes.Structure):
    """camber_tensor. Strides count elements."""

    _fields_ = [("data", c_void_p), ("strides", c_int64 * MAX_RANK)]


class ArgsHeader(ctypes.Structure):
    """camber_args_header."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("abi_version", c_uint32),
        ("element", c_int32),
        ("device", c_int32),
        ("batch", c_int64),
        ("q_len", c_int64),
        ("kv_len", c_int64),
    ]


class Plan(ctypes.Structure):
    """camber_plan."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("abi_version", c_uint32),
        ("fingerprint", c_uint64),
        ("batch", c_int64),
        ("q_len", c_int64),
        ("kv_len", c_int64),
        ("tasks", c_int64 * NUM_PHASES),
        ("num_splits", c_int64),
        ("shared_workspace_bytes", c_uint64),
        ("thread_workspace_bytes", c_uint64),
    ]


def args_type(operands):
    """The argument struct of a kernel with that many operands: the header, then one Tensor for each."""

    class Args(ctypes.Structure):
        _fields_ = [("header", ArgsHeader), ("operands", Tensor * operands)]

    return Args


def new_args(kind, element, device, batch, q_len, kv_len):
    """A struct of a type that args_type made, with its header filled in and no operands yet."""
    args = kind()
    header = args.header
    header.struct_size = ctypes.sizeof(kind)
    header.abi_version = ABI_VERSION
    header.element, header.device = ELEMENTS[element], DEVICES[device]
    header.batch, header.q_len, header.kv_len = batch, q_len, kv_len
    return args


def new_plan():
    """A plan for K_plan to fill."""
    plan = Plan()
    plan.struct_size = ctypes.sizeof(Plan)
    plan.abi_version = ABI_VERSION
    return plan


def kernel_functions(library, name):
    """(K_plan, K_run, K_fingerprint) of kernel `name` in a loaded library. AttributeError or ValueError: not there."""
    plan = getattr(library, name + "_plan")
    plan.argtypes, plan.restype = [c_void_p, c_int32, c_void_p], c_int32
    run = getattr(library, name + "_run")
    run.argtypes, run.restype = [c_void_p, c_void_p, c_int32, c_int64, c_int64, c_void_p, c_void_p], c_int32
    return plan, run, c_uint64.in_dll(library, name + "_fingerprint").value


def device_functions(library):
    """Declares the functions of device.h in the loaded libcamber_runtime.so."""
    library.camber_device_open.argtypes = [c_char_p, c_char_p, c_int32, POINTER(c_void_p)]
    library.camber_device_open.restype = c_int32
    library.camber_device_error.argtypes = []
    library.camber_device_error.restype = c_char_p
    library.camber_device_workspace.argtypes = [c_void_p, c_void_p, POINTER(c_uint64)]
    library.camber_device_workspace.restype = c_int32
    library.camber_device_run.argtypes = [c_void_p, c_void_p, c_void_p, c_uint64, c_void_p]
    library.camber_device_run.restype = c_int32
    return library


def describe(status):
    """The sentence for a status, also for one of a later version."""
    return STATUS[status] if 0 <= status < len(STATUS) else "status %d, which this version does not know" % status
