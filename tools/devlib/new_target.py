# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""tools/dev new-target NAME: a new target as a copy of the null target, under its own name.

The copy builds and passes its conformance as it is: the first change starts from something that works. NAME may have a
kind, as in npu/acme; the target is then called acme and lives in targets/npu/acme.
"""
import os
import re
import shutil
import sys

from paths import ROOT

SOURCE = os.path.join(ROOT, "targets", "null")
TEXT = (".txt", ".h", ".cpp", ".md", ".json")


# C++ words of small letters: the name becomes a namespace.
RESERVED = set("""alignas alignof and asm auto bitand bitor bool break case catch char class compl concept const consteval constexpr
constinit continue decltype default delete do double else enum explicit export extern false float for friend goto if inline int long
mutable namespace new noexcept not nullptr operator or private protected public register requires return short signed sizeof static
struct switch template this throw true try typedef typeid typename union unsigned using virtual void volatile while xor std sinter
rt null""".split())


def taken(name):
    """Folders of targets that are called so, whatever their kind."""
    return [os.path.relpath(folder, ROOT) for folder, _, files in os.walk(os.path.join(ROOT, "targets"))
            if os.path.basename(folder) == name and "target.json" in files]


def renamed(text, name):
    """null, Null and NULL where they name the target; `nullptr`, `/dev/null` and C's NULL stay."""
    title = name[0].upper() + name[1:]
    text = re.sub(r"\bnull\b(?!,? ?ptr)", name, text)
    text = re.sub(r"\bnull(?=TargetJson\b)", name, text)
    text = re.sub(r"\bsinter_null_", f"sinter_{name}_", text)
    text = re.sub(r"\bcreateNull", f"create{title}", text)
    text = re.sub(r"\bNull(?=[A-Z]|\b)", title, text)
    text = re.sub(r"\bSinterNull", f"Sinter{title}", text)
    text = re.sub(r"\b(SINTER_TARGETS_)NULL_", rf"\g<1>{name.upper()}_", text)
    return re.sub(r"_NULL(?=(CODE|KERNELS|TARGET)_H\b)", f"_{name.upper()}", text)


def main(path):
    name = path.rsplit("/", 1)[-1]
    if not re.fullmatch(r"([a-z][a-z0-9]*/)?[a-z][a-z0-9]*", path) or name in RESERVED:
        sys.exit(f"error: '{path}' is no name for a target: lower-case letters and digits, with a kind before a slash or without, no word of C++")
    if taken(name):
        sys.exit(f"error: {taken(name)[0]} is called '{name}' already, and names of targets are unique")
    target = os.path.join(ROOT, "targets", *path.split("/"))
    if os.path.exists(target):
        sys.exit(f"error: targets/{path} exists")
    # Headers are included by their place in the tree.
    place = (lambda text: text.replace(f"targets/{name}/", f"targets/{path}/"))
    for folder, _, files in os.walk(SOURCE):
        to = os.path.join(target, os.path.relpath(folder, SOURCE))
        os.makedirs(to, exist_ok=True)
        for file in files:
            copy = os.path.join(to, renamed(file, name) if file != "target.json" else file)
            shutil.copy(os.path.join(folder, file), copy)
            if file.endswith(TEXT):
                with open(copy) as opened:
                    text = place(renamed(opened.read(), name))
                with open(copy, "w") as opened:
                    opened.write(text)
    print(f"made targets/{path}; next: tools/dev build, then tools/dev suite targets, which executes its cases")


if __name__ == "__main__":
    main(sys.argv[1])
