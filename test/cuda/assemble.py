#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Assembles the kernels of real models with ptxas, for every feature level, and gates what it says of them.

A kernel that ptxas refuses is a failure; so is a hot one (a twentieth of its model's operations, or more) that spills
registers, or is on tensor cores and takes more than 128, and an 8-bit model of whose operations too few are there. Assembled
only: nothing here executes machine code.

    assemble.py          a sample of the models
    assemble.py --all    every model
    assemble.py NAME…    some
"""
import dataclasses
import json
import os
import re
import subprocess
import sys
import sysconfig

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "support"), os.path.join(HERE, "..", "models")]
import models  # noqa: E402
import sinter  # noqa: E402

SAMPLE = ["mobilenet_v2", "mobilenet_v2_int8", "ppocrv4_rec", "resnet8_int8", "silero_vad_openvino_16k"]
PTXAS = os.path.join(sysconfig.get_paths()["purelib"], "nvidia", "cu13", "bin", "ptxas")
HOT = 1 / 20
MOST_REGISTERS = 128
ON_TENSOR_CORES = {"mobilenet_v2_int8": 0.85, "resnet8_int8": 0.98}  # Of a model's operations; the rest is depthwise.
COUNTED = {"mma": re.compile(r"^\s*mma\.sync", re.M), "copies": re.compile(r"^\s*cp\.async\.c[ag]\.", re.M)}
SAID = re.compile(r"Compiling entry function 'k(\d+)'.*?\n.*?\n\s*(\d+) bytes stack frame, (\d+) bytes spill stores, "
                  r"(\d+) bytes spill loads\n.*?Used (\d+) registers"
                  r"(?:[^\n]*? (\d+) bytes smem)?")


@dataclasses.dataclass
class Kernel:
    label: str
    nodes: list
    flops: int
    share: float      # of its model's operations
    registers: int = 0
    spilled: int = 0  # bytes
    shared: int = 0   # bytes
    counts: dict = dataclasses.field(default_factory=dict)  # instructions in its PTX

    def line(self):
        counts = "".join(f", {count} {name}" for name, count in self.counts.items() if count)
        return (f"{self.label} ({', '.join(self.nodes)}): {self.flops / 1e6:.1f} MFLOP, {self.registers} registers, {self.spilled} bytes spilled, "
                f"{self.shared} bytes shared{counts}")


def levels():
    with open(os.path.join(sinter.ROOT, "targets", "gpu", "cuda", "target.json")) as file:
        return [variant["name"] for variant in json.load(file)["variants"]]


def compile_for(level, model, path, output, *words):
    done = sinter.run("sinter", "compile", path, "-o", output, f"--target=gpu:cuda@{level}", *words, *model.flags, timeout=600)
    if done.code != 0:
        raise RuntimeError(f"compile exited with {done.code}: {done.first_error()}")


def kernels_of(model, path, work):
    """The model's kernels in the order of their numbers; the same at every level."""
    package = os.path.join(work, "kernels.sinter")
    compile_for(levels()[0], model, path, package)
    found = json.loads(sinter.run("sinter", "inspect", package, "--json").out)["programs"][0]["executables"][0]["kernels"]
    total = sum(kernel["flops"] for kernel in found) or 1
    return [Kernel(f"{model.name} {kernel['name']}", kernel["nodes"], kernel["flops"], kernel["flops"] / total)
            for kernel in found]


def assemble(model, path, level, kernels, work):
    """Fills in what ptxas says; a list of what is wrong."""
    ptx = os.path.join(work, "kernels.ptx")
    compile_for(level, model, path, ptx, "--emit=obj")
    done = subprocess.run([PTXAS, f"-arch={level}", "-v", "-o", os.path.join(work, "kernels.cubin"), ptx],
                          capture_output=True, text=True)
    said = done.stdout + done.stderr
    if done.returncode != 0:
        return [line for line in said.splitlines() if "error" in line][:5] or [said[-300:]]
    found = {int(number): (int(registers), int(stores) + int(loads), int(shared or 0))
             for number, _, stores, loads, registers, shared in SAID.findall(said)}
    if sorted(found) != list(range(len(kernels))):
        return [f"ptxas speaks of {len(found)} kernels, the model has {len(kernels)}"]
    with open(ptx) as file:
        texts = re.split(r"^\.visible \.entry ", file.read(), flags=re.M)[1:]
    for number, (kernel, text) in enumerate(zip(kernels, texts, strict=True)):
        kernel.registers, kernel.spilled, kernel.shared = found[number]
        kernel.counts = {name: len(form.findall(text)) for name, form in COUNTED.items()}
    hot = [kernel for kernel in kernels if kernel.share >= HOT]
    problems = [f"{kernel.label} is hot and spills {kernel.spilled} bytes" for kernel in hot if kernel.spilled]
    problems += [f"{kernel.label} is hot and takes {kernel.registers} registers" for kernel in hot
                 if kernel.counts["mma"] and kernel.registers > MOST_REGISTERS]
    least, share = ON_TENSOR_CORES.get(model.name, 0), on_tensor_cores(kernels)
    return problems + ([f"{share:.3f} of the operations are on tensor cores, {least} must be"] if share < least else [])


def on_tensor_cores(kernels):
    return sum(kernel.share for kernel in kernels if kernel.counts.get("mma"))


def main():
    sinter.need("sinter")
    if not os.path.exists(PTXAS):
        sys.exit(f"error: {PTXAS} is missing; it comes with tools/devlib/requirements.txt")
    names = sys.argv[1:] or SAMPLE
    chosen = models.MODELS if names == ["--all"] else [models.find(name) for name in names]
    work = sinter.work_dir("ptxas")
    passed = failed = 0
    hottest = []
    for model in chosen:
        path = models.prepare(model)
        kernels = kernels_of(model, path, work)
        for level in levels():
            try:
                problems = assemble(model, path, level, kernels, work)
            except RuntimeError as error:
                problems = [str(error)]
            for problem in problems:
                print(f"FAIL: {model.name} for {level}: {problem}")
            passed, failed = passed + (not problems), failed + bool(problems)
            spilling = [kernel for kernel in kernels if kernel.spilled]
            print(f"{model.name} for {level}: {len(kernels)} kernels, at most "
                  f"{max((kernel.registers for kernel in kernels), default=0)} registers, {len(spilling)} spill, "
                  f"{on_tensor_cores(kernels):.1%} of the operations on tensor cores", flush=True)
        hottest += kernels
    print(f"hottest kernels for {level}, assembled only:")
    for kernel in sorted(hottest, key=lambda each: -each.flops)[:10]:
        print(f"    {kernel.line()}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
