# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What the fuzzers start from, made anew each time: no corpus is kept in the repository."""
import glob
import os
import sys

from onnx import TensorProto, helper, numpy_helper
import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "support"), os.path.join(HERE, "..", "e2e")]
import bad_models  # noqa: E402
import sanitized  # noqa: E402
import sinter  # noqa: E402

LARGEST = 1 << 14


def single_nodes():
    """A model of one node for operators whose attributes and shapes have most to check."""
    x, node = bad_models.value("x", [1, 2, 5, 5]), helper.make_node
    w = numpy_helper.from_array(np.ones((4, 2, 3, 3), np.float32), "w")
    axes = numpy_helper.from_array(np.array([1, -1], np.int64), "axes")
    shape = numpy_helper.from_array(np.array([0, -1, 5], np.int64), "shape")
    for made, outputs, weights in (
            (node("Conv", ["x", "w"], ["y"], pads=[1, 1, 1, 1], strides=[2, 1], dilations=[1, 1]), [1, 4, 3, 5], [w]),
            (node("MaxPool", ["x"], ["y"], kernel_shape=[2, 2], auto_pad="SAME_UPPER", ceil_mode=1), [1, 2, 5, 5], []),
            (node("Reshape", ["x", "shape"], ["y"]), [1, 10, 5], [shape]),
            (node("ReduceMean", ["x"], ["y"], axes=[1, -1], keepdims=0), [1, 5], []),
            (node("Unsqueeze", ["x", "axes"], ["y"]), [1, 1, 2, 5, 5, 1], [axes]),
            (node("Transpose", ["x"], ["y"], perm=[3, 1, 0, 2]), [5, 2, 1, 5], []),
            (node("Einsum", ["x", "x"], ["y"], equation="abij,abjk->abik"), [1, 2, 5, 5], []),
            (node("Softmax", ["x"], ["y"], axis=-1), [1, 2, 5, 5], [])):
        yield bad_models.model([made], inputs=[x], outputs=[bad_models.value("y", outputs)], weights=weights).SerializeToString()


def control_flow():
    """An If that shapes decide, and a Loop."""
    def branch(name, op):
        return helper.make_graph([helper.make_node(op, ["x"], [name])], name, [], [bad_models.value(name, [2, 3])])
    condition = numpy_helper.from_array(np.array(True), "c")
    yield bad_models.model([helper.make_node("If", ["c"], ["y"], then_branch=branch("t", "Relu"), else_branch=branch("e", "Neg"))],
                           weights=[condition]).SerializeToString()
    body = helper.make_graph([helper.make_node("Identity", ["k"], ["k2"]), helper.make_node("Relu", ["v"], ["v2"])], "body",
                             [bad_models.value("i", [], TensorProto.INT64), bad_models.value("k", [], TensorProto.BOOL),
                              bad_models.value("v", [2, 3])],
                             [bad_models.value("k2", [], TensorProto.BOOL), bad_models.value("v2", [2, 3])])
    trips = numpy_helper.from_array(np.array(3, np.int64), "n")
    yield bad_models.model([helper.make_node("Loop", ["n", "c", "x"], ["y"], body=body)], weights=[condition, trips]).SerializeToString()


def models(folder):
    """Every wrong model of the bad-input suite, and right ones."""
    yield bad_models.good().SerializeToString()
    yield from single_nodes()
    yield from control_flow()
    for _, data, _ in bad_models.table(folder):
        yield data


def packages(folder):
    """The golden packages, and some of the loader's tests: loops and dynamic shapes, which no compiler makes yet."""
    for kind in ("sum", "accumulator", "loop", "dynamic"):
        path = os.path.join(folder, kind)
        code, output = sanitized.run("asan", "WriteTestPackage", path, kind)
        if code:
            sys.exit(f"error: WriteTestPackage {kind}: {output}")
        with open(path, "rb") as file:
            yield file.read()
    for path in sorted(glob.glob(os.path.join(sinter.ROOT, "test", "golden", "*", "*.sinter"))):
        with open(path, "rb") as file:
            yield file.read()


def write(seeds, folder):
    """Seeds that are small enough as files; how many."""
    os.makedirs(folder)
    count = 0
    for data in seeds:
        if len(data) <= LARGEST:
            with open(os.path.join(folder, f"{count:03}"), "wb") as file:
                file.write(data)
            count += 1
    return count
