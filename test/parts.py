# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A format of lit for tests of many parts, each of which is a test of its own, so that lit shares them out among the processors and
names the one that fails.

A file may hold a line

    TEST-PARTS: 8                               %part is 0/8, 1/8, …
    TEST-PARTS: test/conformance/*/spec.json      %part is each of the files of the checkout that fit, from its top
    TEST-PARTS-HOLD: REGEX                   of these, the files that hold a line like this

A command that finds that it cannot be run here prints a line `UNSUPPORTED: REASON` and succeeds: the test counts as skipped.
"""
import glob
import os
import re

import lit.formats
import lit.Test
import lit.TestRunner


class Part(lit.Test.Test):
    def __init__(self, suite, path, config, name, part):
        super().__init__(suite, path + (name,), config)
        self.script, self.part = path, part

    def getSourcePath(self):
        return self.suite.getSourcePath(self.script)


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def parts_of(source, text):
    """(name, part) of each part that a test's text asks for; None where it asks for none."""
    lines = re.findall(r"^TEST-PARTS: (.*)$", text, re.M)
    if not lines:
        return None
    needed = re.search(r"^TEST-PARTS-HOLD: (.*)$", text, re.M)
    needed = needed and re.compile(needed.group(1), re.M)
    result = []
    for word in " ".join(lines).split():
        if word.isdigit():
            result += [("%d" % i, "%d/%s" % (i, word)) for i in range(int(word))]
            continue
        paths = [path for path in sorted(glob.glob(os.path.join(source, word))) if not needed or needed.search(read(path))]
        if not paths and not needed:
            raise ValueError("TEST-PARTS: no file of the checkout fits '%s'" % word)
        names = [os.path.relpath(path, source) for path in paths]
        result += [(name, name) for name in names]
    return result


class ShTest(lit.formats.ShTest):
    def __init__(self, source):
        super().__init__(execute_external=True)
        self.source = source

    def getTestsForPath(self, suite, path, lit_config, local_config):
        for test in super().getTestsForPath(suite, path, lit_config, local_config):
            parts = parts_of(self.source, read(test.getSourcePath()))
            if parts is None:
                yield test
                continue
            if not parts:
                raise ValueError("%s: has no parts" % test.getSourcePath())
            for name, part in parts:
                yield Part(suite, path, local_config, name, part)

    def execute(self, test, lit_config):
        substitutions = [("%part", test.part)] if isinstance(test, Part) else []
        result = lit.TestRunner.executeShTest(test, lit_config, self.execute_external, substitutions, [])
        reasons = re.findall(r"^UNSUPPORTED: (.+)$", result.output, re.M) if result.code is lit.Test.PASS else []
        return lit.Test.Result(lit.Test.UNSUPPORTED, "; ".join(sorted(set(reasons)))) if reasons else result
