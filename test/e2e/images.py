#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Executes every code image that this machine can, and says which it cannot.

The x86-64 package holds an image for each feature level; each is chosen in turn with --device. aarch64 and riscv64
packages come from the same compiler and run on a loader built for them, under qemu-user; Vulkan packages run on whatever
device there is (Mesa's lavapipe in CI), and spirv-val checks each of their kernels. Every result is compared with
onnxruntime's, and those of integer models between the images bit for bit.
"""
import json
import itertools
import os
import shutil
import subprocess
import sys

import numpy as np
import onnxruntime

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "support"), os.path.join(HERE, "..", "models")]
import models  # noqa: E402
import sinter  # noqa: E402
import spirv  # noqa: E402

MODELS = ["ds_cnn", "ds_cnn_int8", "resnet8_int8", "autoencoder", "ppocrv2_cls", "silero_vad_openvino_16k"]
CPUINFO_NAMES = {"sse3": "pni", "lzcnt": "abm", "bmi": "bmi1", "avx512vnni": "avx512_vnni"}
EMULATED = {"aarch64": "qemu-aarch64", "riscv64": "qemu-riscv64"}


def cpu_flags():
    with open("/proc/cpuinfo") as file:
        return set(next(line for line in file if line.startswith("flags")).split())


def variants():
    """[(name, features that this machine lacks)] of the x86-64 target."""
    with open(os.path.join(sinter.ROOT, "targets", "cpu", "target.json")) as file:
        target = next(t for t in json.load(file)["targets"] if t["name"] == "cpu:x86-64")
    have = cpu_flags()
    return [(v["name"], [n for n in v["needs"] if CPUINFO_NAMES.get(n, n) not in have]) for v in target["variants"]]


def build_loader(arch):
    """sinter-run for another processor; None when its libraries or the emulator are missing."""
    if shutil.which(EMULATED[arch]) is None:
        return None
    folder = os.path.join(sinter.ROOT, "build", "cross-" + arch)
    toolchain = os.path.join(sinter.ROOT, "cmake", "toolchains", arch + ".cmake")
    for command in (["cmake", "-S", sinter.ROOT, "-B", folder, "-G", "Ninja", f"-DCMAKE_TOOLCHAIN_FILE={toolchain}",
                     "-DCMAKE_BUILD_TYPE=Release", "-DSINTER_BUILD_COMPILER=OFF", "-DSINTER_BUILD_TESTS=OFF"],
                    ["cmake", "--build", folder, "--target", "sinter-run"]):
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"{done.stdout[-3000:]}{done.stderr[-3000:]}\nthe loader for {arch} does not build")
    return os.path.join(folder, "bin", "sinter-run")


class Model:
    """A model, its inputs and onnxruntime's outputs."""

    def __init__(self, name, work):
        self.model = models.find(name)
        self.path = models.prepare(self.model)
        self.work = work
        inputs = self.model.inputs(np.random.Generator(np.random.PCG64(4)))
        self.inputs_file = os.path.join(work, name + ".npz")
        sinter.save_npz(self.inputs_file, inputs)
        session = onnxruntime.InferenceSession(self.path, providers=["CPUExecutionProvider"])
        states = {i.name: np.zeros(i.shape, np.float32) for i in session.get_inputs() if i.name not in inputs}
        self.want = dict(zip([o.name for o in session.get_outputs()], session.run(None, inputs | states)))
        self.first_bits = None

    def package(self, target):
        path = os.path.join(self.work, f"{self.model.name}.{target.replace(':', '-')}.sinter")
        if not os.path.exists(path):
            done = sinter.run("sinter", "compile", self.path, "-o", path, f"--target={target}", *self.model.flags, timeout=600)
            if done.code != 0:
                return None, f"compile for {target} exited with {done.code}: {done.first_error()}"
        return path, None

    def check(self, outputs_file):
        got = sinter.load_npz(outputs_file)
        for name, array in got.items():
            want = self.want[name]
            error = np.abs(array - want).max() / np.abs(want).max()
            if not self.model.int8 and not error <= self.model.tolerance:
                return f"output '{name}': relative error {error:.2e}"
        if self.model.int8:
            bits = {name: array.tobytes() for name, array in got.items()}
            self.first_bits = self.first_bits or bits
            if bits != self.first_bits:
                return "other bits than the first image's"
        return None


def run_image(model, target, launcher, words):
    """Problem of running one model on one image, or None."""
    package, problem = model.package(target)
    if problem:
        return problem
    output = os.path.join(model.work, "out.npz")
    command = [*launcher, package, "--inputs", model.inputs_file, "--outputs", output, *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600)
    if done.returncode != 0:
        return f"sinter-run exited with {done.returncode}: {done.stderr.strip()[:200]}"
    return model.check(output)


def spirv_problems(model, variant):
    """What spirv-val says of a model's kernels of a variant, and how many it has."""
    path = os.path.join(model.work, "kernels.bin")
    done = sinter.run("sinter", "compile", model.path, "-o", path, f"--target=gpu:vulkan@{variant}", "--emit=obj",
                      *model.model.flags, timeout=600)
    if done.code != 0:
        return [done.first_error()], 1
    with open(path, "rb") as file:
        return spirv.problems(file.read(), model.work)


def main():
    sinter.need("sinter", "sinter-run")
    work = sinter.work_dir("images")
    loaded = [Model(name, work) for name in MODELS]
    passed = failed = skipped = 0

    def execute(label, target, launcher, words):
        nonlocal passed, failed
        problems = [(m.model.name, p) for m in loaded if (p := run_image(m, target, launcher, words))]
        passed, failed = passed + len(loaded) - len(problems), failed + len(problems)
        for name, problem in problems:
            print(f"FAIL: {label}: {name}: {problem}")
        print(f"{label}: {len(loaded) - len(problems)} of {len(loaded)} models", flush=True)

    def skip(label, why):
        nonlocal skipped
        skipped += len(loaded)
        print(f"{label}: not executed, {why}", flush=True)

    for variant, missing in variants():
        label = f"cpu:x86-64@{variant}"
        if missing:
            skip(label, "this machine lacks " + ", ".join(missing))
        else:
            execute(label, "cpu:x86-64", [os.path.join(sinter.BIN, "sinter-run")], ["--device", label])
    execute("gpu:vulkan", "gpu:vulkan", [os.path.join(sinter.BIN, "sinter-run")], [])
    for model, variant in itertools.product(loaded, ("full", "base")):
        said, count = spirv_problems(model, variant)
        passed, failed = passed + (not said), failed + bool(said)
        print(f"{model.model.name}@{variant}: spirv-val accepts {count - len(said)} of {count} kernels", *said, sep="\n    ", flush=True)
    for arch, emulator in EMULATED.items():
        loader = build_loader(arch)
        if loader is None:
            skip(f"cpu:{arch}", f"{emulator} is not installed")
        else:
            execute(f"cpu:{arch}", f"cpu:{arch}", [emulator, loader], [])
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
