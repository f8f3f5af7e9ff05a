# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Reads and loads bundles (lib/Bundle/README.md), and refuses those that are damaged, stale or for another machine.

The order matters: the manifest is believed only after its own checksum, and the library is loaded only after its hash,
since loading runs code of it.
"""
import ctypes
import json
import platform
import re
from pathlib import Path

import xxhash

from . import abi

MANIFEST_VERSION = 1

# Every kernel that was loaded, by handle: operators of PyTorch take strings, not objects. None is ever unloaded.
KERNELS = {}


class BundleError(Exception):
    """A bundle that cannot be used; the message names the file and what to do."""


class Kernel:
    """One kernel of a loaded bundle. Has no state of its own: may be called from several threads at once.

    name         symbol prefix, and the kernel's name in the manifest
    contract     its entry in the manifest
    inputs       manifest entries of the operands that are read, in order
    input_index, output_index   places in the argument struct, of the inputs and of the (one or two) outputs
    handle       the string that names this kernel to the operator
    plan, run    K_plan and K_run; None in a bundle for devices only
    """

    def __init__(self, directory, contract, library):
        self.directory = directory
        self.contract = contract
        self.name = contract["name"]
        self.operands = contract["operands"]
        self.input_index = [i for i, o in enumerate(self.operands) if o["role"] not in ("output", "lse")]
        self.inputs = [self.operands[i] for i in self.input_index]
        self.output_index = {o["role"]: i for i, o in enumerate(self.operands) if o["role"] in ("output", "lse")}
        self.args_type = abi.args_type(len(self.operands))
        self.handle = "%s:%s@%s" % (directory.resolve(), self.name, contract["fingerprint"])
        self.plan = self.run = None
        if library is not None:
            self._find_functions(library)
        KERNELS[self.handle] = self

    def _find_functions(self, library):
        try:
            self.plan, self.run, fingerprint = abi.kernel_functions(library, self.name)
        except (AttributeError, ValueError) as error:
            raise BundleError("%s: the library has no kernel %s; compile the bundle anew" % (self.directory, self.name)) from error
        expected = self.contract["fingerprint"]
        if "%016x" % fingerprint != expected:
            raise BundleError(
                "%s: manifest.json describes kernel %s with fingerprint %s, but the library's is %016x: they are of "
                "different compilations; compile the bundle anew" % (self.directory, self.name, expected, fingerprint)
            )


class Bundle:
    """A verified bundle.

    directory    where it is
    manifest   the manifest, parsed
    kernels    Kernel by name
    """

    def __init__(self, directory):
        """Raises BundleError where the bundle is damaged, of another version, or for another architecture."""
        self.directory = Path(directory)
        self.manifest = read_manifest(self.directory / "manifest.json")
        for entry in self.manifest["files"]:
            check_file(self.directory, entry)
        architecture = self.manifest["architecture"]
        if architecture not in ("none", platform.machine()):
            raise BundleError(
                "%s: the bundle is for %s processors, this is %s; compile it with --target=native"
                % (self.directory, architecture, platform.machine())
            )
        paths = [entry["path"] for entry in self.manifest["files"] if entry["kind"] == "shared_library"]
        library = None
        if paths:
            try:
                library = ctypes.CDLL(str((self.directory / paths[0]).resolve()))
            except OSError as error:
                raise BundleError("%s: cannot be loaded: %s" % (self.directory / paths[0], error)) from error
        self.kernels = {k["name"]: Kernel(self.directory, k, library) for k in self.manifest["kernels"]}

    def kernel(self, name=None):
        """The kernel of that name; without one, the only kernel. Raises BundleError where there is none such."""
        if name is None and len(self.kernels) == 1:
            return next(iter(self.kernels.values()))
        if name not in self.kernels:
            wrong = "has several kernels" if name is None else "has no kernel %r" % name
            raise BundleError("%s: %s; name one of %s" % (self.directory, wrong, ", ".join(sorted(self.kernels))))
        return self.kernels[name]


def read_manifest(path):
    """The manifest as a dictionary, after its checksum and versions have been checked."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BundleError("%s: %s" % (path, error.strerror)) from error
    # The checksum was taken with 16 zeros in its own place.
    match = re.search(rb'("checksum"\s*:\s*")([0-9a-f]{16})"', data)
    if not match:
        raise BundleError("%s: no manifest of a bundle: it has no checksum" % path)
    blank = data[: match.start(2)] + b"0" * 16 + data[match.end(2) :]
    if xxhash.xxh3_64_hexdigest(blank) != match.group(2).decode():
        raise BundleError("%s: edited or truncated: its checksum does not fit; compile the bundle anew" % path)
    manifest = json.loads(data)
    if manifest["manifest_version"] > MANIFEST_VERSION:
        raise BundleError(
            "%s: manifest version %d is newer than this reader's, %d; update camber_torch"
            % (path, manifest["manifest_version"], MANIFEST_VERSION)
        )
    if manifest["abi_version"] != abi.ABI_VERSION:
        raise BundleError(
            "%s: the bundle has ABI version %d, this program %d; compile it with the camber-compile of this checkout"
            % (path, manifest["abi_version"], abi.ABI_VERSION)
        )
    return manifest


def check_file(directory, entry):
    """Raises BundleError unless the file that a manifest entry describes is there, byte for byte."""
    path = directory / entry["path"]
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BundleError("%s: %s, but manifest.json lists it; compile the bundle anew" % (path, error.strerror)) from error
    if len(data) != entry["bytes"] or xxhash.xxh3_64_hexdigest(data) != entry["xxh3"]:
        raise BundleError(
            "%s: not the file that manifest.json describes (damaged, or of another compilation); compile the bundle anew" % path
        )
