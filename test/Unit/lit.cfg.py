# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Every GoogleTest case is a test of its own.
import os
import sys
import lit.formats

sys.path.insert(0, os.path.join(config.camber_source, "test"))
import sanitizers  # noqa: E402
import seeds  # noqa: E402

config.name = "Camber-Unit"
config.suffixes = []
config.test_source_root = config.test_exec_root = os.path.join(config.camber_build, "bin", "unittests")
config.test_format = lit.formats.GoogleTest(".", "-tests")
config.environment["PATH"] = os.environ["PATH"]
config.environment["HOME"] = os.environ.get("HOME", "/")
config.environment["CAMBER_TEST_SEED"] = str(seeds.seed())
if config.camber_sanitize:
    config.environment.update(sanitizers.environment())
