#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Conformance of every target that brings a list of cases: targets/<t>/test/cases.txt.

A target joins by having the file. Its cases are compiled for it and executed by its own driver, from the module that
the build made. No case executed is a failure, and so is one that the target refuses. Without a CUDA device, that target's PTX
is executed by the stand-in for CUDA (test/cuda).
"""
import glob
import json
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import cuda  # noqa: E402
import sinter  # noqa: E402

RUN = os.path.join(sinter.ROOT, "test", "conformance", "run.py")
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


def main():
    sinter.need("sinter", "sinter-run")
    total = [0, 0]
    lists = sorted(glob.glob(os.path.join(sinter.ROOT, "targets", "**", "test", "cases.txt"), recursive=True))
    for cases in lists:
        with open(os.path.join(os.path.dirname(cases), "..", "target.json")) as file:
            facts = json.load(file)
        module = driver_module(facts["driver"])
        print(f"target {facts['name']}: {os.path.relpath(cases, sinter.ROOT)}")
        name, env = facts["name"], {}
        if facts["driver"] == "cuda":
            env, how = cuda.environment()
            name += "@sm_80" if env else ""  # What the stand-in is; a device may take any.
            print(how)
        result = conformance(name, cases, *([f"--load-driver={module}"] if module else []), env=env)
        total = [a + b for a, b in zip(total, result)]
    print(f"{total[0]} passed, {total[1]} failed")
    return 1 if total[1] or not total[0] else 0


if __name__ == "__main__":
    sys.exit(main())
