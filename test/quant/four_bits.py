#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Weights of four bits: they stay that in the package, and kernels unpack them.

A product with dequantised int4 or uint4 weights, per tensor, per channel and in blocks, on the CPU and on Vulkan, against
onnxruntime at 1e-4; the package's constants hold at most the weights' half bytes and their parameters.
"""
import json
import os
import sys

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import sinter  # noqa: E402

DEEP, WIDE = 192, 160
TARGETS = ("cpu:x86-64", "gpu:vulkan")
# name → (type, size of a block along the first axis (0: per channel, None: one scale), a zero point)
FORMS = {
    "tensor": (TensorProto.INT4, None, False),
    "channel": (TensorProto.INT4, 0, False),
    "channel_unsigned": (TensorProto.UINT4, 0, True),
    "blocks": (TensorProto.INT4, 32, False),
    "blocks_unsigned": (TensorProto.UINT4, 32, True),
}


def build(kind, block, zero_point, random):
    """(model, bytes that its constants need at most)."""
    low, high = (-8, 8) if kind == TensorProto.INT4 else (0, 16)
    shape = [] if block is None else [DEEP // block, WIDE] if block else [WIDE]
    weights = random.integers(low, high, (DEEP, WIDE))
    constants = [helper.make_tensor("w", kind, weights.shape, weights.flatten().tolist()),
                 helper.make_tensor("scale", TensorProto.FLOAT, shape, random.uniform(0.01, 0.1, shape or 1).flatten().tolist())]
    if zero_point:
        constants.append(helper.make_tensor("zero", kind, shape, random.integers(low, high, shape or 1).flatten().tolist()))
    attributes = {} if block is None else {"axis": 0, "block_size": block} if block else {"axis": 1}
    nodes = [helper.make_node("DequantizeLinear", [c.name for c in constants], ["dequantised"], **attributes),
             helper.make_node("MatMul", ["x", "dequantised"], ["y"])]
    graph = helper.make_graph(nodes, "product", [helper.make_tensor_value_info("x", TensorProto.FLOAT, [4, DEEP])],
                              [helper.make_tensor_value_info("y", TensorProto.FLOAT, [4, WIDE])], constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)
    onnx.checker.check_model(model, full_check=True)
    # Scales are floats, zero points up to 32 bits wide.
    return model, weights.size // 2 + 8 * max(1, int(np.prod(shape))) + 64


def session(path):
    """Without optimisations, which round the activations to 8 bits."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def problem_of(path, work, target, x, want, most_bytes):
    package, inputs, outputs = (os.path.join(work, name) for name in ("m.sinter", "in.npz", "out.npz"))
    sinter.save_npz(inputs, {"x": x})
    done = sinter.run("sinter", "compile", path, "-o", package, f"--target={target}")
    if done.code:
        return f"compile exited with {done.code}: {done.first_error()}"
    sizes = json.loads(sinter.run("sinter", "inspect", package, "--json").out)["constants"]["bytes"]
    if sizes > most_bytes:
        return f"constants have {sizes} bytes, {most_bytes} are enough"
    done = sinter.run("sinter-run", package, "--inputs", inputs, "--outputs", outputs)
    if done.code:
        return f"sinter-run exited with {done.code}: {done.first_error()}"
    error = float(np.abs(sinter.load_npz(outputs)["y"] - want).max() / np.abs(want).max())
    return "" if error <= 1e-4 else f"relative error {error:.1e}"


def main():
    sinter.need("sinter", "sinter-run")
    work = sinter.work_dir("four-bits")
    passed = failed = 0
    for name, (kind, block, zero_point) in FORMS.items():
        random = np.random.Generator(np.random.PCG64([4, len(name)]))
        model, most_bytes = build(kind, block, zero_point, random)
        path = os.path.join(work, name + ".onnx")
        onnx.save(model, path)
        x = random.normal(size=(4, DEEP)).astype(np.float32)
        want = session(path).run(None, {"x": x})[0]
        for target in TARGETS:
            problem = problem_of(path, work, target, x, want, most_bytes)
            passed, failed = passed + (not problem), failed + bool(problem)
            print(f"{'FAIL: ' if problem else ''}{name} on {target}: {problem or 'ok'}", flush=True)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
