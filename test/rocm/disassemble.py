#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Disassembles the code objects of real models, for every processor, and gates what they hold.

A kernel fails that spills registers to memory, that needs memory of its own for a thread, more local memory than a
workgroup has, or a table entry that does not fit; so does a code object that LLVM cannot disassemble or that needs a
symbol from outside. Scalar registers that are kept in lanes of vector registers cost no memory: they are printed.
Disassembled only: nothing here executes machine code.

    disassemble.py          a sample of the models
    disassemble.py --all    every model
    disassemble.py NAME…    some
"""
import collections
import dataclasses
import json
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "support"), os.path.join(HERE, "..", "models")]
import models  # noqa: E402
import sinter  # noqa: E402

SAMPLE = ["mobilenet_v2", "mobilenet_v2_int8", "ppocrv4_rec", "silero_vad_openvino_16k"]
LLVM = "/usr/lib/llvm-22/bin"
MOST_LOCAL = 65536
SYMBOL = re.compile(r"^[0-9a-f]+ <(k\d+)>:$")
INSTRUCTION = re.compile(r"^\s+([a-z]\w+)\b.*//")
MATRIX = re.compile(r"v_(mfma|wmma)_")


@dataclasses.dataclass
class Kernel:
    label: str
    flops: int
    vgprs: int = 0
    sgprs: int = 0
    local: int = 0
    private: int = 0
    spilled: int = 0  # vector registers
    in_lanes: int = 0  # scalar registers
    instructions: int = 0
    matrix: int = 0

    def problem(self):
        if self.spilled or self.private:
            return f"spills {self.spilled} registers, has {self.private} bytes of private memory"
        if self.local > MOST_LOCAL:
            return f"has {self.local} bytes of local memory"
        return None if self.instructions else "has no instructions"


def processors():
    with open(os.path.join(sinter.ROOT, "targets", "gpu", "rocm", "target.json")) as file:
        return [variant["name"] for variant in json.load(file)["variants"]]


def tool(name, *words):
    return subprocess.run([os.path.join(LLVM, name), *words], capture_output=True, text=True, check=True).stdout


def emit(model, path, stage, processor, output):
    done = sinter.run("sinter", "compile", path, "-o", output, f"--target=gpu:rocm@{processor}", f"--emit={stage}",
                      *model.flags, timeout=600)
    if done.code != 0:
        raise RuntimeError(f"compile exited with {done.code}: {done.first_error()}")


def kernels_of(model, path, processor, work):
    """The model's kernels in the order of their numbers."""
    text = os.path.join(work, "kernels.mlir")
    emit(model, path, "linalg", processor, text)
    with open(text) as file:
        found = re.findall(r"func\.func @(\S+?)\(.*?(?:program\.flops = (\d+)|\{\n)", file.read())
    return [Kernel(f"{model.name} {name} for {processor}", int(flops or 0)) for name, flops in found]


def read_notes(path, kernels):
    """Fills in what the table of kernels says; what is wrong with it."""
    table = tool("llvm-readelf", "--notes", path).partition("amdhsa.kernels:")[2].partition("\namdhsa.")[0]
    entries = re.split(r"^  - ", table, flags=re.M)[1:]
    if len(entries) != len(kernels):
        return [f"the table has {len(entries)} kernels, the model {len(kernels)}"]
    problems = []
    for number, (kernel, entry) in enumerate(zip(kernels, entries)):
        fields = dict(re.findall(r"^\s*\.(\w+):\s+(\S+)$", entry, re.M))
        if fields["name"] != f"k{number}" or fields["symbol"] != f"k{number}.kd":
            problems.append(f"kernel {number} is called {fields['name']}")
        kernel.vgprs, kernel.sgprs = int(fields["vgpr_count"]), int(fields["sgpr_count"])
        kernel.local, kernel.private = int(fields["group_segment_fixed_size"]), int(fields["private_segment_fixed_size"])
        kernel.spilled, kernel.in_lanes = int(fields["vgpr_spill_count"]), int(fields["sgpr_spill_count"])
    return problems


def read_code(path, kernels):
    """Counts instructions; what cannot be disassembled, or comes from outside."""
    problems, counts, current = [], collections.Counter(), None
    for line in tool("llvm-objdump", "-d", path).splitlines():
        if symbol := SYMBOL.match(line):
            current = symbol.group(1)
        elif instruction := INSTRUCTION.match(line):
            counts[current] += 1
            counts[current, "matrix"] += bool(MATRIX.match(instruction.group(1)))
        elif "<unknown>" in line or "illegal" in line:
            problems.append(f"{current}: {line.strip()}")
    for number, kernel in enumerate(kernels):
        kernel.instructions, kernel.matrix = counts[f"k{number}"], counts[f"k{number}", "matrix"]
    problems += [f"needs {line.split()[-1]}" for line in tool("llvm-nm", "-D", "--undefined-only", path).splitlines() if line]
    return problems


def check(model, path, processor, work):
    """The kernels, and what is wrong with them."""
    kernels = kernels_of(model, path, processor, work)
    code = os.path.join(work, "kernels.o")
    emit(model, path, "obj", processor, code)
    problems = read_notes(code, kernels) + read_code(code, kernels)
    return kernels, problems + [f"{kernel.label} {kernel.problem()}" for kernel in kernels if kernel.problem()]


def print_hottest(kernels):
    print("hottest kernels, disassembled only:")
    print(f"    {'kernel':58} {'MFLOP':>8} {'VGPRs':>6} {'SGPRs':>6} {'LDS':>6} {'spills':>6} {'lanes':>6} {'instructions':>12} {'matrix':>6}")
    for kernel in sorted(kernels, key=lambda each: -each.flops)[:10]:
        print(f"    {kernel.label:58} {kernel.flops / 1e6:8.1f} {kernel.vgprs:6} {kernel.sgprs:6} {kernel.local:6} "
              f"{kernel.spilled:6} {kernel.in_lanes:6} {kernel.instructions:12} {kernel.matrix:6}")


def main():
    sinter.need("sinter")
    names = sys.argv[1:] or SAMPLE
    chosen = models.MODELS if names == ["--all"] else [models.find(name) for name in names]
    work = sinter.work_dir("code-objects")
    passed = failed = 0
    kernels = collections.defaultdict(list)
    for model in chosen:
        path = models.prepare(model)
        for processor in processors():
            try:
                found, problems = check(model, path, processor, work)
            except (RuntimeError, subprocess.CalledProcessError) as error:
                found, problems = [], [str(error)]
            for problem in problems:
                print(f"FAIL: {model.name} for {processor}: {problem}")
            passed, failed = passed + (not problems), failed + bool(problems)
            print(f"{model.name} for {processor}: {len(found)} kernels, at most {max((k.vgprs for k in found), default=0)} VGPRs, "
                  f"{sum(k.in_lanes > 0 for k in found)} keep scalars in lanes, "
                  f"{sum(k.matrix > 0 for k in found)} with matrix products", flush=True)
            kernels[processor] += found
    for processor in processors():
        print_hottest(kernels[processor])
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
