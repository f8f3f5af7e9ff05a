# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""NumPy's file format, as far as tests need it on machines without NumPy."""
import ast
import struct

FORMATS = {"<f4": "f", "<f8": "d", "<f2": "e", "<i4": "i"}


def write(path, dtype, shape, values):
    """Writes `values`, in row-major order, as an array of that shape; () is a scalar."""
    header = "{'descr': '%s', 'fortran_order': False, 'shape': %r, }" % (dtype, tuple(shape))
    header += " " * (63 - (len(header) + 10) % 64) + "\n"
    with open(path, "wb") as file:
        file.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode())
        file.write(struct.pack("<%d%s" % (len(values), FORMATS[dtype]), *values))


def read(path):
    """The shape and the values of an array."""
    with open(path, "rb") as file:
        data = file.read()
    size = struct.unpack_from("<H", data, 8)[0]
    header = ast.literal_eval(data[10:10 + size].decode())
    count = 1
    for dim in header["shape"]:
        count *= dim
    return header["shape"], struct.unpack_from("<%d%s" % (count, FORMATS[header["descr"]]), data, 10 + size)
