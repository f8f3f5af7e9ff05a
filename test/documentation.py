# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs what documentation shows.

usage: documentation.py FILE ...      the files' paths may be relative to the checkout

In Markdown files, the commands of every ```console block run in order, in one temporary directory per file in which the top
directories of the checkout and, as `build`, the directory that camber-opt was built in are found by name, and must succeed and print what
is shown:

    $ command          a line that ends with a backslash goes on
    what it prints     standard output and error together
    ...                any lines
    0.5 s … passed     an ellipsis (…) stands for anything in a line

The commands of a ```sh block must succeed. A block after a line `<!-- not executed: REASON -->` is shown only, as are blocks
of other languages. One after a line `<!-- needs FILE -->`, FILE being a list of Python packages for pip in the checkout, is
left out where they are not installed, and a line says so by which test/parts.py counts the page as skipped.

In Markdown and TableGen files, every ```mlir block must be accepted by camber-opt, with the errors that its
`// expected-error` comments announce. In a Rationale.md it may use operations that do not exist yet. A block that begins with

    // RUN: camber-opt FLAGS

is followed by a ```mlir block with what that command makes of it: a part of the output, in which whitespace counts as one
blank, comments are dropped, `...` stands for anything up to the first place where what follows it fits, and a %name for one SSA
value, however the printer calls it. Where a block omits nothing by `...`, that block must be accepted by itself too.
"""
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

import python_packages

SOURCE = os.path.abspath(os.path.join(os.path.dirname(__file__), ".."))
TOP = ["dialects", "examples", "include", "lib", "test", "tools"]


def blocks(text, *languages):
    """(line number, text) of each fenced block of one of the languages, without the indentation of its fence."""
    for match in re.finditer(r"^([ \t]*)```(%s)\n(.*?)^[ \t]*```$" % "|".join(languages), text, re.M | re.S):
        if re.search(r"<!-- not executed: .+ -->\s*$", text[:match.start()]):
            continue
        needs = re.search(r"<!-- needs (.+) -->\s*$", text[:match.start()])
        if needs and python_packages.missing(os.path.join(SOURCE, needs.group(1))):
            continue
        indent = match.group(1)
        lines = [line[len(indent):] if line.startswith(indent) else line.lstrip() for line in match.group(3).split("\n")]
        yield text.count("\n", 0, match.start()) + 2, "\n".join(lines).rstrip("\n")


def commands(block):
    """(command, expected lines) of a console block."""
    result = []
    continued = False
    if not block.lstrip().startswith("$ "):  # sh: one script, whose output is not shown
        return [[block, ["..."]]]
    for line in block.split("\n"):
        if continued:
            result[-1][0] += "\n" + line
        elif line.startswith("$ "):
            result.append([line[2:], []])
        elif result:
            result[-1][1].append(line.rstrip())
        continued = (continued or line.startswith("$ ")) and line.endswith("\\")
    return result


def matches(expected, printed):
    """Whether printed lines are the expected ones; both are lists."""
    if not expected:
        return not printed
    if expected[0] == "...":
        return any(matches(expected[1:], printed[i:]) for i in range(len(printed) + 1))
    if not printed:
        return False
    pattern = ".*".join(re.escape(part) for part in expected[0].split("…"))
    return re.fullmatch(pattern, printed[0]) is not None and matches(expected[1:], printed[1:])


def run_console(path, text):
    failures = 0
    with tempfile.TemporaryDirectory() as directory:
        for name in TOP:
            os.symlink(os.path.join(SOURCE, name), os.path.join(directory, name))
        os.symlink(os.path.dirname(os.path.dirname(shutil.which("camber-opt"))), os.path.join(directory, "build"))
        for line, block in blocks(text, "console", "sh"):
            for command, expected in commands(block):
                run = subprocess.run(["bash", "-c", command], cwd=directory, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
                printed = [l.rstrip() for l in run.stdout.rstrip("\n").split("\n")] if run.stdout else []
                if run.returncode or not matches(expected, printed):
                    failures += 1
                    print("%s:%d: not what is shown\n$ %s\n--- shown\n%s\n--- printed (status %d)\n%s\n"
                          % (path, line, command, "\n".join(expected), run.returncode, run.stdout))
    return failures


def shows(block, printed):
    """Whether the parts of a block between its `...` are in the output, one after the other as FileCheck would find them."""
    printed = " ".join(printed.split())
    text = " ".join(re.sub(r"//[^\n]*", "", block).split())
    values, at = {}, 0
    for part in text.split("..."):
        pattern = ""
        fresh = []
        for literal, name in re.findall(r"([^%]*)(?:%([A-Za-z_0-9]+))?", part.strip()):
            pattern += re.escape(literal)
            if name in values:
                pattern += re.escape(values[name]) + r"(?![\w$-])"
            elif name in fresh:
                pattern += "(?P=v_%s)" % name + r"(?![\w$-])"
            elif name:
                pattern += r"(?P<v_%s>%%[\w$.-]+)" % name
                fresh.append(name)
        found = re.compile(pattern).search(printed, at)
        if not found:
            return False
        values.update((name, found.group("v_" + name)) for name in fresh)
        at = found.end()
    return True


def camber_opt(flags, block):
    return subprocess.run(["camber-opt", *flags, "-"], input=block, capture_output=True, text=True)


def run_mlir(path, text):
    failures = 0
    before = None  # the command whose output the next block shows, and what it printed
    for line, block in blocks(text, "mlir"):
        message = ""
        if before and not shows(block, before[1]):
            message = "not what %s prints for the block above\n%s" % before
        if not before or "..." not in block:
            flags = ["--allow-unregistered-dialect"] if os.path.basename(path) == "Rationale.md" else []
            run = camber_opt(flags + ["--split-input-file", "--verify-diagnostics"], block)
            message = message or run.returncode and "camber-opt refuses the example\n%s\n%s" % (block, run.stderr)
        command = None if before else re.match(r"\s*// RUN: (camber-opt .*)", block)
        before = None
        if command and not message:
            run = camber_opt(shlex.split(command.group(1))[1:], block)
            before = (command.group(1), run.stdout)
            message = run.returncode and "%s fails\n%s" % (command.group(1), run.stderr)
        if message:
            failures += 1
            print("%s:%d: %s" % (path, line, message))
    if before:
        failures += 1
        print("%s: the block with the output of %s is missing" % (path, before[0]))
    return failures


def main():
    failures = count = skipped = 0
    for path in sys.argv[1:]:
        path = path if os.path.exists(path) else os.path.join(SOURCE, path)
        with open(path, encoding="utf-8") as file:
            text = file.read()
        for needs in sorted(set(re.findall(r"<!-- needs (.+) -->", text))):
            for package in python_packages.missing(os.path.join(SOURCE, needs)):
                print("UNSUPPORTED: what needs %s: %s is not installed" % (needs, package))
                skipped += 1
        count += sum(1 for _ in blocks(text, "console", "sh", "mlir"))
        if path.endswith(".md"):
            failures += run_console(path, text)
        failures += run_mlir(path, text)
    print("%d blocks, %d failures" % (count, failures))
    sys.exit(1 if failures or not count + skipped else 0)


if __name__ == "__main__":
    main()
