#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Bad input on the command line: each wrong thing gives a typed error that names the place, exit code 1 (2 for wrong
usage), nothing left behind, and never a crash."""
import os
import resource
import signal
import subprocess
import sys

import numpy as np
import onnx

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "support"))
import bad_models  # noqa: E402
import sinter  # noqa: E402


class Checks:
    def __init__(self):
        self.passed, self.failed = 0, 0

    def expect(self, what, problem):
        if problem:
            self.failed += 1
            print(f"FAIL: {what}: {problem}", flush=True)
        else:
            self.passed += 1

    def refused(self, what, done, words=(), code=1, absent=None):
        """The command ended with `code`, an error that holds `words`, and without writing `absent`."""
        problem = None
        if done.code != code:
            problem = f"exit code {done.code}, expected {code}: {done.first_error() or done.out[:200]!r}"
        elif "error" not in done.err:
            problem = f"no error is printed: {done.err[:200]!r}"
        elif missing := [word for word in words if word not in done.err]:
            problem = f"the error does not name {missing}: {done.first_error()}"
        elif absent and (left := [f for f in os.listdir(os.path.dirname(absent)) if f.startswith(os.path.basename(absent)[:3])]):
            problem = f"left behind: {left}"
        self.expect(what, problem)


def compile_bad_models(checks, work):
    models, out = os.path.join(work, "models"), os.path.join(work, "out")
    os.makedirs(models)
    os.makedirs(out)
    path, package = os.path.join(models, "bad.onnx"), os.path.join(out, "bad.sinter")
    for what, data, words in bad_models.table(models):
        with open(path, "wb") as file:
            file.write(data)
        checks.refused(f"compile: {what}", sinter.run("sinter", "compile", path, "-o", package), words, absent=package)
    checks.refused("compile: no such file", sinter.run("sinter", "compile", path + "x", "-o", package), ["bad.onnxx"], absent=package)
    checks.refused("compile: a folder", sinter.run("sinter", "compile", models, "-o", package), absent=package)


def compile_all_unsupported(checks, work):
    """Two unsupported nodes are reported in one run."""
    nodes = [bad_models.node("Frobnicate", ["x"], ["t"], "one"), bad_models.node("Blurb", ["t"], ["y"], "two")]
    path = os.path.join(work, "two.onnx")
    onnx.save(bad_models.model(nodes), path)
    done = sinter.run("sinter", "compile", path, "-o", os.path.join(work, "two.sinter"))
    checks.refused("compile: two unsupported nodes in one run", done, ["one", "Frobnicate", "two", "Blurb"])


def wrong_flags(checks, good, work):
    package = os.path.join(work, "usage.sinter")
    for what, words, code in (("an unknown flag", ["--frob"], 2), ("no output", None, 2), ("an unknown target", ["--target=abacus"], 2),
                              ("an unknown dimension", ["--dim=nosuch=4"], 2), ("a shape of an unknown input", ["--shape=q=1x2"], 2),
                              ("a shape that contradicts the model", ["--shape=x=5x5"], 2), ("a shape that is none", ["--shape=x=axb"], 2),
                              ("a state of an unknown input", ["--state=q=y"], 2), ("a state of another shape", ["--state=x=y"], 2)):
        words = [] if words is None else ["-o", package, *words]
        checks.refused(f"compile: {what}", sinter.run("sinter", "compile", good, *words), code=code, absent=package)
    checks.refused("sinter: an unknown command", sinter.run("sinter", "frob"), code=2)
    checks.refused("sinter-run: no package", sinter.run("sinter-run"), code=2)


def limited(size):
    """Lets the child write files of `size` bytes at most: what a full disk does, without one."""
    def apply():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
    return apply


def outputs_that_cannot_be_written(checks, good, package, work):
    out = os.path.join(work, "full")
    os.makedirs(out)
    target = os.path.join(out, "pkg.sinter")
    compile_words = ("compile", good, "-o")
    checks.refused("compile: into a folder that is not there", sinter.run("sinter", *compile_words, os.path.join(out, "no/x.sinter")))
    checks.refused("compile: onto a full device", sinter.run("sinter", *compile_words, "/dev/full"), ["/dev/full"])
    done = sinter.run("sinter", *compile_words, target, preexec_fn=limited(2048))
    checks.refused("compile: a disk that fills up", done, absent=target)
    with open(target, "w") as file:
        file.write("old")
    sinter.run("sinter", *compile_words, target, preexec_fn=limited(2048))
    with open(target) as file:
        checks.expect("compile: a failed write keeps the file of before", None if file.read() == "old" else "it was overwritten")
    os.remove(target)
    results = os.path.join(out, "out.npz")
    checks.refused("sinter-run: outputs onto a full device", sinter.run("sinter-run", package, "--outputs", "/dev/full"), ["/dev/full"])
    done = sinter.run("sinter-run", package, "--outputs", results, preexec_fn=limited(64))
    checks.refused("sinter-run: a disk that fills up", done, absent=results)
    checks.refused("sinter-run: outputs into no folder", sinter.run("sinter-run", package, "--outputs", os.path.join(out, "no/o.npz")))


def on_a_small_disk(checks, good, work):
    """A real full disk, where this user may mount one."""
    disk = os.path.join(work, "disk")
    os.makedirs(disk)
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4k", "tmpfs", disk], capture_output=True).returncode != 0:
        return
    try:
        package = os.path.join(disk, "pkg.sinter")
        checks.refused("compile: onto a full disk", sinter.run("sinter", "compile", good, "-o", package), absent=package)
    finally:
        subprocess.run(["umount", disk], check=True)


def packages(checks, package, work):
    """A package cut anywhere or with any byte changed does not load."""
    with open(package, "rb") as file:
        data = file.read()
    bad = os.path.join(work, "bad.sinter")

    def both(what, changed, run_too=True):
        with open(bad, "wb") as file:
            file.write(changed)
        if run_too:
            checks.refused(f"sinter-run: {what}", sinter.run("sinter-run", bad))
        else:
            checks.refused(f"sinter verify: {what}", sinter.run("sinter", "verify", bad))

    cuts = [0, 1, 7, 8, 63, 64, len(data) // 2, len(data) - 1]
    for cut in cuts:
        both(f"a package cut at {cut}", data[:cut])
        both(f"a package cut at {cut}", data[:cut], run_too=False)
    both("a package with a byte too many", data + b"\0")
    random = np.random.Generator(np.random.PCG64(9))
    places = sorted({int(p) for p in [*range(64), *random.integers(0, len(data), 300)]})
    for number, place in enumerate(places):
        changed = bytearray(data)
        changed[place] ^= 1 << int(random.integers(8))
        both(f"a package with byte {place} changed", bytes(changed), run_too=number % 10 != 0)
    checks.refused("sinter-run: no such package", sinter.run("sinter-run", bad + "x"), ["bad.sinterx"])


def inputs(checks, package, work):
    path, out = os.path.join(work, "in.npz"), os.path.join(work, "result.npz")

    def refuse(what, arrays, words):
        sinter.save_npz(path, arrays)
        checks.refused(f"sinter-run: {what}", sinter.run("sinter-run", package, "--inputs", path, "--outputs", out), words, absent=out)

    x = np.zeros((2, 3), np.float32)
    refuse("a missing input", {}, ["x"])
    refuse("an input that the model does not have", {"x": x, "q": x}, ["q"])
    refuse("an input of another shape", {"x": np.zeros((3, 2), np.float32)}, ["x"])
    refuse("an input of another rank", {"x": np.zeros(6, np.float32)}, ["x"])
    refuse("an input of another type", {"x": x.astype(np.float64)}, ["x"])
    sinter.save_npz(path, {"x": x})
    with open(path, "rb") as file:
        data = file.read()
    for cut in (0, 10, len(data) // 2, len(data) - 3):
        with open(path, "wb") as file:
            file.write(data[:cut])
        checks.refused(f"sinter-run: an input file cut at {cut}", sinter.run("sinter-run", package, "--inputs", path))
    checks.refused("sinter-run: no such input file", sinter.run("sinter-run", package, "--inputs", path + "x"), ["in.npzx"])


def main():
    sinter.need("sinter", "sinter-run")
    checks = Checks()
    work = sinter.work_dir("bad_input")
    good, package = os.path.join(work, "good.onnx"), os.path.join(work, "good.sinter")
    onnx.save(bad_models.good(), good)
    done = sinter.run("sinter", "compile", good, "-o", package)
    checks.expect("the good model compiles", done.err if done.code else None)
    checks.expect("the good package runs", sinter.run("sinter-run", package).err if sinter.run("sinter-run", package).code else None)
    compile_bad_models(checks, work)
    compile_all_unsupported(checks, work)
    wrong_flags(checks, good, work)
    if os.path.exists(package):
        outputs_that_cannot_be_written(checks, good, package, work)
        packages(checks, package, work)
        inputs(checks, package, work)
    on_a_small_disk(checks, good, work)
    print(f"{checks.passed} passed, {checks.failed} failed")
    return 1 if checks.failed else 0


if __name__ == "__main__":
    sys.exit(main())
