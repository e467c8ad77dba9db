#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Fuzzes the importer and the loader under the sanitizers: run.py [--seconds=N].

Each seed is replayed and counts as a test; then libFuzzer changes them, which counts as one more: a fixed number of times from
a fixed seed, so that the same tree gives the same result everywhere, or with --seconds for so long from a new seed. What it finds
is left in build/work/fuzz with the command that replays it. A defect that was found is mended and becomes a unit test (HostileTest
of the importer or of the loader); it is not kept as bytes.
"""
import argparse
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "support"))
import sanitized  # noqa: E402
import seeds  # noqa: E402
import sinter  # noqa: E402

FUZZERS = {"FuzzPackage": seeds.packages, "FuzzImport": seeds.models}
RUNS = {"FuzzPackage": 500000, "FuzzImport": 60000}  # about half a minute each
LONGEST = 300  # seconds that these may take on a slow machine
LIMITS = ["-rss_limit_mb=2048", "-malloc_limit_mb=1024", "-timeout=20"]


def fuzz(name, make_seeds, seconds, work):
    """(passed, failed) of one fuzzer."""
    corpus, found = os.path.join(work, name, "seeds"), os.path.join(work, name, "found") + os.sep
    os.makedirs(found)
    count = seeds.write(make_seeds(os.path.join(work, name)), corpus)
    files = [os.path.join(corpus, file) for file in sorted(os.listdir(corpus))]
    code, output = sanitized.run("asan", name, *LIMITS, f"-artifact_prefix={found}", *files)
    if code or not files:
        print(f"{name}: a seed fails:\n{output[-6000:]}")
        return 0, 1
    grown = os.path.join(work, name, "grown")
    os.makedirs(grown)
    extent = [f"-max_total_time={seconds}"] if seconds else ["-seed=1", f"-runs={RUNS[name]}"]
    code, output = sanitized.run("asan", name, *LIMITS, *extent, f"-max_len={seeds.LARGEST}", f"-artifact_prefix={found}",
                                 "-print_final_stats=1", grown, corpus, timeout=(seconds or LONGEST) + 120)
    runs = next((line.split()[-1] for line in output.splitlines() if "number_of_executed_units" in line), "0")
    print(f"{name}: {count} seeds, {runs} runs", flush=True)
    if code or runs == "0":
        print(output[-6000:])
        for file in os.listdir(found):
            print(f"replay: ASAN_OPTIONS={sanitized.OPTIONS['ASAN_OPTIONS']} {sanitized.program('asan', name)} {os.path.join(found, file)}")
        return count, 1
    return count + 1, 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=int, default=0)
    seconds = parser.parse_args().seconds
    if problem := sanitized.build("asan", *FUZZERS, "WriteTestPackage"):
        print(problem)
        print("0 passed, 1 failed")
        return 1
    work = sinter.work_dir("fuzz")
    passed = failed = 0
    for name, make_seeds in FUZZERS.items():
        good, bad = fuzz(name, make_seeds, seconds, work)
        passed, failed = passed + good, failed + bad
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
