# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Every GoogleTest case is a test of its own.
import os
import lit.formats

config.name = "Camber-Unit"
config.suffixes = []
config.test_source_root = config.test_exec_root = os.path.join(config.camber_build, "bin", "unittests")
config.test_format = lit.formats.GoogleTest(".", "-tests")
config.environment["PATH"] = os.environ["PATH"]
config.environment["HOME"] = os.environ.get("HOME", "/")
if config.camber_sanitize:
    config.environment["LSAN_OPTIONS"] = "print_suppressions=0:suppressions=" + os.path.join(config.camber_source, "test", "leaks.supp")
