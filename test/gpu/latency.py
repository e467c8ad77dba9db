#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Latency on a Vulkan device beside ncnn's, in turns, so that a slower moment of the machine meets both.

Printed is ours / ncnn's of each turn's best repetition: the median of the turns, the least and the most.
"""
import argparse
import json
import os
import statistics
import sys

import peers
import sinter
from peers import models


class Case:
    def __init__(self, name, target, files, work):
        model = models.find(name)
        self.name, self.package = name, os.path.join(work, name + ".sinter")
        flags = [f"--target-file={os.path.abspath(file)}" for file in files]
        done = sinter.run("sinter", "compile", models.prepare(model), "-o", self.package, f"--target={target}", *flags,
                          *model.flags, timeout=600)
        if done.code:
            sys.exit(f"{done.err}\n{name}: sinter compile exited with {done.code}")
        self.peer = peers.Ncnn(name, work)
        self.ratios, self.ours, self.theirs = [], [], []

    def turn(self, repeat):
        done = sinter.run("sinter-run", self.package, "--warmup", 1, "--repeat", repeat, "--json", timeout=600)
        if done.code:
            sys.exit(f"{done.err}\n{self.name}: sinter-run exited with {done.code}")
        ours, theirs = json.loads(done.out)["latency_ms"]["min"], min(self.peer.run(repeat + 1)[1:])
        self.ours.append(ours)
        self.theirs.append(theirs)
        self.ratios.append(ours / theirs)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="*", default=["mobilenet_v2", "ppocrv4_det"])
    parser.add_argument("--target", default="gpu:vulkan")
    parser.add_argument("--target-file", action="append", default=[])
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--repeat", type=int, default=3)
    args = parser.parse_args()
    sinter.need("sinter", "sinter-run")
    peers.prepare()
    work = sinter.work_dir("gpu-latency")
    cases = [Case(name, args.target, args.target_file, work) for name in args.models]
    for _ in range(args.turns):
        for case in cases:
            case.turn(args.repeat)
    for case in cases:
        print(f"{case.name}: {statistics.median(case.ratios):.2f} of ncnn's time ({min(case.ratios):.2f} to "
              f"{max(case.ratios):.2f} in {args.turns} turns); best {min(case.ours):.0f} ms, ncnn's {min(case.theirs):.0f} ms")


if __name__ == "__main__":
    main()
