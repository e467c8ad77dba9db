#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs onnx's node cases through compile, package and loader, and compares with onnx's own tolerances.

A case passes, is refused (the compiler said in a diagnostic that it does not support it, exit code 1), or fails: wrong
value, type or shape, a crash, or a silent error. cases.txt lists those that must pass: the suite fails when one of them
does not, and also when any other case fails rather than being refused; it names passing cases that are not yet listed.

    run.py                   the cases listed
    run.py --all             every case
    run.py --update          every case, and writes the list anew
    run.py NAME…             some cases, by name or by pattern
    --target=T --cases=FILE  another target, with its own list; further --load-target, --load-driver
    --refused=FILE           cases of the list that the target must refuse instead
    --sample                 of the list, one case for each operator and element types
    --by-type                a table of results by element type
    --flag=F                 a flag of sinter compile
    --shard=I/N              the I-th of N parts
    --report=FILE            the cases that did not pass, by reason
"""
import argparse
import collections
import concurrent.futures
import dataclasses
import fnmatch
import os
import sys

import numpy as np

import cases as case_files
from cases import sinter

LIST = os.path.join(os.path.dirname(os.path.abspath(__file__)), "cases.txt")
PASS, REFUSED, FAIL = "pass", "refused", "FAIL"


@dataclasses.dataclass
class Result:
    name: str
    status: str
    reason: str = ""


def compare(case, outputs, expected):
    """What differs, by the rules of onnx's own runner; None when nothing does."""
    for name, want in expected.items():
        dtype = case["types"][name]
        if name not in outputs:
            return f"output '{name}' is missing"
        got = outputs[name]
        if got.shape != want.shape:
            return f"output '{name}' has shape {list(got.shape)}, expected {list(want.shape)}"
        if got.dtype != want.dtype:
            return f"output '{name}' has type {got.dtype}, expected {dtype}"
        got, want = sinter.from_wire(got, dtype), sinter.from_wire(want, dtype)
        rtol = case["rtol"]
        if dtype not in sinter.NATIVE:
            rtol = max(rtol, 2**-6) if dtype == "bfloat16" else rtol
            got, want = got.astype(np.float32), want.astype(np.float32)
        try:
            np.testing.assert_allclose(got, want, rtol=rtol, atol=case["atol"])
        except AssertionError as error:
            lines = [line.strip() for line in str(error).splitlines() if line.strip()]
            return f"output '{name}' differs: " + "; ".join(lines[1:4])
    return None


def empty_shapes(inputs):
    """--shape for inputs without elements: a size of 0 in a model says that the dimension is not bound."""
    return [f"--shape={name}={'x'.join(map(str, value.shape))}" for name, value in inputs.items() if 0 in value.shape]


def run_case(case, work, args):
    """Compiles and runs one case."""
    folder = os.path.join(case_files.FOLDER, case["name"])
    package, output = (os.path.join(work, case["name"] + suffix) for suffix in (".sinter", ".npz"))
    plugins = [f"--load-target={path}" for path in args.load_target]
    drivers = [f"--load-driver={path}" for path in args.load_driver]
    target = [f"--target={args.target}"] if args.target else []
    shapes = empty_shapes(sinter.load_npz(os.path.join(folder, "inputs.npz"))) if case["tensors"] else []
    compiled = sinter.run("sinter", "compile", os.path.join(folder, "model.onnx"), "-o", package, *shapes, *plugins, *target,
                          *args.flag)
    if compiled.code == 1 and "error" in compiled.err:
        return Result(case["name"], REFUSED, compiled.first_error())
    if compiled.code != 0:
        return Result(case["name"], FAIL, f"compile exited with {compiled.code}: {compiled.first_error()}")
    if not case["tensors"]:
        return Result(case["name"], FAIL, "compiled, but the case's values are no tensors and this runner cannot pass them")
    inputs = ["--inputs", os.path.join(folder, "inputs.npz")]
    ran = sinter.run("sinter-run", package, *inputs, "--outputs", output, *drivers)
    if ran.code != 0:
        return Result(case["name"], FAIL, f"sinter-run exited with {ran.code}: {ran.first_error()}")
    difference = compare(case, sinter.load_npz(output), sinter.load_npz(os.path.join(folder, "expected.npz")))
    for path in (package, output):
        os.remove(path)
    return Result(case["name"], FAIL, difference) if difference else Result(case["name"], PASS)


def sample(cases):
    """One case for each operator (of a function's body: the function) with the same element types."""
    chosen = {}
    for case in cases:
        function = case["name"].split("_")[1] if len(case["ops"]) > 1 else None
        chosen.setdefault((function or case["ops"][0], *case["elements"]), case)
    return list(chosen.values())


def select(table, listed, args):
    if args.names:
        chosen = [c for c in table if any(fnmatch.fnmatch(c["name"], pattern) for pattern in args.names)]
    elif args.all or args.update:
        chosen = table
    else:
        known = {case["name"] for case in table}
        for name in listed - known:
            sys.exit(f"error: {args.cases} lists '{name}', which is no case")
        chosen = [c for c in table if c["name"] in listed]
    if args.sample:
        chosen = sample(chosen)
    part, parts = map(int, args.shard.split("/"))
    return chosen[part - 1::parts]


def run_all(chosen, args):
    work = sinter.work_dir("conformance")
    results = []
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        for result in pool.map(lambda case: run_case(case, work, args), chosen):
            results.append(result)
            if len(results) % 10 == 0:
                print(f"{len(results)}/{len(chosen)} cases", flush=True)
    return results


def read_list(path):
    if not os.path.exists(path):
        return set()
    with open(path) as file:
        return {line.strip() for line in file if line.strip() and not line.startswith("#")}


def write_list(path, results):
    passed = sorted(r.name for r in results if r.status == PASS)
    with open(path, "w") as file:
        file.write("# Cases that must pass; written by run.py --update. A case is taken off only with a reason.\n")
        file.writelines(name + "\n" for name in passed)
    print(f"wrote {len(passed)} cases to {os.path.relpath(path, sinter.ROOT)}")


def write_report(path, results):
    groups = collections.defaultdict(list)
    for result in results:
        if result.status != PASS:
            groups[result.status, result.reason.split("; ")[0][:140]].append(result)
    counts = collections.Counter(r.status for r in results)
    with open(path, "w") as file:
        file.write(f"# Conformance: {dict(counts)}\n\n## Failures\n\n")
        for result in (r for r in results if r.status == FAIL):
            file.write(f"- {result.name}: {result.reason}\n")
        file.write("\n## Refused, by reason\n\n")
        for (status, reason), group in sorted(groups.items(), key=lambda item: -len(item[1])):
            if status == REFUSED:
                file.write(f"- {len(group)} × {reason}: {', '.join(r.name for r in group[:4])}\n")


def print_by_type(chosen, results):
    """A case counts for each type that its inputs and outputs have."""
    counts = collections.defaultdict(collections.Counter)
    for case, result in zip(chosen, results):
        for element in case["elements"]:
            counts[element][result.status] += 1
    print(f"{'type':16} {PASS:>6} {REFUSED:>8} {FAIL:>6}")
    for element, count in sorted(counts.items()):
        print(f"{element:16} {count[PASS]:6} {count[REFUSED]:8} {count[FAIL]:6}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--update", action="store_true")
    parser.add_argument("--target", default="")
    parser.add_argument("--cases", default=LIST)
    parser.add_argument("--refused")
    parser.add_argument("--sample", action="store_true")
    parser.add_argument("--by-type", action="store_true")
    parser.add_argument("--load-target", action="append", default=[])
    parser.add_argument("--load-driver", action="append", default=[])
    parser.add_argument("--flag", action="append", default=[])
    parser.add_argument("--shard", default="1/1")
    parser.add_argument("--jobs", type=int, default=sinter.jobs())
    parser.add_argument("--report")
    args = parser.parse_args()
    sinter.need("sinter", "sinter-run")

    listed, unwanted = read_list(args.cases), read_list(args.refused) if args.refused else set()
    chosen = select(case_files.load(), listed, args)
    results = run_all(chosen, args)
    passed = [r for r in results if r.status == PASS]
    refused = [r for r in results if r.status == REFUSED]
    bad = [r for r in results if r.status == FAIL or (r.status == REFUSED and r.name in listed - unwanted) or
           (r.status == PASS and r.name in unwanted)]
    for result in bad:
        print(f"{result.status}: {result.name}: {result.reason or f'{args.refused} says that it is refused'}")
    if args.by_type:
        print_by_type(chosen, results)
    new = [r.name for r in passed if r.name not in listed]
    if new and not args.update:
        print(f"{len(new)} passing cases are not listed; run.py --update takes them in")
    if args.report:
        write_report(args.report, results)
    if args.update:
        write_list(args.cases, results)
    if not results:
        print("error: no case was executed")
    others = len([r for r in refused if r.name not in listed - unwanted])
    print(f"{len(passed)} passed, {len(bad)} failed" + (f", {others} skipped" if others else ""))
    return 1 if bad or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
