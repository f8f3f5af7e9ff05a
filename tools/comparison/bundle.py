# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Kernels of a bundle called from Python through their C interface (include/camber/Runtime/abi.h), so that they can take turns
with other implementations in one process."""
import ctypes
import json
import os
import threading

MAX_RANK, PHASES, ALIGNMENT = 4, 3, 64
ELEMENTS = {"f32": 0, "f16": 1, "bf16": 2}  # camber_element
CPU, CUDA = 0, 1  # CAMBER_DEVICE_*


class Header(ctypes.Structure):
    _fields_ = [("struct_size", ctypes.c_uint32), ("abi_version", ctypes.c_uint32), ("element", ctypes.c_int32),
                ("device", ctypes.c_int32), ("batch", ctypes.c_int64), ("q_len", ctypes.c_int64), ("kv_len", ctypes.c_int64)]


class Tensor(ctypes.Structure):
    _fields_ = [("data", ctypes.c_void_p), ("strides", ctypes.c_int64 * MAX_RANK)]


class Plan(ctypes.Structure):
    _fields_ = [("struct_size", ctypes.c_uint32), ("abi_version", ctypes.c_uint32), ("fingerprint", ctypes.c_uint64),
                ("sizes", ctypes.c_int64 * 3), ("tasks", ctypes.c_int64 * PHASES), ("num_splits", ctypes.c_int64),
                ("shared_workspace_bytes", ctypes.c_uint64), ("thread_workspace_bytes", ctypes.c_uint64)]


def aligned(size):
    """(address, what keeps it alive) of zeroed memory."""
    memory = ctypes.create_string_buffer(size + ALIGNMENT)
    address = ctypes.addressof(memory)
    return address + -address % ALIGNMENT, memory


class Bundle:
    def __init__(self, directory):
        with open(os.path.join(directory, "manifest.json")) as file:
            manifest = json.load(file)
        self.library = ctypes.CDLL(os.path.join(os.path.abspath(directory), "lib", "lib%s.so" % manifest["bundle"]))
        self.abi_version = manifest["abi_version"]
        self.kernels = {kernel["name"]: kernel for kernel in manifest["kernels"]}

    def call(self, name, operands, batch, q_len, kv_len, threads):
        """A function that runs the kernel. `operands`: {name: (address, shape)}, dense; the caller keeps them."""
        dims = {"batch": batch, "q_len": q_len, "kv_len": kv_len}
        tensors = []
        for operand in self.kernels[name]["operands"]:
            address, shape = operands[operand["name"]]
            wanted = [dims.get(dim, dim) for dim in operand["dims"]]
            if list(shape) != wanted:
                raise ValueError("operand %s is %s, not %s" % (operand["name"], list(shape), wanted))
            strides, stride = [], 1
            for dim in reversed(wanted):
                strides.insert(0, stride)
                stride *= dim
            tensors.append(Tensor(address, (ctypes.c_int64 * MAX_RANK)(*strides)))
        layout = type("Arguments", (ctypes.Structure,), {"_fields_": [("header", Header), ("operands", Tensor * len(tensors))]})
        header = Header(ctypes.sizeof(layout), self.abi_version, ELEMENTS[self.kernels[name]["storage"]], CPU, batch, q_len, kv_len)
        return Call(self.library, name, layout(header, (Tensor * len(tensors))(*tensors)), threads)


class Call:
    """Tasks of each phase are pulled by `threads` threads; the interpreter's lock is free while a task runs."""

    def __init__(self, library, name, arguments, threads):
        self.run, self.arguments, self.threads = getattr(library, name + "_run"), arguments, threads
        self.plan = Plan(ctypes.sizeof(Plan), arguments.header.abi_version)
        self.check(getattr(library, name + "_plan")(ctypes.byref(arguments), threads, ctypes.byref(self.plan)))
        self.run.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int32, ctypes.c_int64, ctypes.c_int64, ctypes.c_void_p,
                             ctypes.c_void_p]
        self.shared = aligned(self.plan.shared_workspace_bytes)
        self.workspaces = [aligned(self.plan.thread_workspace_bytes) for _ in range(threads)]

    @staticmethod
    def check(status):
        if status:
            raise RuntimeError("the kernel returned status %d" % status)

    def __call__(self):
        for phase in range(PHASES):
            tasks = self.plan.tasks[phase]
            if self.threads == 1 or tasks <= 1:
                if tasks:
                    self.work(phase, 0, 0, tasks)
                continue
            queue, failures = iter(range(tasks)), []  # next() of an iterator is atomic

            def pull(thread):
                try:
                    for task in queue:
                        self.work(phase, thread, task, task + 1)
                except RuntimeError as error:
                    failures.append(error)
            others = [threading.Thread(target=pull, args=(thread,)) for thread in range(1, self.threads)]
            for other in others:
                other.start()
            pull(0)
            for other in others:
                other.join()
            if failures:
                raise failures[0]

    def work(self, phase, thread, begin, end):
        self.check(self.run(ctypes.addressof(self.arguments), ctypes.addressof(self.plan), phase, begin, end, self.shared[0],
                            self.workspaces[thread][0]))
