# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Timing interleaved in this process, cold, as camber-check does it."""
import ctypes
import time

from .kernels import median

COLD_BYTES = 256 << 20


class Sweep:
    """Reading a buffer that no cache holds leaves nothing of the operands in the caches."""

    def __init__(self):
        self.memory = ctypes.create_string_buffer(COLD_BYTES)
        ctypes.memset(self.memory, 1, COLD_BYTES)  # pages that were never written would all be one
        self.search = ctypes.CDLL(None).memchr
        self.search.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_size_t]

    def __call__(self):
        self.search(ctypes.addressof(self.memory), 2, COLD_BYTES)


def run_interleaved(candidates, seconds, threads, min_rounds=5, max_rounds=100):
    """{name: [seconds of each round]} for {name: function}. One round that is not counted comes first. As in camber-check, rounds
    go on until each candidate's calls add up to `seconds`, or three times as long has passed for each; and what runs on one thread
    is timed by this thread's processor time, without what other programs had of the processor."""
    clock = time.thread_time if threads == 1 else time.perf_counter
    sweep, times = Sweep(), {name: [] for name in candidates}
    names = list(candidates)
    for candidate in candidates.values():
        candidate()
    begin = time.perf_counter()
    for number in range(max_rounds):
        enough = min(sum(times[name]) for name in names) >= seconds or time.perf_counter() - begin > 3 * seconds * len(names)
        if number >= min_rounds and enough:
            break
        for i in range(len(names)):
            name = names[(i + number) % len(names)]
            sweep()
            start = clock()
            candidates[name]()
            times[name].append(clock() - start)
    return times


def ratio(times, numerator, denominator):
    """The median of the ratios in each round."""
    return median([a / b for a, b in zip(times[numerator], times[denominator])])
