#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What the hot loop of a linked or an object file is made of.

The hot loop is, of the innermost loops, the one with the most fused multiply-adds. A count does not depend on how busy the
machine is: it says that the registers suffice (nothing in the loop touches the stack) and how much of the loop computes.
"""
import argparse
import re
import subprocess
import sys

INSTRUCTION = re.compile(r"^\s*([0-9a-f]+):\s+(\S.*)$")
FMA = re.compile(r"^vfn?m(add|sub)\w*\b")
STACK = re.compile(r"\(%[re]sp\b")


def disassemble(path):
    """[(address, instruction)]."""
    text = subprocess.run(["objdump", "-d", "--no-show-raw-insn", path], capture_output=True, text=True, check=True).stdout
    return [(int(match[1], 16), match[2]) for match in map(INSTRUCTION.match, text.splitlines()) if match]


def innermost_loops(code):
    """Bodies of loops, from a jump's target to the jump back, that hold no other."""
    spans = []
    for address, text in code:
        jump = re.match(r"j\w+\s+(?:0x)?([0-9a-f]+)\b", text)
        if jump and int(jump[1], 16) <= address:
            spans.append((int(jump[1], 16), address))
    for first, last in spans:
        if not any((a, b) != (first, last) and first <= a and b <= last for a, b in spans):
            yield [text for address, text in code if first <= address <= last]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file")
    parser.add_argument("--fma-share", type=float, default=0, help="the least share of fused multiply-adds")
    parser.add_argument("--fma", type=int, default=1, help="the least number of them")
    options = parser.parse_args()

    def multiply_adds(body):
        return sum(bool(FMA.match(text)) for text in body)
    body = max(innermost_loops(disassemble(options.file)), key=multiply_adds, default=[])
    count = multiply_adds(body)
    if not count:
        sys.exit("no loop with a fused multiply-add")
    stack = [text for text in body if STACK.search(text)]
    print(f"{len(body)} instructions, {count} fma ({count / len(body):.0%}), {len(stack)} on the stack")
    for text in stack:
        print(f"spilled: {text}")
    if stack or count / len(body) < options.fma_share or count < options.fma:
        sys.exit(1)


main()
