# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What the figures were measured on."""
import os
import platform
import subprocess


def cpuinfo():
    """{field: value} of the first processor."""
    try:
        with open("/proc/cpuinfo") as file:
            lines = file.read().split("\n\n")[0].splitlines()
    except OSError:
        return {}
    return {key.strip(): value.strip() for key, value in (line.split(":", 1) for line in lines if ":" in line)}


def targets():
    """The targets that this processor runs, best first."""
    if platform.machine() != "x86_64":
        return ["native"]
    flags = set(cpuinfo().get("flags", "").split())
    wide = {"avx512f", "avx512bw", "avx512dq", "avx512vl", "avx512cd"} <= flags
    return (["x86-64-v4"] if wide else []) + ["x86-64-v3"]


def describe():
    """Rows of (what, value)."""
    info = cpuinfo()
    rows = [("processor", info.get("model name", platform.processor() or platform.machine())),
            ("processors", str(os.cpu_count())), ("system", platform.platform()), ("targets", ", ".join(targets()))]
    try:
        with open("/proc/meminfo") as file:
            rows.append(("memory", "%.0f GiB" % (int(file.readline().split()[1]) / 2**20)))
    except (OSError, IndexError, ValueError):
        pass
    source = os.path.dirname(os.path.abspath(__file__))
    commit = subprocess.run(["git", "-C", source, "describe", "--always", "--dirty"], capture_output=True, text=True)
    if commit.returncode == 0:
        rows.append(("Camber", commit.stdout.strip()))
    rows.append(("load before", " ".join("%.2f" % load for load in os.getloadavg())))
    return rows
