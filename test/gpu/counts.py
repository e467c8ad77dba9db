#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Gates what a run asks of a Vulkan device: dispatches, and bytes of the bound ranges, no more than ncnn's.

Both are counted by the same layer (CountLayer.cpp) on the same models in float32. ncnn's counts are kept in
ncnn_counts.json; `counts.py --peer` counts them anew and fails where the file says otherwise.
"""
import argparse
import json
import os
import sys

import layers
import peers
import sinter
from peers import models

HERE = os.path.dirname(os.path.abspath(__file__))
KEPT = os.path.join(HERE, "ncnn_counts.json")


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


def theirs(name, work, layer):
    """Of one run: the second less what came before it, which uploads weights."""
    converted = peers.Ncnn(name, work)
    once, twice = (layer.count(lambda env: converted.run(repeat, env)) for repeat in (1, 2))
    return {key: twice[key] - once[key] for key in once}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peer", action="store_true", help="count ncnn's too, and compare with the file")
    parser.add_argument("--write", action="store_true", help="with --peer: write the file")
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
    if args.write:
        with open(KEPT, "w") as file:
            json.dump({"version": peers.VERSION, "models": kept["models"]}, file, indent=2)
            file.write("\n")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
