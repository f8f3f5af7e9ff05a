# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Interrupts tools at chosen moments: no temporary directory stays behind, and a bundle that was there is whole.

usage: interrupt.py FOLDER      (an empty directory to work in; camber-compile, camber-run and camber-check are in PATH)
"""
import os
import signal
import subprocess
import sys
import time

root = sys.argv[1]
temporary = os.path.join(root, "tmp")
bundle = os.path.join(root, "k")
os.mkdir(temporary)
KERNEL = ["--bias=alibi", "--heads=2", "--head-dim=32", "--q-len=?", "--kv-len=?", "--name=k"]
# Two targets and a larger kernel: long enough to be caught at work.
SLOW = ["--bias=alibi", "--heads=8", "--head-dim=128", "--q-len=?", "--kv-len=?", "--target=x86-64-v3,x86-64-v4", "--name=k"]
COMPILE = ["camber-compile", *SLOW, "--force", "-o", bundle]


def manifest():
    with open(os.path.join(bundle, "manifest.json"), "rb") as file:
        return file.read()


def own_signals():
    # A test runner in the background may have them ignored.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


def interrupted(command, number, moment):
    """Starts the command and sends the signal once moment() holds. False: it had ended before."""
    process = subprocess.Popen(command, env={**os.environ, "TMPDIR": temporary}, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL, preexec_fn=own_signals)
    while process.poll() is None and not moment():
        pass
    if process.poll() is None:
        process.send_signal(number)
    status = process.wait(timeout=60)
    left = sorted(os.listdir(root)), os.listdir(temporary)
    assert left == (["k", "tmp"], []), "%s at '%s' left %s" % (command[0], moment.__name__, left)
    assert status in (0, -number), "%s ended with %d after signal %d" % (command[0], status, number)
    return status != 0


def after_a_moment():
    time.sleep(0.3)
    return True


def while_running():
    return any(name.startswith("camber-run-") for name in os.listdir(temporary))


def when_a_folder_appears():
    return os.listdir(temporary) or len(os.listdir(root)) > 2


subprocess.run(["camber-compile", *KERNEL, "--target=x86-64-v3", "-o", bundle], check=True)
old = manifest()
for number in (signal.SIGINT, signal.SIGTERM):
    assert interrupted(COMPILE, number, after_a_moment), "0.3 s were too many"
    assert interrupted(["camber-run", *KERNEL], number, while_running), "no directory of camber-run was seen"
    assert manifest() == old, "the old bundle has changed"
# The linker's directory and that of the new bundle live for milliseconds: the command may end before the signal, or the new
# bundle be in place; either is fine. test/Compiler/EarlyExitTest.cpp meets these moments for certain.
interrupted(COMPILE, signal.SIGINT, when_a_folder_appears)
subprocess.run(["camber-check", bundle, "--inputs=normal", "--q-len=5", "--kv-len=9"], check=True)

# nohup and background jobs have signals ignored, and they stay ignored.
process = subprocess.Popen(["camber-compile", *KERNEL, "--force", "-o", bundle], env={**os.environ, "TMPDIR": temporary},
                           preexec_fn=lambda: [signal.signal(n, signal.SIG_IGN) for n in (signal.SIGHUP, signal.SIGINT)])
time.sleep(0.2)
for number in (signal.SIGHUP, signal.SIGINT):
    process.send_signal(number)
assert process.wait(timeout=60) == 0
