# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Numeric sweep: every pair of values of any two axes occurs in some kernel that is compared with the reference on all input sets.

usage: sweep.py [--target NAME,...] [--check COMMAND] [--inputs SET] [--strength 2|3] [--every N] [--part I/N] [--jobs N] [--list]

--strength 3 covers every triple of values instead. --every takes each N-th specification; of these --part
runs each N-th, so that parts run side by side.
"""
import argparse
import itertools
import random
import sys

import specs

AXES = {
    "bias": list(specs.BIASES), "mask": list(specs.MASKS), "storage": specs.STORAGES, "heads": specs.HEADS,
    "head_dim": specs.HEAD_DIMS, "lengths": specs.LENGTHS, "kind": specs.KINDS, "extra": list(specs.EXTRAS), "threads": specs.THREADS,
    "skip": list(specs.SKIPS),
}


def covering(strength):
    """Specifications that hold every combination of `strength` values of different axes, found greedily: each is the best of some
    random variants that are built around a combination still missing. Deterministic."""
    rng = random.Random(1)
    names = list(AXES)

    def combinations(spec):
        return {tuple((n, spec[n]) for n in group) for group in itertools.combinations(names, strength)}

    missing = set()
    for group in itertools.combinations(names, strength):
        missing.update(tuple(zip(group, values)) for values in itertools.product(*(AXES[n] for n in group)))
    missing = {c for c in missing if specs.is_valid(dict(c))}
    result = []
    order = sorted(missing, key=repr)
    rng.shuffle(order)
    for combination in order:
        if combination not in missing:
            continue
        best, scale = None, -1
        for _ in range(30):
            spec = {n: rng.choice(AXES[n]) for n in names}
            spec.update(combination)
            if not specs.is_valid(spec):
                continue
            new = len(combinations(spec) & missing)
            if new > scale:
                best, scale = spec, new
        missing -= combinations(best)
        result.append(best)
    return result


def main():
    parser = argparse.ArgumentParser()
    specs.add_target_flags(parser)
    parser.add_argument("--inputs", default="all")
    parser.add_argument("--strength", type=int, default=2, choices=(2, 3))
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--list", action="store_true", help="print the commands and run nothing")
    options = parser.parse_args()
    index, parts = map(int, options.part.split("/"))
    jobs = []
    for number, spec in list(enumerate(covering(options.strength)))[::options.every][index::parts]:
        jobs.append((number, ["camber-run", "--inputs=" + options.inputs] + specs.flags_of(spec), 0))
    if options.list:
        for number, command, _ in jobs:
            print(number, " ".join(command))
        return 0
    return specs.run_all(jobs, lambda number: "specification %d" % number, options)


if __name__ == "__main__":
    sys.exit(main())
