# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""usage: manifest_schema.py SCHEMA BUNDLE ...: the manifests of bundles follow the schema, and broken ones do not."""
import copy
import json
import os
import sys

import jsonschema

with open(sys.argv[1]) as file:
    schema = json.load(file)
jsonschema.Draft202012Validator.check_schema(schema)
validator = jsonschema.Draft202012Validator(schema)
failures = []
for bundle in sys.argv[2:]:
    with open(os.path.join(bundle, "manifest.json")) as file:
        manifest = json.load(file)
    failures += ["%s: %s: %s" % (bundle, error.json_path, error.message) for error in validator.iter_errors(manifest)]


def expect_broken(what, edit):
    changed = copy.deepcopy(manifest)
    edit(changed)
    if validator.is_valid(changed):
        failures.append("the schema accepts %s" % what)


expect_broken("a manifest without kernels", lambda m: m.pop("kernels"))
expect_broken("an unknown member", lambda m: m.update(comment="x"))
expect_broken("a short hash", lambda m: m["files"][0].update(xxh3="12"))
expect_broken("a role that there is not", lambda m: m["kernels"][0]["operands"][0].update(role="mask"))
expect_broken("a bound without a value", lambda m: m["kernels"][0].update(q_len={"kind": "bounded"}))
expect_broken("a value without a bound", lambda m: m["kernels"][0].update(q_len={"kind": "dynamic", "value": 3}))
expect_broken("PTX without launch config", lambda m: m["kernels"][0]["targets"][0].update(ptx="device/k.ptx"))
expect_broken("an empty family", lambda m: m.update(families=[{"name": "f", "kernels": []}]))
expect_broken("a table without values", lambda m: m["kernels"][0]["score"].update(tables=[{"name": "constant.0", "element": "f32", "dims": [2]}]))
print("\n".join(failures))
sys.exit(bool(failures))
