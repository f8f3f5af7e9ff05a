# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Every preset compiles for a device.

usage: presets.py FOLDER [--assembled]      The interpreter knows all of its PTX; or ptxas, which is in PATH, has assembled it.
"""
import os
import subprocess
import sys

directory, assembled = sys.argv[1], "--assembled" in sys.argv
listed = subprocess.run(["camber-compile", "--list-models"], capture_output=True, text=True, check=True).stdout
models = [line.split()[0] for line in listed.splitlines() if line.strip()]
failed = 0
for model in models:
    bundle = os.path.join(directory, model)
    run = subprocess.run(["camber-compile", "--model=" + model, "--dtype=f16", "--target=sm_80", "-o", bundle, "--force"],
                         capture_output=True, text=True)
    names = os.listdir(os.path.join(bundle, "device")) if run.returncode == 0 else []
    texts = [os.path.join(bundle, "device", name) for name in names if name.endswith(".ptx")]
    known = [subprocess.run(["camber-ptx", "--list", text], capture_output=True, text=True) for text in texts if not assembled]
    good = len(texts) == 1 and not any(k.returncode for k in known)
    good = good and any(name.endswith(".cubin") for name in names) == assembled
    failed += not good
    print("%s: %s" % ("ok" if good else "FAILED", model))
    if not good:
        print(run.stderr, *(k.stdout + k.stderr for k in known))
print("%d of %d presets" % (len(models) - failed, len(models)))
sys.exit(failed != 0)
