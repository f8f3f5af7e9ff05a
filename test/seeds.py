# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The seed of random tests: another one for each commit, so that they wander, and the same for all who test that commit.

The environment's CAMBER_TEST_SEED comes before it; outside of a checkout of git it is 1."""
import os
import subprocess


def seed():
    given = os.environ.get("CAMBER_TEST_SEED")
    if given:
        return int(given)
    commit = subprocess.run(["git", "-C", os.path.dirname(os.path.abspath(__file__)), "rev-parse", "HEAD"], capture_output=True, text=True)
    return int(commit.stdout[:6], 16) if commit.returncode == 0 else 1
