#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Conformance of every target that brings a list of cases.

A target joins by having a file: targets/<t>/test/cases.txt lists what must pass; with targets/<t>/test/refused.txt all that
the CPU passes must pass but what that file lists, which must be refused. The cases are compiled for the target and executed by its
own driver, from the module that the build made. No case executed is a failure, and so is one that the target refuses. Without a CUDA
device, that target's PTX is executed by the stand-in for CUDA (test/cuda); without a HIP device, the LLVM IR of ROCm's kernels by
that for HIP (test/rocm).

    targets.py [TARGET…]  the cases; of those that the CPU passes, one for each operator and element types
    --all                 all of them
    --by-type             tables of results by element type
"""
import argparse
import glob
import json
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import cuda  # noqa: E402
import rocm  # noqa: E402
import sinter  # noqa: E402

RUN = os.path.join(sinter.ROOT, "test", "conformance", "run.py")
CPU_CASES = os.path.join(os.path.dirname(RUN), "cases.txt")
CLOSING = re.compile(r"^(\d+) passed, (\d+) failed", re.M)


def conformance(target, cases, *words, env=None):
    """Runs a target's cases; how many passed and failed, at least one failure where none was executed."""
    done = subprocess.run([sys.executable, "-B", RUN, f"--target={target}", f"--cases={cases}", *words],
                          capture_output=True, text=True, env=dict(os.environ, **(env or {})))
    print(done.stdout, end="")
    print(done.stderr, end="", file=sys.stderr)
    found = CLOSING.findall(done.stdout)
    passed, failed = map(int, found[-1]) if found else (0, 0)
    return passed, max(failed, 0 if passed and done.returncode == 0 else 1)


def driver_module(driver):
    found = glob.glob(os.path.join(os.path.dirname(sinter.BIN), "**", f"sinter_{driver}_driver.so"), recursive=True)
    return sorted(found)[0] if found else None


def lists():
    """[(the facts of a target, its list)]."""
    found = []
    for name in ("cases.txt", "refused.txt"):
        for path in glob.glob(os.path.join(sinter.ROOT, "targets", "**", "test", name), recursive=True):
            with open(os.path.join(os.path.dirname(path), "..", "target.json")) as file:
                found.append((json.load(file), path))
    return sorted(found, key=lambda each: each[1])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("targets", nargs="*")
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--by-type", action="store_true")
    args = parser.parse_args()
    sinter.need("sinter", "sinter-run")
    total = [0, 0]
    for facts, cases in lists():
        if args.targets and facts["name"] not in args.targets:
            continue
        module = driver_module(facts["driver"])
        print(f"target {facts['name']}: {os.path.relpath(cases, sinter.ROOT)}")
        name, env, flags = facts["name"], {}, []
        if facts["driver"] == "cuda":
            env, how = cuda.environment()
            name += "@sm_80" if env else ""  # What the stand-in is; a device may take any.
            print(how)
        if facts["driver"] == "rocm":
            env, flags, how = rocm.environment()
            name += f"@{rocm.PROCESSOR}" if env else ""
            print(how)
        words = [f"--flag={flag}" for flag in flags] + ([f"--load-driver={module}"] if module else [])
        words += ["--by-type"] if args.by_type else []
        if os.path.basename(cases) == "refused.txt":
            words += [f"--refused={cases}"] + ([] if args.all else ["--sample"])
            cases = CPU_CASES
        result = conformance(name, cases, *words, env=env)
        total = [a + b for a, b in zip(total, result)]
    print(f"{total[0]} passed, {total[1]} failed")
    return 1 if total[1] or not total[0] else 0


if __name__ == "__main__":
    sys.exit(main())
