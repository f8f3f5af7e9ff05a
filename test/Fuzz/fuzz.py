#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Mutates the inputs of the repository's tests and examples and looks for crashes, assertions and hangs.

  test/Fuzz/fuzz.py                          a minute, every kind, with a seed of the checked-out commit
  test/Fuzz/fuzz.py --runs=100000            as many mutants
  test/Fuzz/fuzz.py --kind=mlir,ptx --seed=7 --seconds=600

Each failure is saved with the command that shows it again. Status: 0 none failed, 1 some did, 2 the fuzzer itself did."""
import argparse
import hashlib
import os
import random
import re
import resource
import shlex
import subprocess
import sys
import tempfile
import threading
import time

import corpus
import mutators

SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


class Worker:
    """A process that takes inputs until one ends it."""

    def __init__(self, options):
        self.options = options
        self.errors = tempfile.TemporaryFile()
        self.process = None

    def start(self):
        self.errors.seek(0)
        self.errors.truncate()
        environment = dict(os.environ, LLVM_DISABLE_SYMBOLIZATION="1")
        self.process = subprocess.Popen([self.options.worker, str(self.options.time_limit), str(self.options.memory_limit)],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors, env=environment)

    def stop(self):
        if self.process:
            self.process.stdin.close()
            self.process.stdout.close()
            self.process.wait()
            self.process = None

    def run(self, case):
        """The answer to an input, or None where it ended the process."""
        if not self.process:
            self.start()
        text, arguments = case.data, case.arguments.encode()
        # A time limit in processor time does not end what sleeps.
        watchdog = threading.Timer(20 * self.options.time_limit, self.process.kill)
        watchdog.start()
        try:
            self.process.stdin.write(b"%s %d %d\n" % (case.kind.encode(), len(arguments), len(text)) + arguments + text)
            self.process.stdin.flush()
            answer = self.process.stdout.readline()
        except BrokenPipeError:
            answer = b""
        finally:
            watchdog.cancel()
        return answer.decode().strip() or None

    def failure(self):
        """How the process ended, and the first line that says why."""
        status = self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()
        self.process = None
        self.errors.seek(0)
        lines = self.errors.read().decode(errors="replace").splitlines()
        telling = [line for line in lines if "Assertion" in line or "ERROR: " in line or "runtime error" in line
                   or "terminate called" in line or "what():" in line or "LLVM ERROR" in line or "UNREACHABLE" in line
                   or "camber-fuzz-worker:" in line]
        names = {-11: "segmentation fault", -6: "abort", -27: "more than %d s" % self.options.time_limit, -9: "killed",
                 -8: "arithmetic exception", -4: "illegal instruction", -7: "bus error"}
        frames = [line.split()[2] for line in lines if line.lstrip().startswith("#") and len(line.split()) > 2]
        return names.get(status, "status %d" % status), " ".join(telling[:2]), frames


class Fuzzer:
    def __init__(self, options):
        self.options = options
        self.inputs = corpus.load(SOURCE, options.build, options.kind)
        self.lock = threading.Lock()
        self.done = {kind: 0 for kind in options.kind}
        self.accepted = {kind: 0 for kind in options.kind}
        self.failures = []
        self.seen = set()
        self.broken = None
        self.next = 0
        self.begin = time.monotonic()

    def take(self):
        """The number of the next mutant, or None where it is enough."""
        with self.lock:
            if self.broken or (self.options.runs and self.next >= self.options.runs):
                return None
            if self.options.seconds and time.monotonic() - self.begin > self.options.seconds:
                return None
            self.next += 1
            return self.next - 1

    def mutant(self, number):
        """The mutant of a number depends on the seed and the number alone."""
        chance = random.Random("%s/%d" % (self.options.seed, number))
        kinds = [kind for kind in self.options.kind if self.inputs[kind]]
        # As many of each kind, but those that compile: one takes as long as a hundred others.
        weights = [corpus.WEIGHTS.get(kind, 1) for kind in kinds]
        kind = chance.choices(kinds, weights)[0]
        return mutators.mutate(kind, self.inputs[kind], chance)

    def report(self, number, case, failure):
        how, why, frames = failure
        if how.startswith("status 2"):
            self.broken = why or how
            return
        # One report for each place.
        key = why or how + " ".join(frames[:8])
        name = hashlib.sha256(case.data + case.arguments.encode()).hexdigest()[:12]
        path = os.path.join(self.options.output, "%s-%s%s" % (case.kind, name, corpus.SUFFIXES[case.kind]))
        with open(path, "wb") as file:
            file.write(case.data)
        with self.lock:
            known = key in self.seen
            self.seen.add(key)
            self.failures.append(path)
        if known and not self.options.all:
            return
        print("%s: %s, mutant %d of seed %s, from %s" % (path, how, number, self.options.seed, case.origin))
        if why:
            print("  " + why[:300])
        print("  " + reproducer(case, path, self.options.build), flush=True)

    def work(self):
        worker = Worker(self.options)
        while (number := self.take()) is not None:
            case = self.mutant(number)
            answer = worker.run(case)
            if answer is None:
                self.report(number, case, worker.failure())
            with self.lock:
                self.done[case.kind] += 1
                self.accepted[case.kind] += answer == "accepted"
        worker.stop()

    def run(self):
        threads = [threading.Thread(target=self.work) for _ in range(self.options.jobs)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        seconds = time.monotonic() - self.begin
        for kind in self.options.kind:
            print("%-10s %7d mutants, %7d accepted" % (kind, self.done[kind], self.accepted[kind]))
        total = sum(self.done.values())
        print("%d mutants of seed %s in %.0f s, %.0f a second; %d failed" %
              (total, self.options.seed, seconds, total / max(seconds, 1e-9), len(self.failures)))
        if self.broken:
            print("fuzz.py: " + self.broken, file=sys.stderr)
            return 2
        for kind in self.options.kind:
            # A kind of which nothing is accepted tests a first check over and over.
            if self.done[kind] > 200 and not self.accepted[kind]:
                print("fuzz.py: no mutant of kind '%s' was accepted; what do its inputs lack?" % kind, file=sys.stderr)
                return 2
        return 1 if self.failures else 0


def reproducer(case, path, build):
    """The command of the tool that takes such inputs."""
    tool = lambda name: os.path.join(build, "bin", name)
    if case.kind in ("mlir", "levels"):
        return shlex.join([tool("camber-opt"), path, *mutators.flags_of(case.arguments), "-o", "/dev/null"])
    level, _, target = case.arguments.partition(" ")
    if case.kind == "kernel":
        return shlex.join([tool("camber-compile"), path, "--unchecked", "--emit=" + level, "--target=" + target])
    if case.kind == "spec":
        return shlex.join([tool("camber-compile"), "--spec", path, "--unchecked", "--emit=" + level, "--target=" + target])
    return shlex.join(["test/Fuzz/fuzz.py", "--build", build, "--replay", path, "--kind", case.kind])


def replay(options):
    with open(options.replay, "rb") as file:
        case = mutators.Case(options.kind[0], options.arguments, file.read(), options.replay)
    worker = Worker(options)
    answer = worker.run(case)
    if answer:
        worker.stop()
        print(answer)
        return 0
    how, why, frames = worker.failure()
    print("\n".join([how, why, *frames[:12]]))
    return 1


def is_sanitized(build):
    with open(os.path.join(build, "CMakeCache.txt")) as file:
        return any(re.match(r"CAMBER_SANITIZE:\w+=.", line) for line in file)


def commit():
    found = subprocess.run(["git", "-C", SOURCE, "rev-parse", "HEAD"], capture_output=True, text=True)
    return found.stdout.strip()[:12] if found.returncode == 0 else "0"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--build", default=os.path.join(SOURCE, "build"), help="the build directory")
    parser.add_argument("--kind", default=",".join(corpus.WEIGHTS), help="kinds of inputs, separated by commas: %(default)s")
    parser.add_argument("--seed", help="of the mutants; the commit by default")
    parser.add_argument("--runs", type=int, default=0, help="how many mutants")
    parser.add_argument("--seconds", type=float, default=0, help="for how long; 60 without --runs")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="workers at a time")
    parser.add_argument("--time-limit", type=int, default=10, help="seconds of processor time of one input")
    parser.add_argument("--memory-limit", type=int, default=4096, help="MiB of a worker; 0: none, as sanitizers need")
    parser.add_argument("--output", help="the directory for inputs that fail; BUILD/fuzz by default")
    parser.add_argument("--all", action="store_true", help="print every failure, not the first at each place")
    parser.add_argument("--replay", help="run one saved input of the one --kind")
    parser.add_argument("--arguments", default="", help="of the replayed input")
    options = parser.parse_args()
    options.build = os.path.abspath(options.build)
    options.worker = os.path.join(options.build, "bin", "unittests", "camber-fuzz-worker")
    options.kind = options.kind.split(",")
    for kind in options.kind:
        if kind not in [*corpus.WEIGHTS, corpus.SELFTEST]:
            parser.error("no kind '%s'; kinds are %s" % (kind, ", ".join(corpus.WEIGHTS)))
    if not os.path.exists(options.worker):
        parser.error("'%s' is not there; build the target camber-fuzz-worker" % options.worker)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if is_sanitized(options.build):  # slower, and their shadow is terabytes of addresses
        options.memory_limit = 0
        options.time_limit *= 6
    if options.replay:
        return replay(options)
    options.seed = options.seed or commit()
    options.seconds = options.seconds or (0 if options.runs else 60)
    options.output = options.output or os.path.join(options.build, "fuzz")
    os.makedirs(options.output, exist_ok=True)
    return Fuzzer(options).run()


if __name__ == "__main__":
    sys.exit(main())
