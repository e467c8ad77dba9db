# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Building and running programs of the sanitizer presets."""
import os
import re
import subprocess

import sinter

# MLIR and LLVM are Debian's, built without the sanitizers: containers that cross the border look overflown.
OPTIONS = {"ASAN_OPTIONS": "detect_container_overflow=0:detect_leaks=1:allocator_may_return_null=1",
           "UBSAN_OPTIONS": "print_stacktrace=1", "TSAN_OPTIONS": "halt_on_error=1"}


def build(preset, *targets):
    """Configures the preset and builds the targets (none: all of it); what went wrong, or None."""
    for words in (["cmake", "--preset", preset], ["cmake", "--build", "--preset", preset, "-j", str(sinter.jobs()),
                                                  *(["--target", *targets] if targets else [])]):
        done = subprocess.run(words, cwd=sinter.ROOT, capture_output=True, text=True, errors="replace")
        if done.returncode:
            return f"{' '.join(words)} failed:\n{done.stdout[-4000:]}{done.stderr[-2000:]}"
    return None


def program(preset, name):
    return os.path.join(sinter.ROOT, "build", preset, "bin", name)


def run(preset, name, *words, timeout=600):
    """(exit code, output) of a program of the preset; 124 when it was ended."""
    try:
        done = subprocess.run([program(preset, name), *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              errors="replace", timeout=timeout, env=dict(os.environ, **OPTIONS))
        return done.returncode, done.stdout
    except subprocess.TimeoutExpired as expired:
        return 124, (expired.stdout or b"").decode(errors="replace") + f"\nended: not done within {timeout} s"


def googletest(preset, name, *words):
    """Prints how a googletest program went; (passed, failed). A sanitizer's report is a failure."""
    code, output = run(preset, name, *words)
    passed = sum(map(int, re.findall(r"\[  PASSED  \] (\d+) test", output)))
    failed = sum(map(int, re.findall(r"\[  FAILED  \] (\d+) tests?, listed below", output)))
    if code and not failed or not passed:
        failed += 1
    print(f"{name} ({preset}): {passed} passed, {failed} failed", flush=True)
    if failed:
        print(output[-6000:], flush=True)
    return passed, failed
