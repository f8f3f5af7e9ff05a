# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The command line of tools/compare."""
import argparse
import os
import sys
import tempfile
import time

from . import camber_sections, ggml_section, machine, results, torch_section
from .kernels import ToolError, Tools

SECTIONS = {"shares": camber_sections.shares, "biases": camber_sections.biases, "storage": camber_sections.storage,
            "decode": camber_sections.decode, "threads": camber_sections.threads, "skipping": camber_sections.skipping,
            "specialisation": camber_sections.specialisation, "pytorch": torch_section.pytorch, "ggml": ggml_section.ggml, "compilation": camber_sections.compilation}


class Context:
    """What every section needs to know."""

    def __init__(self, options, directory):
        self.quick, self.threads = options.quick, options.threads
        self.targets = machine.targets()[-1:] if options.quick else machine.targets()
        self.lengths = [64] if options.quick else options.lengths
        self.middle = 2048 if 2048 in self.lengths else self.lengths[0]
        self.dims = [64, 128] if options.quick else [32, 64, 80, 96, 128, 256]
        self.decode_lengths = [128] if options.quick else [2048, 8192, 32768]
        self.skip_lengths = [128] if options.quick else [2048, 8192, 32768]
        self.tools = Tools(options.build, directory, 0.0 if options.quick else options.seconds)

    def bench(self, bundle, *options, threads=True, **more):
        return self.tools.bench(bundle, *options, *(["--bench-threads=%d" % self.threads] if threads else []), **more)


def parse(arguments):
    here = os.path.dirname(os.path.abspath(__file__))
    parser = argparse.ArgumentParser(prog="tools/compare", description="Benchmarks Camber's kernels against the targets it is held to, "
                                     "PyTorch and ggml. Writes comparison.md, comparison.json and plots.")
    parser.add_argument("output", help="directory to write; made where it is missing")
    parser.add_argument("--build", default=os.path.join(here, "..", "..", "build"), help="build directory with the tools (default: build)")
    parser.add_argument("--sections", default="", metavar="NAME,…", help="only these: " + ", ".join(SECTIONS))
    parser.add_argument("--quick", action="store_true", help="tiny problems, a minute in all: shows that everything works, measures nothing")
    parser.add_argument("--threads", type=int, default=1, metavar="N", help="threads of everything that is compared (default 1)")
    parser.add_argument("--seconds", type=float, default=3, metavar="X", help="of timed calls per kernel (default 3)")
    parser.add_argument("--lengths", default="512,2048,8192", metavar="N,…", help="of shares, biases, specialisation, pytorch and ggml "
                        "(default 512,2048,8192)")
    options = parser.parse_args(arguments)
    options.sections = [name for name in options.sections.split(",") if name] or list(SECTIONS)
    for name in options.sections:
        if name not in SECTIONS:
            parser.error("unknown section '%s'; known are %s" % (name, ", ".join(SECTIONS)))
    try:
        options.lengths = sorted({int(length) for length in options.lengths.split(",")})
    except ValueError:
        parser.error("--lengths takes numbers separated by commas")
    if not 1 <= options.lengths[0] <= options.lengths[-1] < 2**24:
        parser.error("--lengths must be from 1 to %d" % (2**24 - 1))
    if options.threads < 1:
        parser.error("--threads must be at least 1")
    if not 0 <= options.seconds <= 1e6:
        parser.error("--seconds must be from 0 to 1000000")
    return options


def run(options):
    os.makedirs(options.output, exist_ok=True)
    about = machine.describe()
    sections = []
    with tempfile.TemporaryDirectory(prefix="camber-compare-") as directory:
        context = Context(options, directory)
        for name in [name for name in SECTIONS if name in options.sections]:
            begin = time.time()
            section = SECTIONS[name](context)
            sections.append(section)
            print("%s: %d target(s), %.0f s" % (name, len(section.targets), time.time() - begin), file=sys.stderr, flush=True)
            results.write(options.output, about, sections, [])  # what there is, should a later section fail
    plots = []
    try:
        plots = results.draw(options.output, sections)
    except ImportError:
        print("no plots: matplotlib is not installed (pip install matplotlib, or apt-get install python3-matplotlib)")
    results.write(options.output, about, sections, plots)
    targets = [target.row() for section in sections for target in section.targets]
    print(results.markdown_table(results.TARGET_COLUMNS, targets))
    count = {outcome: sum(target[-1] == outcome for target in targets) for outcome in ("met", "missed", "not measured")}
    print("%(met)d targets met, %(missed)d missed, %(not measured)d not measured" % count)
    print("written: " + ", ".join(os.path.join(options.output, name) for name in ["comparison.md", "comparison.json", *[f for _, f in plots]]))


def main(arguments=None):
    options = parse(arguments)
    try:
        run(options)
    except (ToolError, OSError) as error:
        print("tools/compare: error: %s" % error, file=sys.stderr)
        return 2
    return 0
