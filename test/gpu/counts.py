#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Gates what a run asks of a Vulkan device: dispatches, and bytes of the bound ranges, no more than ncnn's.

Both are counted by the same layer (CountLayer.cpp) on the same models in float32. ncnn's counts are kept in
ncnn_counts.json; `counts.py --peer` counts them anew and fails where the file says otherwise.

The third figure is what a device's driver must compile before a first run: instructions and constants of all kernels'
SPIR-V, no more than shader_sizes.json says (`--write` writes what is found).
"""
import argparse
import json
import os
import struct
import sys

import layers
import peers
import sinter
from peers import models

HERE = os.path.dirname(os.path.abspath(__file__))
KEPT = os.path.join(HERE, "ncnn_counts.json")
SIZES = os.path.join(HERE, "shader_sizes.json")
SPIRV, KERNEL, HEADER_BYTES = 0x07230203, 0x4b4c5653, 32  # targets/gpu/vulkan/VulkanCode.h


class Layer:
    """The counting layer, built, and the environment in which the Vulkan loader finds it."""

    def __init__(self, work):
        self.file = os.path.join(work, "counts.txt")
        self.env = layers.build("CountLayer.cpp", work) | {"SINTER_COUNT_FILE": self.file}

    def count(self, run):
        """Dispatches and bytes of all submissions that `run` makes with the environment."""
        if os.path.exists(self.file):
            os.remove(self.file)
        run(self.env)
        with open(self.file) as file:
            rows = [tuple(map(int, line.split())) for line in file]
        return {"dispatches": sum(d for d, _ in rows), "bytes": sum(b for _, b in rows)}


def ours(name, work, layer):
    model, package = models.find(name), os.path.join(work, name + ".sinter")
    done = sinter.run("sinter", "compile", models.prepare(model), "-o", package, "--target=gpu:vulkan", *model.flags, timeout=600)
    if done.code:
        sys.exit(f"{done.err}\n{name}: sinter compile exited with {done.code}")

    def run(env):
        done = sinter.run("sinter-run", package, env=env, timeout=600)
        if done.code:
            sys.exit(f"{done.err}\n{name}: sinter-run exited with {done.code}")
    return layer.count(run)


def instructions_of(words):
    """Of a SPIR-V module, whose header has five words."""
    count, place = 0, 5
    while place < len(words):
        count, place = count + 1, place + (words[place] >> 16)
    return count


def shader_size(name, work):
    """Instructions of all kernels of a model."""
    model, image = models.find(name), os.path.join(work, name + ".obj")
    done = sinter.run("sinter", "compile", models.prepare(model), "-o", image, "--target=gpu:vulkan@base",
                      "--emit=obj", *model.flags, timeout=600)
    if done.code:
        sys.exit(f"{done.err}\n{name}: sinter compile exited with {done.code}")
    with open(image, "rb") as file:
        code = file.read()
    total = place = 0
    while (place := code.find(struct.pack("<I", KERNEL), place)) >= 0:
        size, = struct.unpack_from("<I", code, place + 4)
        place += HEADER_BYTES
        words = struct.unpack_from(f"<{size}I", code, place)
        if words[0] != SPIRV:
            sys.exit(f"{name}: a kernel's header is not followed by SPIR-V")
        total, place = total + instructions_of(words), place + 4 * size
    return total


def theirs(name, work, layer):
    """Of one run: the second less what came before it, which uploads weights."""
    converted = peers.Ncnn(name, work)
    once, twice = (layer.count(lambda env: converted.run(repeat, env)) for repeat in (1, 2))
    return {key: twice[key] - once[key] for key in once}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peer", action="store_true", help="count ncnn's too, and compare with the file")
    parser.add_argument("--write", action="store_true", help="write what was found into shader_sizes.json, with --peer into ncnn_counts.json too")
    args = parser.parse_args()
    sinter.need("sinter", "sinter-run")
    work = sinter.work_dir("gpu-counts")
    layer = Layer(work)
    with open(KEPT) as file:
        kept = json.load(file)
    passed = failed = 0
    for name, limits in kept["models"].items():
        if args.peer:
            peers.prepare()
            found = theirs(name, work, layer)
            if args.write:
                limits.update(found)
            print(f"{name}: ncnn {found['dispatches']} dispatches, {found['bytes']} bytes", flush=True)
            passed, failed = passed + (found == limits), failed + (found != limits)
        counts = ours(name, work, layer)
        good = 0 < counts["dispatches"] <= limits["dispatches"] and 0 < counts["bytes"] <= limits["bytes"]
        passed, failed = passed + good, failed + (not good)
        print(f"{'' if good else 'FAIL: '}{name}: {counts['dispatches']} dispatches, ncnn {limits['dispatches']}; "
              f"{counts['bytes']} bytes, ncnn {limits['bytes']}", flush=True)
    with open(SIZES) as file:
        sizes = json.load(file)
    for name, most in sizes.items():
        size = shader_size(name, work)
        good = 0 < size <= most
        passed, failed = passed + good, failed + (not good)
        print(f"{'' if good else 'FAIL: '}{name}: {size} SPIR-V instructions, at most {most}", flush=True)
        sizes[name] = size
    if args.write:
        with open(SIZES, "w") as file:
            json.dump(sizes, file, indent=2)
            file.write("\n")
    if args.write and args.peer:
        with open(KEPT, "w") as file:
            json.dump({"version": peers.VERSION, "models": kept["models"]}, file, indent=2)
            file.write("\n")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
