#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compiles each real model, runs it on seeded inputs and compares with onnxruntime.

A float model passes when |a − b| ≤ 1e-4 · max|b| for each output of each set of inputs. An int8 model passes when its
result equals the reference evaluator's bit for bit, no float convolution is left in it, and its best class is
onnxruntime's; what share of elements differs from onnxruntime's and by how many steps is stated.

    run.py [NAME…]        all models, or those named
    run.py --latency      also latency beside onnxruntime's in the same run, one and two threads
    run.py --target=T     for another target than the CPU, and wholly there
    run.py --without=NAME leaves a model out
    run.py --report=FILE  what did not pass
"""
import argparse
import dataclasses
import json
import os
import re
import sys

import numpy as np
import onnx
import onnxruntime

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import models as model_table  # noqa: E402
import sinter  # noqa: E402

SETS = 2
ROUNDS = 5


@dataclasses.dataclass
class Row:
    name: str
    ok: bool = False
    note: str = ""
    error: float = float("nan")
    compile_seconds: float = float("nan")
    package_bytes: int = 0
    differing: float = float("nan")   # int8: share of elements that are not onnxruntime's
    steps: float = float("nan")       # int8: the largest difference in steps of the output's scale
    latency: dict = dataclasses.field(default_factory=dict)  # threads → (ours, onnxruntime's) in ms


def session(path, threads=2):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads, options.log_severity_level = threads, 1, 3
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def state_shapes(session_, model):
    """Static shapes of the state inputs, where a named dimension is the batch of one."""
    shapes = {i.name: [d if isinstance(d, int) else 1 for d in i.shape] for i in session_.get_inputs()}
    return {name: np.zeros(shapes[name], np.float32) for name, _ in model.state}


def expected(session_, model, inputs):
    """onnxruntime's outputs; for a model with steps, stacked, with the state handed on from step to step."""
    names = [o.name for o in session_.get_outputs()]
    if not model.steps:
        return dict(zip(names, session_.run(None, inputs)))
    state = state_shapes(session_, model)
    stacked = []
    for step in range(model.steps):
        row = {name: np.asarray(array[step]) for name, array in inputs.items()}
        out = dict(zip(names, session_.run(None, row | state)))
        state = {name: out[source] for name, source in model.state}
        stacked.append({name: out[name] for name in names if name not in {s for _, s in model.state}})
    return {name: np.stack([row[name] for row in stacked]) for name in stacked[0]}


def relative_error(got, want):
    """max|a − b| / max|b|; infinite when the shapes, types or values that are no numbers differ."""
    if got.shape != want.shape or got.dtype != want.dtype:
        return float("inf")
    if not np.array_equal(np.isfinite(got), np.isfinite(want)):
        return float("inf")
    largest = np.abs(want).max(initial=0)
    difference = np.abs(got.astype(np.float64) - want).max(initial=0)
    return float(difference / largest) if largest else float(difference)


def output_scale(path):
    """The scale of the DequantizeLinear that makes the first output; None when something else makes it."""
    graph = onnx.load(path).graph
    node = next(n for n in graph.node if graph.output[0].name in n.output)
    weights = {w.name: onnx.numpy_helper.to_array(w) for w in graph.initializer}
    return float(weights[node.input[1]]) if node.op_type == "DequantizeLinear" else None


def float_convolutions(path, model):
    """Lines of the final nn IR that hold a convolution or matrix product on floats."""
    done = sinter.run("sinter", "compile", path, "--emit=nn", "--target=cpu:x86-64@v3", "-o", "-", *model.flags)
    if done.code != 0:
        return [f"--emit=nn exited with {done.code}: {done.first_error()}"]
    return [line.strip() for line in done.out.splitlines()
            if re.search(r"nn\.(conv|matmul|gemm)\b", line) and "f32>" in line.split("->")[-1] and "quant" not in line]


def check_int8(row, model, path, work, want, got, inputs_file):
    """The three promises for an int8 model."""
    (name, b), a = next(iter(want.items())), None
    a = got[name]
    scale = output_scale(path)
    row.differing = float(np.mean(a != b))
    row.steps = float(np.abs(a - b).max() / scale) if scale else float("nan")
    if b.flat[int(a.argmax())] != b.max():
        return "the best class is not onnxruntime's"
    evaluated = os.path.join(work, "evaluated.npz")
    done = sinter.run("sinter", "evaluate", path, "--inputs", inputs_file, "--outputs", evaluated, "--after=quantize",
                      *model.flags, timeout=600)
    if done.code != 0:
        return f"sinter evaluate exited with {done.code}: {done.first_error()}"
    reference = sinter.load_npz(evaluated)[name]
    if reference.tobytes() != a.tobytes():
        return f"{int(np.sum(reference != a))} elements are not the reference evaluator's bits"
    return ""


def run_set(row, model, path, package, work, session_, inputs):
    inputs_file, outputs_file = os.path.join(work, "in.npz"), os.path.join(work, "out.npz")
    sinter.save_npz(inputs_file, inputs)
    ran = sinter.run("sinter-run", package, "--inputs", inputs_file, "--outputs", outputs_file,
                     *(["--steps"] if model.steps else []), timeout=600)
    if ran.code != 0:
        return f"sinter-run exited with {ran.code}: {ran.first_error()}"
    want, got = expected(session_, model, inputs), sinter.load_npz(outputs_file)
    for name in want:
        if name not in got:
            return f"output '{name}' is missing"
    error = max(relative_error(got[name], want[name]) for name in want)
    row.error = max(error, 0 if row.error != row.error else row.error)
    if model.int8:
        return check_int8(row, model, path, work, want, got, inputs_file)
    return "" if error <= model.tolerance else f"relative error {error:.2e} is above {model.tolerance:.0e}"


def decided_sets(model, session_):
    """SETS inputs that the int8 and the float model, both by onnxruntime, put into one class. Where those two disagree the
    classes are so close that rounding picks one, and so it may between any two implementations."""
    of_float = session(model_table.prepare(model_table.find(model.name.removesuffix("_int8"))))
    best = lambda s, inputs: int(np.argmax(s.run(None, inputs)[0]))
    sets = [i for i in model_table.input_sets(model, 4 * SETS) if best(session_, i) == best(of_float, i)]
    return sets[:SETS]


def latency(model, path, package, inputs_file, threads):
    """(ours, onnxruntime's) median milliseconds, measured in turns; the best of the rounds of each."""
    inputs = sinter.load_npz(inputs_file)
    if model.steps:
        inputs = {name: np.asarray(array[0]) for name, array in inputs.items()}
    session_ = session(path, threads)
    feed = inputs | (state_shapes(session_, model) if model.state else {})
    one_step = inputs_file.replace("in.npz", "one.npz")
    sinter.save_npz(one_step, inputs)
    import time
    ours, theirs = [], []
    for _ in range(ROUNDS):
        done = sinter.run("sinter-run", package, "--inputs", one_step, "--threads", threads, "--warmup", 3, "--repeat", 20,
                          "--json", timeout=300)
        if done.code == 0:
            ours.append(json.loads(done.out)["latency_ms"]["p50"])
        times = []
        for i in range(23):
            start = time.perf_counter()
            session_.run(None, feed)
            times.append((time.perf_counter() - start) * 1e3)
        theirs.append(float(np.median(times[3:])))
    return min(ours, default=float("nan")), min(theirs)


def run_model(model, args):
    row = Row(model.name)
    path = model_table.prepare(model)
    work = sinter.work_dir(os.path.join("models", model.name))
    package = os.path.join(work, "model.sinter")
    target = [f"--target={args.target}"] if args.target else []
    compiled = sinter.run("sinter", "compile", path, "-o", package, *target, *model.flags, timeout=600)
    row.compile_seconds = compiled.seconds
    if compiled.code != 0:
        row.note = f"compile exited with {compiled.code}: {compiled.first_error()}"
        return row
    row.package_bytes = os.path.getsize(package)
    session_ = session(path)
    sets = decided_sets(model, session_) if model.int8 else model_table.input_sets(model, SETS)
    if len(sets) < SETS:
        row.note = f"the int8 and the float model agree on {len(sets)} of {4 * SETS} inputs only"
        return row
    for inputs in sets:
        row.note = run_set(row, model, path, package, work, session_, inputs)
        if row.note:
            return row
    if model.int8:
        left = float_convolutions(path, model)
        if left:
            row.note = f"{len(left)} float convolutions are left, the first: {left[0][:120]}"
            return row
    row.ok = True
    if args.latency:
        row.latency = {t: latency(model, path, package, os.path.join(work, "in.npz"), t) for t in (1, 2)}
    return row


def print_row(row, with_latency):
    quantised = f"{row.differing:9.4%} {row.steps:5.1f}" if row.differing == row.differing else f"{'':9} {'':5}"
    times = "".join(f" {ours:9.3f} {theirs:9.3f}" for ours, theirs in row.latency.values()) if with_latency else ""
    print(f"{row.name:24} {row.error:9.2e} {quantised} {row.compile_seconds:7.1f}s {row.package_bytes / 1024:9.0f}{times}"
          f"  {'ok' if row.ok else 'FAIL: ' + row.note}", flush=True)


def write_report(path, rows):
    with open(path, "w") as file:
        file.write(f"# Models: {sum(r.ok for r in rows)} of {len(rows)} pass\n\n")
        for row in rows:
            file.write(f"- {row.name}: {'ok, error %.1e, compile %.1f s' % (row.error, row.compile_seconds) if row.ok else row.note}\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--latency", action="store_true")
    parser.add_argument("--target")
    parser.add_argument("--without", action="append", default=[])
    parser.add_argument("--report")
    args = parser.parse_args()
    sinter.need("sinter", "sinter-run")
    chosen = [model_table.find(name) for name in args.names] or model_table.MODELS
    chosen = [model for model in chosen if model not in map(model_table.find, args.without)]
    head = f"{'model':24} {'error':>9} {'differ':>9} {'steps':>5} {'compile':>8} {'KiB':>9}"
    print(head + ("   1 thread       ORT 2 threads       ORT  (ms)" if args.latency else ""))
    rows = []
    for number, model in enumerate(chosen, 1):
        print(f"{number}/{len(chosen)} {model.name}", flush=True) if not sys.stdout.isatty() else None
        rows.append(run_model(model, args))
        print_row(rows[-1], args.latency)
    if args.report:
        write_report(args.report, rows)
    passed = sum(row.ok for row in rows)
    print(f"{passed} passed, {len(rows) - passed} failed")
    return 0 if rows and passed == len(rows) else 1


if __name__ == "__main__":
    sys.exit(main())
