#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs the examples in the documentation: every ```console block of a README or a page of docs/.

A line `$ command` must succeed; the lines below it are its output, where `…` stands for anything in a line and a line of
`…` alone for any lines. The examples find sum.onnx (y = x·w + b) and in.npz in their folder.
"""
import os
import re
import subprocess
import sys

import numpy as np
import onnx

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "support"))
import bad_models  # noqa: E402
import sinter  # noqa: E402


def pages():
    tracked = subprocess.run(["git", "ls-files", "*.md"], cwd=sinter.ROOT, capture_output=True, text=True)
    found = tracked.stdout.split() if tracked.returncode == 0 else ["README.md"]
    return [page for page in found if os.path.exists(os.path.join(sinter.ROOT, page))]


def examples(page):
    """[(command, expected lines)] of a page, block by block."""
    with open(os.path.join(sinter.ROOT, page)) as file:
        for block in re.findall(r"^```console\n(.*?)^```", file.read(), re.M | re.S):
            steps = []
            for line in block.splitlines():
                if line.startswith("$ "):
                    steps.append((line[2:], []))
                elif steps:
                    steps[-1][1].append(line)
            yield steps


def pattern(lines):
    parts = [".*" if line.strip() == "…" else re.escape(line.rstrip()).replace("…", "[^\n]*") for line in lines]
    return re.compile("\n".join(parts).replace("\n.*\n", "\n(?:.*\n)?").replace("\n.*", "(?:\n.*)?"), re.S)


def main():
    sinter.need("sinter", "sinter-run")
    passed = failed = 0
    env = dict(os.environ, PATH=sinter.BIN + os.pathsep + os.environ["PATH"])
    for page in pages():
        for number, steps in enumerate(examples(page)):
            work = sinter.work_dir(os.path.join("docs", page.replace("/", "_") + str(number)))
            onnx.save(bad_models.good(), os.path.join(work, "sum.onnx"))
            sinter.save_npz(os.path.join(work, "in.npz"), {"x": np.ones((2, 3), np.float32)})
            for command, expected in steps:
                done = subprocess.run(["bash", "-c", command], cwd=work, env=env, capture_output=True, text=True, timeout=120)
                problem = None
                if done.returncode != 0:
                    problem = f"exited with {done.returncode}: {done.stderr.strip()[:300]}"
                elif expected and not pattern(expected).fullmatch(done.stdout.rstrip("\n")):
                    problem = f"printed something else:\n{done.stdout}"
                passed, failed = passed + (problem is None), failed + (problem is not None)
                if problem:
                    print(f"FAIL: {page}: $ {command}: {problem}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
