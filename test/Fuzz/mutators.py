# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Mutants that get past the first check: what is changed is a token, a line or a field, seldom a byte."""
import json
import re
from dataclasses import dataclass

import corpus


@dataclass
class Case:
    kind: str
    arguments: str
    data: bytes
    origin: str


INTEGERS = [0, 1, 2, 3, 4, 7, 8, 12, 15, 16, 17, 31, 32, 33, 40, 48, 63, 64, 65, 80, 96, 127, 128, 129, 255, 256, 257, 512, 1000,
            4095, 4096, 65535, 65536, 2**24 - 1, 2**24, 2**31 - 1, 2**31, 2**32 - 1, 2**32, 2**32 + 64, 2**53, 2**63 - 1, 2**63,
            2**64 - 1, 2**64, 10**30, -1, -2, -16, -2**31, -2**63]
FLOATS = ["0.0", "-0.0", "1.0", "-1.0", "0.5", "1.0e-45", "1.0e-38", "1.0e38", "1.0e39", "1.0e308", "1.0e-320", "0x7F800000",
          "0xFF800000", "0x7FC00000", "3.0", "1.44269504"]
TYPES = ["f32", "f16", "bf16", "f64", "i1", "i8", "i16", "i32", "i64", "index", "f80", "si32", "complex<f32>", "none",
         "!tile.tile<64xf32>", "!tile.rows<64>", "!pipeline.token", "memref<?xf32>", "tensor<4xf32>", "vector<4xf32>"]
TOKEN = re.compile(r"""
    "(?:[^"\\\n]|\\.)*"            |  # strings
    (?:\d+|\?)x(?=[\d?a-z!])       |  # a dimension of a shape
    [%^@!\#][\w.$-]+(?:\#\d+)?     |  # values, blocks, symbols, types, attributes
    0x[0-9a-fA-F]+                 |
    \d+\.\d*(?:[eE][+-]?\d+)?      |
    \d+                            |
    [A-Za-z_][\w.$]*               |
    ->|::                          |
    \s+                            |
    .""", re.X | re.S)
NUMBER = re.compile(r"\d+$")
FLOAT = re.compile(r"\d+\.\d*")


def tokens_of(text):
    return TOKEN.findall(text)


def other_integer(chance, old):
    value = int(old)
    return str(chance.choice([chance.choice(INTEGERS)] * 3 + [value + 1, value - 1, value * 2, value // 2, -value, value + 16]))


def places(tokens, test):
    return [i for i, token in enumerate(tokens) if test(token)]


def change_integer(tokens, chance):
    """One integer, or all that are the same: shapes that agree are what verifiers ask for."""
    found = places(tokens, lambda t: NUMBER.match(t) or (t[-1:] == "x" and t[:-1].isdigit()))
    if not found:
        return
    old = tokens[chance.choice(found)].rstrip("x")
    new = other_integer(chance, old)
    if chance.random() < 0.15:
        new = "?"
    same = [i for i in found if tokens[i].rstrip("x") == old]
    for i in (same if chance.random() < 0.5 else [chance.choice(same)]):
        tokens[i] = new + "x" * tokens[i].endswith("x")


def change_float(tokens, chance):
    found = places(tokens, FLOAT.match)
    if found:
        tokens[chance.choice(found)] = chance.choice(FLOATS)


def change_type(tokens, chance):
    found = places(tokens, lambda t: t in TYPES)
    if not found:
        return
    old, new = tokens[chance.choice(found)], chance.choice(TYPES[:10] if chance.random() < 0.8 else TYPES)
    same = [i for i in found if tokens[i] == old]
    for i in (same if chance.random() < 0.4 else [chance.choice(same)]):
        tokens[i] = new


def change_rank(tokens, chance):
    """A dimension more or fewer, also to rank 0."""
    found = places(tokens, lambda t: t[-1:] == "x" and (t[:-1].isdigit() or t == "?x"))
    if not found:
        return
    i = chance.choice(found)
    tokens[i] = chance.choice(["", tokens[i] * 2, "?x", "0x" if False else "1x", "?x" + tokens[i]])


def change_layout(tokens, chance):
    found = [i for i, t in enumerate(tokens) if t == "memref" and i + 1 < len(tokens) and tokens[i + 1] == "<"]
    if not found:
        return
    i = chance.choice(found)
    end = next((j for j in range(i, len(tokens)) if tokens[j] == ">"), None)
    if end:
        rank = sum(t[-1:] == "x" for t in tokens[i:end])
        strides = ", ".join(chance.choice(["?", "1", "0", "64"]) for _ in range(rank))
        tokens[end] = chance.choice([", 3>", ", 1>", ", strided<[%s]>>" % strides, ", strided<[%s], offset: ?>>" % strides,
                                     ', "device">', ", affine_map<(d0) -> (d0)>>"])


def swap_values(tokens, chance):
    found = places(tokens, lambda t: t[0] in "%^" and len(t) > 1)
    if len(found) > 1:
        i, j = chance.sample(found, 2)
        if chance.random() < 0.5:
            tokens[i], tokens[j] = tokens[j], tokens[i]
        else:
            tokens[i] = tokens[j]


def swap_words(tokens, chance):
    """A keyword, op name, attribute or attribute name for another one of the same sort."""
    found = places(tokens, lambda t: len(t) > 1 and (t[0].isalpha() or t[0] in "@!#\""))
    if len(found) > 1:
        i = chance.choice(found)
        like = [j for j in found if ("." in tokens[j]) == ("." in tokens[i])]
        tokens[i] = tokens[chance.choice(like)]


def drop_span(tokens, chance):
    """A token, a bracket with all it holds, or one element of a list."""
    found = places(tokens, lambda t: not t.isspace())
    if not found:
        return
    i = chance.choice(found)
    openings, closings = "([{<", ")]}>"
    if chance.random() < 0.5:
        found = places(tokens, lambda t: t in openings and t)
        if found:
            i = chance.choice(found)
    end, depth = i, 0
    for end in range(i, len(tokens)):
        depth += (tokens[end] in openings) - (tokens[end] in closings)
        if depth <= 0:
            break
    if chance.random() < 0.3:
        tokens[i + 1:end] = []
    else:
        tokens[i:end + 1] = []


def drop_attribute(tokens, chance):
    """`name = value` of a dictionary, or all of one on a function."""
    found = [i for i, t in enumerate(tokens) if t == "="]
    if not found:
        return
    i = chance.choice(found)
    begin = max((j for j in range(i) if tokens[j] in "{,<"), default=None)
    end = next((j for j in range(i, len(tokens)) if tokens[j] in ",}>"), None)
    if begin is not None and end is not None and end - begin < 60:
        tokens[begin + 1:end] = []


def change_lines(text, chance, others):
    lines = text.split("\n")
    i = chance.randrange(len(lines))
    choice = chance.randrange(6)
    if choice == 0:
        del lines[i]
    elif choice == 1:
        lines.insert(chance.randrange(len(lines)), lines[i])
    elif choice == 2:
        j = chance.randrange(len(lines))
        lines[i], lines[j] = lines[j], lines[i]
    elif choice == 3:  # an op with its region
        end, depth = i, 0
        for end in range(i, len(lines)):
            depth += lines[end].count("{") - lines[end].count("}")
            if depth <= 0:
                break
        block = lines[i:end + 1]
        if chance.random() < 0.5:
            del lines[i:end + 1]
        else:
            lines[chance.randrange(len(lines)):0] = block
    else:
        other = chance.choice(others).data.decode(errors="replace").split("\n")
        lines.insert(i, chance.choice(other))
    return "\n".join(lines)


def change_bytes(text, chance):
    if not text:
        return text
    i = chance.randrange(len(text))
    return text[:i] + chance.choice(["", text[i] * 2, chr(chance.randrange(1, 127)), "\n", "é", "\0", "{", "}", ",", ":", "-", "#"]) + text[
        i + chance.choice([0, 1, 1, 4]):]


TOKEN_CHANGES = [change_integer] * 4 + [change_type] * 2 + [change_float, change_rank, change_layout, swap_values, swap_values,
                                                            swap_words, drop_span, drop_attribute]


def change_text(text, chance, others, token_changes=TOKEN_CHANGES):
    for _ in range(chance.choice([1] * 8 + [2, 2, 3, 5])):
        choice = chance.random()
        if choice < 0.7:
            tokens = tokens_of(text)
            chance.choice(token_changes)(tokens, chance)
            text = "".join(tokens)
        elif choice < 0.95:
            text = change_lines(text, chance, others)
        else:
            text = change_bytes(text, chance)
    return text


#===- kinds -----------------------------------------------------------------===#


def pipeline_of(flags):
    """The textual form of flags: `--a=x=1` is `a{x=1}`."""
    parts = []
    for flag in flags:
        name, _, options = flag[2:].partition("=")
        parts.append(name + ("{%s}" % options if options else ""))
    return ",".join(parts)


def flags_of(pipeline):
    return ["--" + name + ("=" + options[1:-1] if options else "")
            for name, options in re.findall(r"([\w-]+)(\{[^}]*\})?(?:,|$)", pipeline) if name]


def mutate_mlir(inputs, chance):
    base = chance.choice(inputs.inputs)
    flags = list(chance.choice(base.pipelines)) if base.pipelines else []
    choice = chance.random()
    if choice < 0.3 or not flags:  # also what no test runs on IR of this level
        flags = [chance.choice(inputs.passes)]
    elif choice < 0.45:
        flags.insert(chance.randrange(len(flags) + 1), chance.choice(inputs.passes))
    elif choice < 0.5:
        del flags[chance.randrange(len(flags))]
    if chance.random() < 0.03:
        tokens = tokens_of(" ".join(flags))
        change_integer(tokens, chance)
        flags = "".join(tokens).split(" ")
        flags = [flag for flag in flags if flag.startswith("--")]
    text = change_text(base.data.decode(errors="replace"), chance, inputs.inputs)
    return Case("mlir", pipeline_of(flags), text.encode(), base.origin)


def choose_level(inputs, chance):
    """An input as it is, perhaps lowered as its test does, and a pass for whatever level."""
    base = chance.choice(inputs.inputs)
    flags = list(chance.choice(base.pipelines)) if base.pipelines and chance.random() < 0.5 else []
    return Case("levels", pipeline_of([*flags, chance.choice(inputs.passes)]), base.data, base.origin)


def level_of(chance, levels):
    return "%s %s" % (chance.choice(levels), chance.choice(corpus.TARGETS))


def mutate_kernel(inputs, chance):
    base = chance.choice(inputs.inputs)
    text = change_text(base.data.decode(errors="replace"), chance, inputs.inputs)
    return Case("kernel", level_of(chance, ["llvm", "asm"]), text.encode(), base.origin)


SPEC_VALUES = ["none", "alibi", "t5", "true", "false", "f16", "bf16", "f32", "'?'", "'<=64'", "0", "inf", "nan", "[1, 2]", "{a: 1}", "''",
               '"a', "&x 1", "*x", "!!int 3", "|", "~", "window", "1e400", "bloom-560m", "t5-base-encoder"]


def mutate_spec(inputs, chance):
    base = chance.choice(inputs.inputs)
    text = base.data.decode(errors="replace")
    for _ in range(chance.choice([1, 1, 2, 3])):
        choice = chance.random()
        if choice < 0.5:
            text = change_text(text, chance, inputs.inputs, [change_integer, change_integer, swap_words, drop_span, drop_attribute])
        else:
            tokens = tokens_of(text)
            if choice < 0.7:
                found = places(tokens, lambda t: t in ",:[]{}\"-&*|>?!%@" or (t.isspace() and "\n" in t))
                if found:
                    i = chance.choice(found)
                    tokens[i] = chance.choice(["", tokens[i] * 2, ",", ":", "[", "]", "{", "}", "\n", "\n  ", " ", "- ", "? ", ": "])
            else:
                found = places(tokens, lambda t: t[0].isalnum())
                if found:
                    tokens[chance.choice(found)] = chance.choice(SPEC_VALUES)
            text = "".join(tokens)
    return Case("spec", level_of(chance, ["attn", "attn", "tile", "schedule"]), text.encode(), base.origin)


JSON_VALUES = [None, True, False, 0, 1, -1, 2**31, 2**32, 2**53, 2**63 - 1, 2**63, 2**64, -2**63, 1e308, 0.5, "", "f32", "?", "é", [], {}, [[]],
               [0] * 9, {"": {}}, "x" * 300]


def mutate_json(kind, inputs, chance):
    base = chance.choice(inputs.inputs)
    text = base.data.decode()
    if chance.random() < 0.7:
        tree = json.loads(text)
        for _ in range(chance.choice([1, 1, 2, 4])):
            spots = []
            def visit(node):
                for key in (list(node) if isinstance(node, dict) else range(len(node))):
                    spots.append((node, key))
                    if isinstance(node[key], (dict, list)):
                        visit(node[key])
            visit(tree)
            if not spots:
                break
            node, key = chance.choice(spots)
            choice = chance.random()
            if choice < 0.2:
                del node[key]
            elif choice < 0.4:
                other, name = chance.choice(spots)
                node[key] = json.loads(json.dumps(other[name]))
            elif choice < 0.6 and isinstance(node[key], str):
                node[key] = change_text(node[key], chance, inputs.inputs)[:2000]
            elif choice < 0.8 and isinstance(node[key], int):
                node[key] = int(other_integer(chance, node[key]))
            else:
                node[key] = chance.choice(JSON_VALUES)
        text = json.dumps(tree)
    else:
        text = change_text(text, chance, inputs.inputs, [change_integer, change_integer, swap_words, drop_span])
    return Case(kind, "", text.encode(errors="replace"), base.origin)


def mutate_npy(inputs, chance):
    base = chance.choice(inputs.inputs)
    data = bytearray(base.data)
    length = 10 + int.from_bytes(data[8:10], "little")
    header, body = bytes(data[10:length]), bytes(data[length:])
    for _ in range(chance.choice([1, 1, 2, 3])):
        choice = chance.random()
        if choice < 0.6:
            text = change_text(header.decode(errors="replace"), chance, inputs.inputs[:1], [change_integer, change_integer, swap_words, drop_span])
            header = text.encode(errors="replace")[:3000]
        elif choice < 0.7:
            header = re.sub(rb"'descr': '[^']*'", b"'descr': '%s'" % chance.choice(
                [b"<f2", b"<f8", b">f4", b"|u1", b"<i8", b"|b1", b"<c8", b"", b"<", b"<f", b"<f9", b"|V2", b"<U4", b"O"]), header)
        elif choice < 0.8:
            body = body[:chance.randrange(len(body) + 1)]
        elif choice < 0.9 and body:
            i = chance.randrange(len(body))
            body = body[:i] + bytes([chance.randrange(256)]) + body[i + 1:]
        else:
            body += bytes(chance.randrange(9))
    size = chance.choice([len(header)] * 8 + [0, 1, 65535, len(header) + 1])
    version = chance.choice([1] * 8 + [2, 3, 0, 255])
    prefix = bytes(data[:6]) + bytes([version, 0]) + size.to_bytes(2 if version == 1 else 4, "little")
    result = prefix + header + body
    if chance.random() < 0.1:
        result = result[:chance.randrange(16)]
    return Case("npy", "", result, base.origin)


PTX_SUFFIXES = [".u32", ".u64", ".s32", ".s64", ".b32", ".b64", ".f32", ".f64", ".f16", ".b16", ".b8", ".u8", ".pred", ".v2", ".v4", ".shared",
                ".global", ".local", ".param", ".const", ".x1", ".x2", ".x4", ".sync", ".aligned", ".cta", ".gpu", ".rn", ".rz", ".sat"]


def change_opcode(tokens, chance):
    """A suffix of an instruction or a directive."""
    found = places(tokens, lambda t: "." in t and t[0].isalpha())
    if not found:
        return
    i = chance.choice(found)
    parts = re.split(r"(?=\.)", tokens[i])
    j = chance.randrange(1, len(parts))
    parts[j] = chance.choice(["", chance.choice(PTX_SUFFIXES), parts[j] * 2])
    tokens[i] = "".join(parts)


def mutate_ptx(inputs, chance):
    base = chance.choice(inputs.inputs)
    text = change_text(base.data.decode(errors="replace"), chance, inputs.inputs,
                       [change_integer] * 3 + [change_opcode] * 3 + [swap_values] * 2 + [swap_words, drop_span])
    return Case("ptx", "", text.encode(errors="replace"), base.origin)


def mutate_operand(inputs, chance):
    base = chance.choice(inputs.inputs)
    text = base.data.decode()
    for _ in range(chance.choice([1, 1, 2, 3])):
        text = change_text(text, chance, inputs.inputs, [change_integer, change_integer, change_rank, swap_words, drop_span])
    return Case("operand", "", text.replace("\0", "").encode(errors="replace"), base.origin)


def mutate(kind, inputs, chance):
    if kind == corpus.SELFTEST:
        return Case(kind, "", chance.choice(inputs.inputs).data, "selftest")
    if kind in ("manifest", "schedules"):
        return mutate_json(kind, inputs, chance)
    return {"mlir": mutate_mlir, "levels": choose_level, "kernel": mutate_kernel, "spec": mutate_spec, "npy": mutate_npy, "ptx": mutate_ptx,
            "operand": mutate_operand}[kind](inputs, chance)
