#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The Vulkan driver on devices that fail, and on one whose memory the host does not see.

Each call that the driver makes of each function that can fail is made to fail once (FaultLayer.cpp; the first dozen, then every
fifth of the first sixty): the run ends with a typed error and nothing written, and everything that was made has been given back.
How often a driver waits depends on time: a call that a run does not come to is not counted.
With split memory the results are those without, to the bit, states and all.
On a device that lacks a feature, the next variant of the package runs; where none does, the error names the feature.
"""
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "support"), os.path.join(HERE, "..", "models")]
import layers  # noqa: E402
import models  # noqa: E402
import numpy as np  # noqa: E402
import onnx  # noqa: E402
import sinter  # noqa: E402

OUT_OF_MEMORY, LOST = -2, -4  # VkResult
FIRST, THEN, LAST = 12, 5, 60


class Device:
    """Runs of one package behind the layer."""

    def __init__(self, work, package, *words):
        self.package, self.words, self.work = package, words, work
        self.report = os.path.join(work, "report.txt")
        self.env = layers.build("FaultLayer.cpp", work) | {"SINTER_FAULT_FILE": self.report}

    def run(self, **env):
        """(how it ended, its outputs or None, what the layer reports)."""
        out = os.path.join(self.work, "out.npz")
        for path in (out, self.report):
            if os.path.exists(path):
                os.remove(path)
        done = sinter.run("sinter-run", self.package, "--outputs", out, *self.words, env=self.env | env, timeout=120)
        report = {}
        if os.path.exists(self.report):
            with open(self.report) as file:
                report = {name: int(count) for name, count in map(str.split, file)}
        return done, sinter.load_npz(out) if os.path.exists(out) else None, report


def compile_model(name, work):
    model, package = models.find(name), os.path.join(work, name + ".sinter")
    done = sinter.run("sinter", "compile", models.prepare(model), "-o", package, "--target=gpu:vulkan", *model.flags, timeout=600)
    if done.code:
        sys.exit(f"{done.err}\n{name}: sinter compile exited with {done.code}")
    return package


def hidden_memory(name, work, *words):
    device = Device(work, compile_model(name, work), *words)
    _, plain, _ = device.run()
    done, hidden, report = device.run(SINTER_HIDE="1")
    same = plain and hidden and plain.keys() == hidden.keys() and all(np.array_equal(plain[k], hidden[k]) for k in plain)
    good = done.code == 0 and bool(same) and report.get("alive") == 0
    print(f"{'' if good else 'FAIL: '}{name}, memory hidden: {'same bits' if same else done.err.strip() or 'other results'}, "
          f"{report.get('alive')} objects alive", flush=True)
    return good


def problem_of(device, function, call, result):
    """What is wrong with how a failing call ends; nothing; or None where the run did not come to that call."""
    done, outputs, report = device.run(SINTER_FAULT=f"{function}:{call}:{result}", SINTER_HIDE="1")
    if done.code == 0 and report.get("failures") == 0:
        return None
    if done.code != 1 or "error" not in done.err:
        return f"exit {done.code}: {done.err.strip()[-200:]}"
    if outputs is not None:
        return "outputs were written"
    return f"{report['alive']} objects alive" if report.get("alive", 0) else ""


def failures(name, work):
    """(passed, failed) of all failing calls."""
    device = Device(work, compile_model(name, work))
    done, _, calls = device.run(SINTER_HIDE="1")
    if done.code or not calls:
        print(f"FAIL: {name} does not run: {done.err}")
        return 0, 1
    passed = failed = 0
    for function, count in sorted(calls.items()):
        if function in ("alive", "failures"):
            continue
        result = LOST if function in ("vkQueueSubmit", "vkWaitSemaphores") else OUT_OF_MEMORY
        for call in (n for n in range(1, min(count, LAST) + 1) if n <= FIRST or n % THEN == 0):
            problem = problem_of(device, function, call, result)
            passed, failed = passed + (problem == ""), failed + bool(problem)
            if problem:
                print(f"FAIL: {function}, call {call} of {count}: {problem}", flush=True)
    print(f"{name}: {passed + failed} failing calls", flush=True)
    return passed, failed


def half_sum(work):
    """A package whose kernels do better with f16 conversions."""
    halves = [onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT16, [64]) for name in "xyz"]
    graph = onnx.helper.make_graph([onnx.helper.make_node("Add", ["x", "y"], ["z"])], "sum", halves[:2], halves[2:])
    path, package = os.path.join(work, "half.onnx"), os.path.join(work, "half.sinter")
    onnx.save(onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=8), path)
    done = sinter.run("sinter", "compile", path, "-o", package, "--target=gpu:vulkan")
    if done.code:
        sys.exit(f"{done.err}\nsinter compile exited with {done.code}")
    return package


def lacking(work):
    """(passed, failed) of what a package does on devices with fewer features."""
    device = Device(work, half_sum(work))
    _, whole, _ = device.run()
    problems = {}
    for lack in ("", "float16", "dot8", "subgroup", "storage16", "float16,int16"):
        done, found, _ = device.run(SINTER_LACK=lack)
        wanted = {"storage16": "needs storage16", "float16,int16": "needs int16"}.get(lack)
        if wanted:
            good = done.code == 1 and wanted in done.err and found is None
        else:
            runs = "gpu:vulkan@base" in done.out
            good = done.code == 0 and runs == (lack == "float16") and found and all(
                whole[name].tobytes() == found[name].tobytes() for name in whole)
        problems[lack] = "" if good else f"exit {done.code}: {done.out.strip()} {done.err.strip()}"
        print(f"{'' if good else 'FAIL: '}lacking {lack or 'nothing'}: {problems[lack] or wanted or 'same bits'}", flush=True)
    failed = sum(bool(problem) for problem in problems.values())
    return len(problems) - failed, failed


def main():
    sinter.need("sinter", "sinter-run")
    work = sinter.work_dir("gpu-faults")
    results = [hidden_memory("resnet8_int8", work), hidden_memory("silero_vad_16k_op15", work, "--repeat", "2")]
    counts = [failures("autoencoder_int8", work), lacking(work), (sum(results), len(results) - sum(results))]
    passed, failed = map(sum, zip(*counts))
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
