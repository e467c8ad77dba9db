#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""conform.py RELEASED.fbs NOW.fbs: whether today's schema reads and writes what a released one did.

The version rules of package.fbs: a table's fields keep id, type and default, and none goes; enumerators and members of
unions are only appended; structs never change. `flatc --conform` checks types and defaults of fields that are in both; this
checks the rest, and that ids are explicit. Prints what breaks a rule; exit code 1 if anything does.
"""
import re
import subprocess
import sys

BLOCK = re.compile(r"\b(table|struct|enum|union)\s+(\w+)\s*(?::\s*(\w+))?\s*\{(.*?)\}", re.S)
FIELD = re.compile(r"^(\w+)\s*:\s*(\[?[\w.]+\]?)\s*(?:=\s*([^\s(]+))?\s*(?:\((.*)\))?$")


def declarations(path):
    """{name: (kind, base type, [member])} in the order of the file; comments and white space are gone."""
    with open(path) as file:
        text = re.sub(r"//[^\n]*", "", file.read())
    found = {}
    for kind, name, base, body in BLOCK.findall(text):
        members = [" ".join(part.split()) for part in re.split(r"[;,](?![^(]*\))", body)]
        found[name] = (kind, base, [member for member in members if member])
    return found


def fields(members):
    """{id: (name, type, default, other attributes)} of a table."""
    result = {}
    for member in members:
        match = FIELD.match(member)
        if not match:
            sys.exit(f"error: cannot read '{member}'")
        name, kind, default, attributes = match.groups()
        words = [word.strip() for word in (attributes or "").split(",") if word.strip()]
        ids = [int(word.split(":")[1]) for word in words if re.fullmatch(r"id\s*:\s*\d+", word)]
        if not ids:
            sys.exit(f"error: field '{name}' has no explicit id")
        result[ids[0]] = (name, kind, default, tuple(word for word in words if not word.startswith("id")))
    return result


def differences(released, now):
    for name, (kind, base, members) in released.items():
        if name not in now:
            yield f"{kind} {name} is gone"
        elif now[name][:2] != (kind, base):
            yield f"{kind} {name} is another kind of declaration"
        elif kind == "table":
            present = fields(now[name][2])
            for number, field in fields(members).items():
                if present.get(number) != field:
                    yield f"field {field[0]} (id {number}) of table {name} is gone or another"
        elif kind == "struct" and now[name][2] != members:
            yield f"struct {name} is another"
        elif now[name][2][:len(members)] != members:
            yield f"{kind} {name} has lost or moved one of: {', '.join(members)}"


def main(released, now):
    found = list(differences(declarations(released), declarations(now)))
    for difference in found:
        print(difference)
    flatc = subprocess.run(["flatc", "--conform", released, now], capture_output=True, text=True)
    if flatc.returncode:
        print("flatc: " + " ".join((flatc.stdout + flatc.stderr).split()))
    return 1 if found or flatc.returncode else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
