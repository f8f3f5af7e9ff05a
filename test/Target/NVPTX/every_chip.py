# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Every bias, mask and type for every chip in the PTX interpreter. A kernel whose PTX differs from another chip's in nothing but the
name of the chip is interpreted once.

usage: every_chip.py FOLDER      (an empty directory to work in; camber-compile and camber-check are in PATH)
"""
import itertools
import sys

import interpret

CHIPS = ["sm_80", "sm_86", "sm_89", "sm_90", "sm_100", "sm_120"]
BIASES = {
    "none": {"bias": "none"},
    "softcap": {"bias": "none", "softcap": 8},
    "alibi": {"bias": "alibi"},
    "alibi_symmetric": {"bias": "alibi", "alibi-form": "symmetric"},
    "alibi_sqrt": {"bias": "alibi", "alibi-form": "sqrt"},
    "alibi_half": {"bias": "alibi", "alibi-form": "half", "heads": 2},
    "alibi_asymmetric": {"bias": "alibi", "alibi-form": "asymmetric", "slopes": "operand"},
    "t5": {"bias": "t5"},
    "t5_bidirectional": {"bias": "t5", "bidirectional": True},
}
MASKS = {
    "full": {},
    "causal": {"causal": True},
    "window": {"window": "9,5"},
    "prefix": {"prefix": 5},
    "segments": {"segments": True},
    "key_ranges": {"key-ranges": True},
}
DTYPES = ["f32", "f16", "bf16"]
# As many queries as it takes for ALiBi to skip keys.
SIZES = {"heads": 1, "head-dim": 16, "q-len": 70, "kv-len": 90}
directory = sys.argv[1]

families = [{"name": "%s_%s_%s" % (bias, mask, dtype), "kernel": {**SIZES, **BIASES[bias], **MASKS[mask], "dtype": dtype}}
            for bias, mask, dtype in itertools.product(BIASES, MASKS, DTYPES)]
bundle = interpret.compile_families(directory, "every_chip", families, CHIPS)
known, passed, interpreted = set(), 0, 0
for chip in CHIPS:
    texts = interpret.texts(bundle, chip)
    assert sorted(texts) == sorted(family["name"] for family in families)
    new = [name for name, text in texts.items() if (name, text) not in known]
    good = interpret.check(bundle, chip, new, "--inputs=normal") if new else 0
    print("%s: %d of %d kernels are its own, %d passed" % (chip, len(new), len(texts), good))
    known.update(texts.items())
    passed += good
    interpreted += len(new)
print("%d of %d" % (passed, interpreted))
sys.exit(passed != interpreted)
