# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Tools and features of the lit tests.
import ctypes
import os
import shutil
import subprocess
import sys
import tempfile
import lit.formats

sys.path.insert(0, os.path.join(config.camber_source, "test"))
import python_packages  # noqa: E402
import sanitizers  # noqa: E402

config.name = "Camber"
config.test_format = lit.formats.ShTest(execute_external=True)
config.suffixes = [".mlir", ".test"]
config.excludes = ["Inputs", "Unit", "conformance"]
config.test_source_root = os.path.join(config.camber_source, "test")
config.test_exec_root = os.path.join(config.camber_build, "test")
# FileCheck and other tools of LLVM.
tools = [folder for folder in (os.path.dirname(config.filecheck), config.llvm_tools) if folder]
config.environment["PATH"] = os.pathsep.join([os.path.join(config.camber_build, "bin"), *tools, os.environ["PATH"]])
config.environment["CAMBER_CACHE"] = "off"  # tests compile
config.substitutions.append(("%source", config.camber_source))
config.substitutions.append(("%build", config.camber_build))
config.substitutions.append(("%python", sys.executable))
# A program that links a library of this build is instrumented as that is.
config.substitutions.append(("%cc", "cc -fsanitize=" + config.camber_sanitize if config.camber_sanitize else "cc"))
config.substitutions.append(("%aarch64_check", "qemu-aarch64 -L /usr/aarch64-linux-gnu " +
                             os.path.join(config.camber_source, "build-aarch64", "bin", "camber-check")))

# What this processor can run. A kernel for another one is compiled and its assembly checked, not run.
try:
    with open("/proc/cpuinfo") as file:
        flags = set(next((line for line in file if line.startswith("flags")), "").split())
except OSError:
    flags = set()
if {"avx2", "fma", "f16c"} <= flags:
    config.available_features.add("avx2")
if {"avx512f", "avx512bw", "avx512dq", "avx512vl", "avx512cd"} <= flags:
    config.available_features.add("avx512")
try:
    ctypes.CDLL("libopenblas.so.0")
    config.available_features.add("openblas")
except OSError:
    pass  # the baseline's tests are skipped
if shutil.which("qemu-aarch64") and os.path.exists(os.path.join(config.camber_source, "build-aarch64", "bin", "camber-check")):
    config.available_features.add("qemu-aarch64")
# ThreadSanitizer of older compilers does not start where the kernel spreads memory too far (vm.mmap_rnd_bits).
with tempfile.TemporaryDirectory() as folder:
    program = os.path.join(folder, "program")
    try:
        subprocess.run(["cc", "-fsanitize=thread", "-xc", "-", "-o", program], input=b"int main(void) { return 0; }", check=True,
                       capture_output=True)
        subprocess.run([program], check=True, capture_output=True)
        config.available_features.add("tsan")
    except (OSError, subprocess.CalledProcessError):
        pass
if shutil.which("dpkg-deb") and shutil.which("dpkg-shlibdeps"):
    config.available_features.add("debian")
if not python_packages.missing(os.path.join(config.camber_source, "examples", "requirements.txt")):
    config.available_features.add("python-examples")
if config.camber_sanitize:
    config.available_features.add("sanitizer")
    config.environment.update(sanitizers.environment())
