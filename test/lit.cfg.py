# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Tools and features of the lit tests.
import ctypes
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(config.camber_source, "test"))
import parts  # noqa: E402
import python_packages  # noqa: E402
import sanitizers  # noqa: E402
import seeds  # noqa: E402

config.name = "Camber"
config.test_format = parts.ShTest(config.camber_source)
config.suffixes = [".mlir", ".test"]
config.excludes = ["Inputs", "Unit", "conformance"]
config.test_source_root = os.path.join(config.camber_source, "test")
config.test_exec_root = os.path.join(config.camber_build, "test")
# FileCheck and other tools of LLVM; not ptxas, which would assemble every kernel that is compiled for a device: a test that is about
# it begins with %with_ptxas.
tools = [directory for directory in (os.path.dirname(config.filecheck), config.llvm_tools) if directory]
path = [os.path.join(config.camber_build, "bin"), *tools, *os.environ["PATH"].split(os.pathsep)]
assembler = shutil.which("ptxas")
if assembler:
    config.available_features.add("ptxas")
    config.substitutions.append(("%with_ptxas", "env PATH=" + os.pathsep.join([os.path.dirname(assembler), "$PATH"])))
    path = [directory for directory in path if not os.path.exists(os.path.join(directory, "ptxas")) or os.path.exists(os.path.join(directory, "env"))]
config.environment["PATH"] = os.pathsep.join(path)
config.environment["CAMBER_CACHE"] = "off"  # tests compile
config.substitutions.append(("%source", config.camber_source))
config.substitutions.append(("%build", config.camber_build))
config.substitutions.append(("%python", sys.executable))
config.substitutions.append(("%seed", str(seeds.seed())))
# A program that links a library of this build is instrumented as that is.
config.substitutions.append(("%cc", "cc -fsanitize=" + config.camber_sanitize if config.camber_sanitize else "cc"))
aarch64_check = os.path.join(config.camber_source, "build-aarch64", "bin", "camber-check")
emulated_check = "qemu-aarch64 -L /usr/aarch64-linux-gnu " + aarch64_check
config.substitutions.append(("%aarch64_check", emulated_check))

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
if shutil.which("qemu-aarch64") and os.path.exists(aarch64_check):
    config.available_features.add("qemu-aarch64")
# The targets whose kernels run here, for tests that compare them with one evaluation of the reference.
host_targets = [target for target, feature in (("x86-64-v3", "avx2"), ("x86-64-v4", "avx512")) if feature in config.available_features]
config.substitutions.append(("%host_targets", ",".join(host_targets)))
run_targets = ["--target=" + target for target in host_targets]
if "qemu-aarch64" in config.available_features:
    run_targets.append("'--target=aarch64=%s'" % emulated_check)
config.substitutions.append(("%run_targets", " ".join(run_targets)))
# ThreadSanitizer of older compilers does not start where the kernel spreads memory too far (vm.mmap_rnd_bits).
with tempfile.TemporaryDirectory() as directory:
    program = os.path.join(directory, "program")
    try:
        subprocess.run(["cc", "-fsanitize=thread", "-xc", "-", "-o", program], input=b"int main(void) { return 0; }", check=True,
                       capture_output=True)
        subprocess.run([program], check=True, capture_output=True)
        config.available_features.add("tsan")
    except (OSError, subprocess.CalledProcessError):
        pass
if shutil.which("dpkg-deb") and shutil.which("dpkg-shlibdeps"):
    config.available_features.add("debian")
if importlib.util.find_spec("jsonschema"):
    config.available_features.add("jsonschema")
if not python_packages.missing(os.path.join(config.camber_source, "examples", "requirements.txt")):
    config.available_features.add("python-examples")
if config.camber_sanitize:
    config.available_features.add("sanitizer")
    config.environment.update(sanitizers.environment())
