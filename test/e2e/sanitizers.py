#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The loader and the importer under the sanitizers.

The loader's, the importer's and the file formats' tests under address and undefined-behaviour sanitizers, the loader's under the thread
sanitizer; all of the compiler's unit tests and the bad-input suite with --all, which builds the whole compiler so.
"""
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "support"))
import sanitized  # noqa: E402
import sinter  # noqa: E402

COMPILER_TESTS = ["NnTests", "PlaceTests", "CpuKernelTests"]


def tests(all_of_it):
    """(preset, targets to build, programs to run)"""
    loader = ["RuntimeTests", "null-driver-conformance", "cpu-driver-conformance", "test_device-driver-conformance"]
    yield "tsan", loader, loader
    yield "asan", [] if all_of_it else [*loader, "ImportTest", "ToolTests"], [*loader, "ImportTest", "ToolTests", *(COMPILER_TESTS if all_of_it else [])]


def main(all_of_it):
    passed = failed = 0
    for preset, targets, programs in tests(all_of_it):
        if problem := sanitized.build(preset, *targets):
            print(problem)
            failed += 1
            continue
        for name in programs:
            good, bad = sanitized.googletest(preset, name)
            passed, failed = passed + good, failed + bad
    if all_of_it and not failed:
        env = dict(os.environ, **sanitized.OPTIONS, SINTER_BIN=os.path.dirname(sanitized.program("asan", "sinter")))
        done = subprocess.run([sys.executable, "-B", os.path.join(HERE, "bad_input.py")], env=env, stdout=subprocess.PIPE, text=True)
        print(done.stdout[-6000:])
        passed, failed = passed + (done.returncode == 0), failed + (done.returncode != 0)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main("--all" in sys.argv[1:]))
