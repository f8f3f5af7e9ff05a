# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs what documentation shows.

usage: documentation.py FILE ...

In Markdown files, the commands of every ```console block run in order, in one temporary folder per file in which the top
folders of the checkout are found by name, and must succeed and print what is shown:

    $ command          a line that ends with a backslash goes on
    what it prints     standard output and error together
    ...                any lines
    0.5 s … passed     an ellipsis (…) stands for anything in a line

In Markdown and TableGen files, every ```mlir block must be accepted by camber-opt. Other blocks are shown only.
"""
import os
import re
import subprocess
import sys
import tempfile

SOURCE = os.path.abspath(os.path.join(os.path.dirname(__file__), ".."))
TOP = ["dialects", "examples", "include", "lib", "test", "tools"]


def blocks(text, language):
    """(line number, text) of each fenced block of a language, without the indentation of its fence."""
    for match in re.finditer(r"^([ \t]*)```%s\n(.*?)^[ \t]*```$" % language, text, re.M | re.S):
        indent = match.group(1)
        lines = [line[len(indent):] if line.startswith(indent) else line.lstrip() for line in match.group(2).split("\n")]
        yield text.count("\n", 0, match.start()) + 2, "\n".join(lines).rstrip("\n")


def commands(block):
    """(command, expected lines) of a console block."""
    result = []
    continued = False
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
    with tempfile.TemporaryDirectory() as folder:
        for name in TOP:
            os.symlink(os.path.join(SOURCE, name), os.path.join(folder, name))
        for line, block in blocks(text, "console"):
            for command, expected in commands(block):
                run = subprocess.run(["bash", "-c", command], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
                printed = [l.rstrip() for l in run.stdout.rstrip("\n").split("\n")] if run.stdout else []
                if run.returncode or not matches(expected, printed):
                    failures += 1
                    print("%s:%d: not what is shown\n$ %s\n--- shown\n%s\n--- printed (status %d)\n%s\n"
                          % (path, line, command, "\n".join(expected), run.returncode, run.stdout))
    return failures


def run_mlir(path, text):
    failures = 0
    for line, block in blocks(text, "mlir"):
        run = subprocess.run(["camber-opt", "-"], input=block, capture_output=True, text=True)
        if run.returncode:
            failures += 1
            print("%s:%d: camber-opt refuses the example\n%s\n%s" % (path, line, block, run.stderr))
    return failures


def main():
    failures = count = 0
    for path in sys.argv[1:]:
        with open(path, encoding="utf-8") as file:
            text = file.read()
        count += sum(1 for language in ("console", "mlir") for _ in blocks(text, language))
        if path.endswith(".md"):
            failures += run_console(path, text)
        failures += run_mlir(path, text)
    print("%d blocks, %d failures" % (count, failures))
    sys.exit(1 if failures or not count else 0)


if __name__ == "__main__":
    main()
