# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Bundles that are damaged, mixed, newer, or for another processor: camber-check refuses them, says why, and runs nothing.

usage: bad_bundles.py FOLDER      (an empty directory to work in; camber-compile, camber-run and camber-check are in PATH)
"""
import json
import os
import re
import shutil
import subprocess
import sys

directory = sys.argv[1]
failures = 0


def path(*parts):
    return os.path.join(directory, *parts)


def compile_bundle(name, target, *flags):
    subprocess.run(["camber-compile", "--bias=none", "--heads=2", "--head-dim=16", "--target=" + target, "--name=k", "-o",
                    path(name), *flags], check=True)


def expect(message, *command, program="camber-check: error: "):
    global failures
    run = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if run.returncode != 2 or run.stdout or message not in run.stderr or not run.stderr.startswith(program):
        failures += 1
        print("%s: '%s' expected with status 2; status %d and\n%s%s" %
              (" ".join(command), message, run.returncode, run.stdout, run.stderr))


def case(message, edit):
    """`edit` damages the copy of a good bundle in the directory it is given."""
    bundle = path("copy")
    shutil.copytree(path("good"), bundle)
    edit(bundle)
    expect(message, "camber-check", bundle)
    shutil.rmtree(bundle, ignore_errors=True)


def edited(file, change):
    def edit(bundle):
        with open(os.path.join(bundle, file), "rb") as stream:
            data = stream.read()
        after = change(data)
        assert after != data
        with open(os.path.join(bundle, file), "wb") as stream:
            stream.write(after)
    return edit


def manifest(change):
    return edited("manifest.json", change)


def moved_from(bundle, file):
    return lambda copy: shutil.copy(path(bundle, file), os.path.join(copy, file))


def turned_into_folder(file):
    def edit(bundle):
        os.remove(os.path.join(bundle, file))
        os.mkdir(os.path.join(bundle, file))
    return edit


compile_bundle("good", "x86-64-v3")
compile_bundle("other", "x86-64-v3", "--causal")
subprocess.run(["camber-check", path("good"), "--inputs=normal"], check=True)

# Manifests. A newer one is told apart from an edited one, although its checksum is wrong, too.
case("manifest.json: manifest_version is 2, this program reads up to 1", manifest(
    lambda data: re.sub(rb'"manifest_version": \d+', b'"manifest_version": 2', data)))
case("manifest.json: checksum does not match; the file was edited, compile the bundle again",
     manifest(lambda data: data.replace(b'"heads": 2', b'"heads": 4')))
for damage in (lambda data: data[:300], lambda data: b"", lambda data: b"\xff" + data):
    case("manifest.json: not valid JSON; it was truncated or edited, compile the bundle again", manifest(damage))
case("manifest.json: cannot be opened; is it there and readable? A bundle is a directory written by camber-compile.",
     lambda bundle: os.remove(os.path.join(bundle, "manifest.json")))
case("manifest.json: cannot be read; is it a directory?", turned_into_folder("manifest.json"))
case("manifest.json: cannot be opened", shutil.rmtree)
expect("manifest.json: cannot be opened", "camber-check", path("good", "manifest.json"))

# Libraries. Swapped ones differ in size or hash; a manifest and a library that were both swapped make a good bundle.
case("libk.so: has ", moved_from("other", "lib/libk.so"))
case("libk.a: has ", moved_from("other", "lib/libk.a"))
case("compile it again", moved_from("other", "manifest.json"))
case("libk.so: does not have the hash in ", edited("lib/libk.so", lambda data: data[:999] + b"!" + data[1000:]))
case("libk.so: has 100 bytes, but ", edited("lib/libk.so", lambda data: data[:100]))
case("libk.so: cannot be opened; is it there and readable? It is listed in ",
     lambda bundle: os.remove(os.path.join(bundle, "lib/libk.so")))
case("libk.so: cannot be read; is it a directory?", turned_into_folder("lib/libk.so"))

# Processors. Nothing is compiled that cannot be run.
compile_bundle("arm", "aarch64")
expect("architecture is 'aarch64', this machine is 'x86_64'; compile for a target of this machine", "camber-check", path("arm"))
RUN = ["camber-run", "--bias=none", "--heads=2", "--head-dim=16"]
expect("this processor cannot run aarch64; leave --target away", *RUN, "--target=aarch64", program="error: ")

with open(path("good", "manifest.json")) as file:
    assert json.load(file)["manifest_version"] == 1, "then the first case above tests nothing"
print("%d failures" % failures)
sys.exit(1 if failures else 0)
