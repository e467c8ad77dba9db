# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""int8 QDQ forms of float models: onnxruntime's static quantisation, per-channel weights, int8 activations."""
import logging
import os
import tempfile

import numpy as np
import onnx
from onnx import numpy_helper
from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, QuantFormat, QuantType, quantize_static


class _Samples(CalibrationDataReader):
    def __init__(self, samples):
        self.rest = iter(samples)

    def get_next(self):
        return next(self.rest, None)


def fold_batch_norm(model):
    """Batch norms folded into the Conv or Gemm (transB=1) before them, as exporters deliver a model to a quantizer."""
    graph = model.graph
    weights = {w.name: w for w in graph.initializer}
    producer = {output: node for node in graph.node for output in node.output}
    for norm in [n for n in graph.node if n.op_type == "BatchNormalization"]:
        before = producer[norm.input[0]]
        gamma, beta, mean, var = (numpy_helper.to_array(weights[name]).astype(np.float64) for name in norm.input[1:])
        epsilon = next(a.f for a in norm.attribute if a.name == "epsilon")
        factor = gamma / np.sqrt(var + epsilon)
        w = numpy_helper.to_array(weights[before.input[1]]).astype(np.float64)
        bias = numpy_helper.to_array(weights[before.input[2]]).astype(np.float64) if len(before.input) > 2 else 0.0
        w = (w * factor.reshape(-1, *[1] * (w.ndim - 1))).astype(np.float32)
        bias = ((bias - mean) * factor + beta).astype(np.float32)
        weights[before.input[1]].CopyFrom(numpy_helper.from_array(w, before.input[1]))
        name = before.name + ".bias"
        if len(before.input) > 2:
            weights[name].CopyFrom(numpy_helper.from_array(bias, name))
        else:
            graph.initializer.append(numpy_helper.from_array(bias, name))
            before.input.append(name)
        before.output[0] = norm.output[0]
        graph.node.remove(norm)
    used = {name for node in graph.node for name in node.input}
    for weight in [w for w in graph.initializer if w.name not in used]:
        graph.initializer.remove(weight)
    return model


def quantize(model, samples):
    """The int8 QDQ form of a float model, calibrated on `samples`, a list of {input: array}."""
    logging.getLogger().setLevel(logging.ERROR)  # it recommends a pre-processing that was done here
    with tempfile.TemporaryDirectory() as folder:
        source, target = os.path.join(folder, "float.onnx"), os.path.join(folder, "int8.onnx")
        onnx.save(fold_batch_norm(model), source)
        quantize_static(source, target, _Samples(samples), quant_format=QuantFormat.QDQ, per_channel=True,
                        activation_type=QuantType.QInt8, weight_type=QuantType.QInt8,
                        calibrate_method=CalibrationMethod.MinMax)
        return onnx.load(target)
