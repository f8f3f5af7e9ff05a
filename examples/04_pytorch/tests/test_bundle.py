# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Bundles that cannot be right are refused before any of their code runs, with a message that names the file."""
import shutil
import tempfile
import unittest
from pathlib import Path

import torch

from camber_torch import Bundle, BundleError, KernelError, attention, compile_kernel

from . import support


def has_avx512():
    info = Path("/proc/cpuinfo")
    return info.exists() and " avx512f " in info.read_text()


class BundleTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.scratch = tempfile.TemporaryDirectory()
        cls.good = Path(cls.scratch.name) / "good"
        cls.other = Path(cls.scratch.name) / "other"
        support.compile_bundle(cls.good, "mine")
        support.compile_bundle(cls.other, "mine", "--no-lse")

    @classmethod
    def tearDownClass(cls):
        cls.scratch.cleanup()

    def setUp(self):
        self.directory = Path(self.scratch.name) / self.id()
        shutil.copytree(self.good, self.directory)

    def assertRefused(self, message):
        with self.assertRaisesRegex(BundleError, message):
            Bundle(self.directory)

    def test_good(self):
        bundle = Bundle(self.directory)
        self.assertIs(bundle.kernel(), bundle.kernel("mine"))

    def test_resigned_manifest_is_still_good(self):
        support.edit_manifest(self.directory, lambda manifest: None)
        Bundle(self.directory)

    def test_unknown_kernel(self):
        with self.assertRaisesRegex(BundleError, "no kernel 'yours'; name one of mine"):
            Bundle(self.directory).kernel("yours")

    def test_no_directory(self):
        shutil.rmtree(self.directory)
        self.assertRefused("manifest.json: No such file")

    def test_flipped_byte_in_library(self):
        path = self.directory / "lib" / "libmine.so"
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 1
        path.write_bytes(data)
        self.assertRefused("libmine.so: not the file that manifest.json describes")

    def test_truncated_library(self):
        path = self.directory / "lib" / "libmine.so"
        path.write_bytes(path.read_bytes()[:-1])
        self.assertRefused("libmine.so: not the file")

    def test_missing_library(self):
        (self.directory / "lib" / "libmine.so").unlink()
        self.assertRefused("libmine.so: No such file")

    def test_edited_manifest(self):
        path = self.directory / "manifest.json"
        path.write_text(path.read_text().replace('"heads": 4', '"heads": 8'))
        self.assertRefused("manifest.json: edited or truncated")

    def test_truncated_manifest(self):
        path = self.directory / "manifest.json"
        path.write_bytes(path.read_bytes()[:-100])
        self.assertRefused("manifest.json: edited or truncated")

    def test_no_manifest_at_all(self):
        (self.directory / "manifest.json").write_text("{}")
        self.assertRefused("no manifest of a bundle")

    def test_stale_header(self):
        shutil.copy(self.other / "include" / "mine.h", self.directory / "include" / "mine.h")
        self.assertRefused("mine.h: not the file that manifest.json describes")

    def test_stale_manifest(self):
        shutil.copy(self.other / "manifest.json", self.directory / "manifest.json")
        self.assertRefused("not the file that manifest.json describes")

    def test_library_of_another_compilation(self):
        support.edit_manifest(self.directory, lambda m: m["kernels"][0].update(fingerprint="0123456789abcdef"))
        self.assertRefused("describes kernel mine with fingerprint 0123456789abcdef, but the library's is")

    def test_kernel_that_the_library_lacks(self):
        support.edit_manifest(self.directory, lambda m: m["kernels"][0].update(name="yours"))
        self.assertRefused("the library has no kernel yours")

    def test_other_abi(self):
        support.edit_manifest(self.directory, lambda m: m.update(abi_version=m["abi_version"] + 1))
        self.assertRefused("ABI version")

    def test_newer_manifest(self):
        support.edit_manifest(self.directory, lambda m: m.update(manifest_version=99))
        self.assertRefused("manifest version 99 is newer")

    def test_other_architecture(self):
        shutil.rmtree(self.directory)
        support.compile_bundle(self.directory, "mine", "--target=aarch64")
        self.assertRefused("for aarch64 processors")

    @unittest.skipIf(has_avx512(), "needs a processor without AVX-512")
    def test_other_processor(self):
        kernel = support.kernel("--target=x86-64-v4")
        with self.assertRaisesRegex(KernelError, "lacks the instructions"):
            attention(kernel, torch.zeros(1, 4, 1, 32), torch.zeros(1, 2, 1, 32), torch.zeros(1, 2, 1, 32))

    def test_library_for_other_arguments(self):
        """A manifest with one operand too few, signed again: the library notices by the size of the struct."""
        support.edit_manifest(self.directory, lambda m: m["kernels"][0]["operands"].pop())
        with self.assertRaisesRegex(KernelError, "another size"):
            attention(
                Bundle(self.directory).kernel(), torch.zeros(1, 4, 1, 32), torch.zeros(1, 2, 1, 32), torch.zeros(1, 2, 1, 32)
            )


class CompileTest(unittest.TestCase):
    def test_refused_flags(self):
        with self.assertRaisesRegex(BundleError, "heads"):
            compile_kernel("bad", ["--bias=alibi", "--heads=0", "--head-dim=32"], support.CACHE)

    def test_damaged_cache_is_compiled_anew(self):
        first = support.kernel("--no-skip")
        (first.directory / "manifest.json").write_text("{}")
        self.assertEqual(support.kernel("--no-skip").contract["fingerprint"], first.contract["fingerprint"])


if __name__ == "__main__":
    unittest.main()
