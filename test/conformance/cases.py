# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""onnx's node cases as files: a model, its inputs and the expected outputs.

onnx makes the cases in Python each time, which takes ten seconds; they are kept in .cache, by onnx's version. Where an
input of the operator decides the shape of a result (a Reshape's shape, a Slice's starts), a case exists twice: as onnx
has it, and as `<name>+const` with those inputs as constants of the model, as exporters write them.
"""
import json
import os
import sys
import warnings

import ml_dtypes  # noqa: F401
import numpy as np
import onnx
from onnx import numpy_helper

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import sinter  # noqa: E402

FORMAT = 4
FOLDER = os.path.join(sinter.ROOT, ".cache", f"conformance-{onnx.__version__}-{FORMAT}")

# Inputs that decide a shape, or that nearly every model has as a constant.
PARAMETERS = {
    "AffineGrid": [1], "CenterCropPad": [1], "Col2Im": [1, 2], "ConstantOfShape": [0], "CumSum": [1], "CumProd": [1],
    "Expand": [1], "Blackmanwindow": [0], "BlackmanWindow": [0], "HannWindow": [0], "HammingWindow": [0], "DFT": [1, 2],
    "Clip": [1, 2], "Dropout": [1, 2], "MelWeightMatrix": [0, 1, 2, 3, 4], "MaxUnpool": [2], "OneHot": [1, 2], "Pad": [1, 2, 3],
    "QuantizeLinear": [1, 2], "DequantizeLinear": [1, 2], "QLinearConv": [1, 2, 3, 4, 5, 6, 7, 8],
    "QLinearMatMul": [1, 2, 3, 4, 5, 6, 7], "MatMulInteger": [2, 3], "ConvInteger": [1, 2, 3],
    "Range": [0, 1, 2], "ReduceL1": [1], "ReduceL2": [1], "ReduceLogSum": [1], "ReduceLogSumExp": [1], "ReduceMax": [1],
    "ReduceMean": [1], "ReduceMin": [1], "ReduceProd": [1], "ReduceSum": [1], "ReduceSumSquare": [1], "Reshape": [1],
    "Resize": [1, 2, 3], "Slice": [1, 2, 3, 4], "Split": [1], "SplitToSequence": [1], "Squeeze": [1], "STFT": [1, 3], "Tile": [1],
    "TopK": [1], "Unsqueeze": [1], "Upsample": [1], "Conv": [1, 2], "ConvTranspose": [1, 2], "Gemm": [1, 2],
    "BatchNormalization": [1, 2, 3, 4], "LSTM": [1, 2, 3, 4, 7], "GRU": [1, 2, 3, 4], "RNN": [1, 2, 3, 4], "PRelu": [1],
    "If": [0], "TensorScatter": [2], "Trilu": [1], "Gather": [1],
}


def array_of(value):
    """A tensor as numpy; None for what is not one (sequence, optional, string)."""
    if isinstance(value, onnx.TensorProto):
        value = numpy_helper.to_array(value)
    if not isinstance(value, (np.ndarray, np.generic)):
        return None
    value = np.asarray(value)
    return None if value.dtype == object or value.dtype.kind in "US" else value


def named(values, infos):
    """{name: array} of a list of values, or None when one is not a tensor; absent optional inputs are left out."""
    arrays = {}
    for value, info in zip(values, infos):
        array = array_of(value)
        if array is None:
            return None
        arrays[info.name] = array
    return arrays


def with_constants(model, inputs):
    """The model with its parameter inputs as constants, and the inputs that stay; None when there are none."""
    parameters = {node.input[i] for node in model.graph.node for i in PARAMETERS.get(node.op_type, [])
                  if i < len(node.input)} & set(inputs)
    if not parameters or parameters == {i.name for i in model.graph.input} and len(model.graph.node) == 0:
        return None
    changed = onnx.ModelProto()
    changed.CopyFrom(model)
    for name in sorted(parameters):
        changed.graph.initializer.append(numpy_helper.from_array(inputs[name], name))
        changed.graph.input.remove(next(i for i in changed.graph.input if i.name == name))
    return changed, {name: array for name, array in inputs.items() if name not in parameters}


def element_types(graph):
    """The types of a graph's inputs and outputs: "float", "bfloat16", …"""
    types = {value.type.tensor_type.elem_type for value in [*graph.input, *graph.output]
             if value.type.HasField("tensor_type")}
    return sorted(onnx.TensorProto.DataType.Name(each).lower() for each in types)


def write_case(name, model, inputs, expected, tolerance):
    folder = os.path.join(FOLDER, name)
    os.makedirs(folder, exist_ok=True)
    onnx.save(model, os.path.join(folder, "model.onnx"))
    sinter.save_npz(os.path.join(folder, "inputs.npz"), inputs or {})
    sinter.save_npz(os.path.join(folder, "expected.npz"), expected or {})
    return {"name": name, "tensors": inputs is not None and expected is not None, "rtol": tolerance[0], "atol": tolerance[1],
            "ops": sorted({node.op_type for node in model.graph.node}),
            "elements": element_types(model.graph),
            "types": {key: array.dtype.name for key, array in (expected or {}).items()}}


def make():
    from onnx.backend.test.loader import load_model_tests
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        loaded = load_model_tests(kind="node")
    table = []
    for case in loaded:
        graph = case.model.graph
        tolerance = (case.rtol, case.atol)
        inputs = named(case.data_sets[0][0], graph.input)
        expected = named(case.data_sets[0][1], graph.output)
        table.append(write_case(case.name, case.model, inputs, expected, tolerance))
        constant = with_constants(case.model, inputs) if inputs and expected else None
        if constant:
            table.append(write_case(case.name + "+const", *constant, expected, tolerance))
    with open(os.path.join(FOLDER, "table.json.part"), "w") as file:
        json.dump(table, file)
    os.replace(os.path.join(FOLDER, "table.json.part"), os.path.join(FOLDER, "table.json"))


def load():
    """The table of cases, made first when it is not there."""
    path = os.path.join(FOLDER, "table.json")
    if not os.path.exists(path):
        make()
    with open(path) as file:
        return json.load(file)
