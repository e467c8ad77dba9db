#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The vendor's door: the null target, built outside of the tree against an installed Sinter, loaded, and put through its
conformance. A plug-in that does not fit is refused."""
import os
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "support"), os.path.join(HERE, "..", "conformance")]
import sinter
import targets

passed, failed = 0, 0


def check(name, ok, why=""):
    global passed, failed
    passed, failed = passed + bool(ok), failed + (not ok)
    print(f"{'ok' if ok else 'FAIL'}: {name}" + (f": {why}" if why and not ok else ""), flush=True)
    return ok


def run(*words):
    done = subprocess.run(list(map(str, words)), capture_output=True, text=True)
    return done.returncode == 0, (done.stdout + done.stderr)[-1500:]


def build_half(work, prefix, half):
    """Configures and builds one half of the copied target; the folder that has the module, or None."""
    build = os.path.join(work, f"build-{half}")
    ok, log = run("cmake", "-G", "Ninja", "-S", os.path.join(work, "null", half), "-B", build, f"-DCMAKE_PREFIX_PATH={prefix}",
                  "-DCMAKE_CXX_COMPILER=clang++-22", "-DCMAKE_BUILD_TYPE=Release")
    if not check(f"the {half} half configures against the installed Sinter", ok, log):
        return None
    ok, log = run("ninja", "-C", build)
    return build if check(f"the {half} half builds", ok, log) else None


def refused(work, name, source, flags=()):
    """Builds a plug-in of one source file and expects a typed refusal."""
    path = os.path.join(work, f"{name}.cpp")
    with open(path, "w") as file:
        file.write(source)
    module = os.path.join(work, f"{name}.so")
    ok, log = run("clang++-22", "-shared", "-fPIC", path, "-o", module, *flags)
    if check(f"{name} builds", ok, log):
        done = sinter.run("sinter", "compile", os.path.join(work, "none.onnx"), "-o", os.path.join(work, "x.sinter"),
                          f"--load-target={module}")
        check(f"{name} is refused", done.code == 1 and "cannot load target" in done.err, done.err)


def main():
    sinter.need("sinter", "sinter-run")
    work = sinter.work_dir("out-of-tree")
    prefix = os.path.join(work, "prefix")
    ok, log = run("cmake", "--install", os.path.dirname(sinter.BIN), "--prefix", prefix)
    if check("Sinter installs", ok, log):
        shutil.copytree(os.path.join(sinter.ROOT, "targets", "null"), os.path.join(work, "null"))
        compiler, driver = build_half(work, prefix, "compiler"), build_half(work, prefix, "driver")
        if compiler and driver:
            listed = sinter.run("sinter", "--list-targets", f"--load-target={os.path.join(compiler, 'sinter_null_target.so')}")
            check("the loaded target is listed", listed.code == 0 and "\nnull " in "\n" + listed.out, listed.out + listed.err)
            good, bad = targets.conformance("null", os.path.join(work, "null", "test", "cases.txt"),
                                            f"--load-target={os.path.join(compiler, 'sinter_null_target.so')}",
                                            f"--load-driver={os.path.join(driver, 'sinter_null_driver.so')}")
            check(f"conformance of the loaded target: {good} passed", good and not bad)
    refused(work, "empty", "int nothing;\n")
    refused(work, "old", """#include <cstddef>
struct Plugin { size_t size; unsigned api; const char *llvm, *hash; void (*add)(void *); };
extern "C" const Plugin *sinterTargetPlugin() { static Plugin p = {sizeof(Plugin), 2, "1.0", "", nullptr}; return &p; }
""")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
