#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What share of the FMA peak of one core the two heavy operators reach, beside onnxruntime in the same run.

Peak, our package and onnxruntime are measured in turns, so that a slower moment of the machine meets all of them; of
each the best round counts.
"""
import argparse
import json
import os
import re
import subprocess
import sys
import time

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "support"))
import sinter  # noqa: E402

ROUNDS = 5


def model(name, nodes, inputs, outputs, weights=()):
    def infos(table):
        return [helper.make_tensor_value_info(n, TensorProto.FLOAT, shape) for n, shape in table.items()]
    graph = helper.make_graph(nodes, name, infos(inputs), infos(outputs), weights)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def matmul(n=512):
    return 2 * n ** 3, model("matmul", [helper.make_node("MatMul", ["a", "b"], ["c"], name="matmul")],
                             {"a": [n, n], "b": [n, n]}, {"c": [n, n]})


def convolution(channels=64, size=56):
    weight = np.random.Generator(np.random.PCG64(1)).normal(0, 0.05, (channels, channels, 3, 3)).astype(np.float32)
    node = helper.make_node("Conv", ["x", "w"], ["y"], name="conv", kernel_shape=[3, 3], pads=[1, 1, 1, 1])
    shape = [1, channels, size, size]
    return 2 * channels * channels * 9 * size * size, model("conv", [node], {"x": shape}, {"y": shape},
                                                            [numpy_helper.from_array(weight, "w")])


CASES = {"matmul 512x512x512": matmul, "conv 3x3 64-64 56x56": convolution}


def build_probe(work):
    path = os.path.join(work, "fma_peak")
    subprocess.run(["clang++-22", "-O2", "-std=c++17", os.path.join(HERE, "fma_peak.cpp"), "-o", path], check=True)
    return path


def peak(probe):
    rate, bits = subprocess.run([probe], capture_output=True, text=True, check=True).stdout.split()
    return float(rate), int(bits)


def cpu_name():
    with open("/proc/cpuinfo") as file:
        return re.search(r"model name\s*: (.*)", file.read())[1]


class Case:
    def __init__(self, name, make, work):
        self.name = name
        self.flops, proto = make()
        stem = os.path.join(work, name.split()[0])
        self.package, self.inputs_file = stem + ".sinter", stem + ".npz"
        onnx.save(proto, stem + ".onnx")
        done = sinter.run("sinter", "compile", stem + ".onnx", "-o", self.package)
        if done.code:
            sys.exit(f"{done.err}\nsinter compile exited with {done.code}")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(stem + ".onnx", options, providers=["CPUExecutionProvider"])
        random = np.random.Generator(np.random.PCG64(2))
        self.inputs = {i.name: random.normal(0, 1, i.shape).astype(np.float32) for i in self.session.get_inputs()}
        sinter.save_npz(self.inputs_file, self.inputs)
        self.ours, self.theirs = [], []

    def measure(self):
        done = sinter.run("sinter-run", self.package, "--inputs", self.inputs_file, "--threads", 1, "--warmup", 5, "--repeat",
                          50, "--json")
        if done.code:
            sys.exit(f"{done.err}\nsinter-run exited with {done.code}")
        self.ours.append(json.loads(done.out)["latency_ms"])
        times = []
        for _ in range(55):
            start = time.perf_counter()
            self.session.run(None, self.inputs)
            times.append((time.perf_counter() - start) * 1e3)
        times = sorted(times[5:])
        self.theirs.append({"min": times[0], "p50": times[len(times) // 2]})

    def row(self, rate):
        ours, theirs = (min(r["p50"] for r in rows) for rows in (self.ours, self.theirs))
        def share(ms):
            return self.flops / (ms * 1e6) / rate
        return {"name": self.name, "ms": ours, "share": share(ours), "ort_ms": theirs, "ort_share": share(theirs)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    sinter.need("sinter", "sinter-run")
    work = sinter.work_dir("bench")
    probe = build_probe(work)
    cases = [Case(name, make, work) for name, make in CASES.items()]
    peaks = []
    for _ in range(ROUNDS):
        peaks.append(peak(probe))
        for case in cases:
            case.measure()
    rate, bits = max(peaks)
    rows = [case.row(rate) for case in cases]
    if args.json:
        print(json.dumps({"cpu": cpu_name(), "peak_gflops": rate, "vector_bits": bits, "cases": rows}))
        return
    print(f"{cpu_name()}: {rate:.1f} GFLOP/s FMA peak of one core, {bits}-bit vectors")
    print(f"{'one thread, fp32':22} {'sinter':>9} {'of peak':>8} {'onnxruntime':>12} {'of peak':>8}")
    for r in rows:
        print(f"{r['name']:22} {r['ms']:6.3f} ms {r['share']:8.1%} {r['ort_ms']:9.3f} ms {r['ort_share']:8.1%}")


if __name__ == "__main__":
    main()
