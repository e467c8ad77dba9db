#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Bad input on the command line: each wrong thing gives a typed error that names the place, exit code 1 (2 for wrong
usage), nothing left behind, and never a crash."""
import os
import resource
import signal
import subprocess
import sys
import time

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
        elif absent and (left := [f for f in os.listdir(os.path.dirname(absent)) if f.startswith((os.path.basename(absent)[:3], ".sinter"))]):
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


def several_models(checks, work):
    """Names in options may be any of the models'; what none of them has is wrong. A state's first value fits it exactly."""
    folder = os.path.join(work, "several")
    os.makedirs(folder)
    package, state = os.path.join(folder, "both.sinter"), os.path.join(folder, "h.npy")
    models = [os.path.join(folder, name) for name in ("prefill.onnx", "decode.onnx")]
    for path, dim in zip(models, ("n", "m")):
        onnx.save(bad_models.stateful(dim), path)
    words = ["compile", *models, "-o", package, "--dim=n=2", "--dim=m=1", "--state=h=hn"]
    done = sinter.run("sinter", *words)
    checks.expect("compile: two models with dimensions of their own", done.err if done.code else None)
    checks.expect("sinter-run: the second of two entry points", sinter.run("sinter-run", package, "--entry=decode").err or None)
    data = os.path.join(folder, "h.npz")
    sinter.save_npz(data, {"x": np.zeros((2, 3), np.float32), "h": np.zeros((1, 3), np.float32)})
    checks.refused("sinter-run: values for a state", sinter.run("sinter-run", package, "--inputs", data), ["'h' is a state"])
    os.remove(package)
    done = sinter.run("sinter", *words, "--dim=q=1", "--shape=z=1", "--state=s=hn")
    checks.refused("compile: names that none of two models has", done, ["--dim q", "--shape z", "--state s=hn"], code=2, absent=package)
    text = os.path.join(sinter.ROOT, "test", "tools", "Inputs", "add.mlir")
    done = sinter.run("sinter", "compile", models[0], text, "-o", package, "--dim=n=2", "--dim=q=1", "--state=h=hn")
    checks.refused("compile: a name that no model has, MLIR text beside it", done, ["--dim q"], code=2, absent=package)
    words = ["compile", models[0], "-o", package, "--dim=n=2", f"--state=h=hn:{state}"]
    for what, array in (("type", np.zeros((1, 3), np.int32)), ("shape", np.zeros((3, 1), np.float32)),
                        ("byte order", np.zeros((1, 3), ">f4")), ("size", np.zeros((1, 4), np.float32))):
        np.save(state, array)
        checks.refused(f"compile: a state's first value of another {what}", sinter.run("sinter", *words), ["'h'", "h.npy"], absent=package)
    np.save(state, np.zeros((1, 3), np.float32))
    done = sinter.run("sinter", *words)
    checks.expect("compile: a state's first value", done.err if done.code else None)
    done = sinter.run("sinter", "compile", models[0], "-o", package, f"--dim=n={1 << 40}")
    checks.refused("compile: a dimension beyond the limit, said once", done, ["between 0 and"], code=2)
    checks.expect("compile: a dimension that is refused is not missing as well", "not bound" in done.err and done.err)


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


def shell(command, **options):
    """A command line in which $BIN is where the tools are."""
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=120, env=dict(os.environ, BIN=sinter.BIN), **options)
    return sinter.Ran(done.returncode, done.stdout, done.stderr, 0)


def standard_streams(checks, good, package, work):
    """What is printed has to arrive, and a file never gets the number of a closed stream."""
    tools = ("sinter compile good.onnx -o -", "sinter inspect good.sinter", "sinter verify good.sinter", "sinter check good.onnx",
             "sinter --list-targets", "sinter --help", "sinter-run good.sinter", "sinter-run good.sinter --json", "sinter-run --help")
    for command in tools:
        checks.refused(f"{command}: onto a full device", shell(f"$BIN/{command} > /dev/full", cwd=work), ["cannot write to standard output"])
        checks.refused(f"{command}: with standard output closed", shell(f"$BIN/{command} >&-", cwd=work), ["cannot write to standard output"])
    done = shell("$BIN/sinter compile good.onnx -o closed.sinter <&- 2>&- && cmp good.sinter closed.sinter", cwd=work)
    checks.expect("compile: with standard input and error closed", None if done.code == 0 else done.out)
    done = shell("$BIN/sinter compile good.onnx -o - | $BIN/sinter-run -", cwd=work)
    checks.expect("sinter-run: a package from a pipe", None if done.code == 0 else done.err)
    checks.refused("sinter-run: a cut package from a pipe", shell("head -c 5000 good.sinter | $BIN/sinter-run -", cwd=work), ["there are 5000"])


def outputs_in_odd_places(checks, good, package, work):
    out = os.path.join(work, "odd")
    os.makedirs(out)
    with open(package, "rb") as file:
        expected = file.read()

    def compiled(what, target, real, **options):
        done = sinter.run("sinter", "compile", good, "-o", target, **options)
        problem = done.err if done.code else None
        if not problem:
            with open(real, "rb") as file:
                problem = None if file.read() == expected else "it holds something else"
        checks.expect(f"compile: {what}", problem)

    link, real = os.path.join(out, "link.sinter"), os.path.join(out, "real.sinter")
    os.symlink("real.sinter", link)
    compiled("through a link to no file yet", link, real)
    compiled("through a link to a file", link, real)
    checks.expect("compile: a link stays one", None if os.path.islink(link) else "it was replaced")
    open_file = os.path.join(out, "stdout")
    os.symlink("/proc/self/fd/1", open_file)
    done = shell(f"$BIN/sinter compile {good} -o {open_file} > {real} && cmp {real} {package}")
    checks.expect("compile: through a link to an open file", (done.out + done.err) or None if done.code else None)
    checks.expect("compile: a link to an open file stays one", None if os.path.islink(open_file) else "it was replaced")
    name = os.path.join(out, "n" * 255)
    compiled("a name as long as names can be", name, name)
    compiled("where there is no folder for temporary files", real, real, env={"TMPDIR": os.path.join(out, "no")})
    for what, words in (("compile: onto the model", ["sinter", "compile", good, "-o", good]),
                        ("evaluate: onto the model", ["sinter", "evaluate", good, "--outputs", good, "--inputs", os.path.join(out, "x.npz")])):
        sinter.save_npz(os.path.join(out, "x.npz"), {"x": np.zeros((2, 3), np.float32)})
        checks.refused(what, sinter.run(*words), ["replace"], code=2)
    checks.refused("sinter-run: outputs onto the package", sinter.run("sinter-run", package, "--outputs", package), ["replace"])
    checks.expect("an input stays what it is", None if sinter.run("sinter", "compile", good, "-o", real).code == 0 else "it was replaced")


def interrupted(checks, work):
    """A compilation that is ended leaves no file and no process, whichever of its processes is told."""
    out = os.path.join(work, "interrupted")
    os.makedirs(out)
    model, package = os.path.join(work, "slow.onnx"), os.path.join(out, "x.sinter")
    onnx.save(bad_models.slow(), model)
    whole = sinter.run("sinter", "compile", model, "-o", package).seconds
    for who, share in (("the parent", 0.2), ("the parent", 0.6), ("all", 0.4)):
        code, delay = 0, whole * share
        while code == 0 and delay > 0.01:  # It was done before: sooner.
            for left in os.listdir(out):
                os.remove(os.path.join(out, left))
            process, code = interrupt(model, package, who, delay)
            delay /= 2
        problem = None if code in (-signal.SIGTERM, -signal.SIGINT) else f"exit code {code}"
        for _ in range(100):
            if not alive(process.pid):
                break
            time.sleep(0.1)
        else:
            problem = "a process lives on"
        left = os.listdir(out)
        checks.expect(f"compile: interrupted after {share:.0%} of its time, {who}", problem or (f"left behind: {left}" if left else None))


def interrupt(model, package, who, delay):
    """Ends a compilation after so many seconds: its process and exit code. It hears SIGINT, which a shell's background jobs do not."""
    process = subprocess.Popen([os.path.join(sinter.BIN, "sinter"), "compile", model, "-o", package],
                               env=dict(os.environ, TMPDIR=os.path.dirname(package)), start_new_session=True, stderr=subprocess.DEVNULL,
                               preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
    time.sleep(delay)
    try:
        os.kill(process.pid, signal.SIGTERM) if who == "the parent" else os.killpg(process.pid, signal.SIGINT)
    except ProcessLookupError:
        pass  # It is done.
    return process, process.wait()


def alive(group):
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def too_little_memory(checks, work):
    model, data, out = (os.path.join(work, name) for name in ("large.onnx", "large.npz", "memory.npz"))
    onnx.save(bad_models.large(), model)
    sinter.save_npz(data, {"x": np.zeros(1, np.float32)})

    def limit():
        resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
    done = sinter.run("sinter", "evaluate", model, "--inputs", data, "--outputs", out, preexec_fn=limit)
    checks.refused("evaluate: too little memory", done, ["for want of memory"], absent=out)


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


def inputs(checks, good, package, work):
    path, out = os.path.join(work, "in.npz"), os.path.join(work, "result.npz")

    def refuse(what, arrays, words):
        sinter.save_npz(path, arrays)
        checks.refused(f"sinter-run: {what}", sinter.run("sinter-run", package, "--inputs", path, "--outputs", out), words, absent=out)

    x = np.zeros((2, 3), np.float32)
    refuse("a missing input", {}, ["x"])
    refuse("an input that the model does not have", {"x": x, "q": x}, ["q"])
    evaluated = sinter.run("sinter", "evaluate", good, "--inputs", path, "--outputs", out)
    checks.refused("evaluate: an input that the model does not have", evaluated, ["'q'"], absent=out)
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
    sinter.save_npz(path, {"x": x})
    np.save(os.path.join(work, "x.npy"), x)
    with open(os.path.join(work, "x.bin"), "wb") as file:
        file.write(b"1234")
    for second in ("x.npy", "x.bin"):
        done = sinter.run("sinter-run", package, "--inputs", path, "--inputs", "x=" + os.path.join(work, second))
        checks.refused(f"sinter-run: an input twice, then as {second}", done, ["'x' is given twice"])
    checks.refused("sinter-run: an endless input", sinter.run("sinter-run", package, "--inputs", "x=/dev/zero"), ["device"])
    for words in (["--steps", "--repeat=2"], ["--outputs=y.npy"], ["--device="]):
        checks.refused(f"sinter-run: {' '.join(words)}", sinter.run("sinter-run", package, *words), code=2)
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
    several_models(checks, work)
    if os.path.exists(package):
        outputs_that_cannot_be_written(checks, good, package, work)
        packages(checks, package, work)
        inputs(checks, good, package, work)
        standard_streams(checks, good, package, work)
        outputs_in_odd_places(checks, good, package, work)
    interrupted(checks, work)
    if "ASAN_OPTIONS" not in os.environ:  # its shadow is larger than any limit
        too_little_memory(checks, work)
    on_a_small_disk(checks, good, work)
    print(f"{checks.passed} passed, {checks.failed} failed")
    return 1 if checks.failed else 0


if __name__ == "__main__":
    sys.exit(main())
