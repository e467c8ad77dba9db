# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes small networks as ONNX, layer by layer.

A Net holds the nodes so far and the name of the current tensor. Where it was given a batch of samples it also computes
them along, in double precision with numpy, so that a batch norm gets the statistics of what really flows through it:
that keeps activations of seeded weights bounded, as training would. The statistics are rounded to three digits, which
makes the file independent of the order in which this machine's numpy adds.
"""
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

OPSET = 17


def three_digits(values):
    """Rounded to three significant digits, as float32."""
    values = np.asarray(values, np.float64)
    exponent = np.floor(np.log10(np.maximum(np.abs(values), 1e-30)))
    scale = 10.0 ** (2 - exponent)
    return (np.rint(values * scale) / scale).astype(np.float32)


def convolve(x, w, strides, pads, group):
    """NCHW convolution in double precision, by windows."""
    n, c = x.shape[:2]
    k = w.shape[0]
    x = np.pad(x, ((0, 0), (0, 0), (pads[0], pads[2]), (pads[1], pads[3])))
    windows = np.lib.stride_tricks.sliding_window_view(x, w.shape[2:], (2, 3))[:, :, ::strides[0], ::strides[1]]
    windows = windows.reshape(n, group, c // group, *windows.shape[2:])
    weights = w.reshape(group, k // group, *w.shape[1:]).astype(np.float64)
    y = np.einsum("ngchwrs,gkcrs->ngkhw", windows, weights, optimize=True)
    return y.reshape(n, k, *y.shape[3:])


class Net:
    def __init__(self, name, input_name, shape, samples=None, seed=1):
        self.name, self.nodes, self.weights = name, [], []
        self.inputs = [helper.make_tensor_value_info(input_name, TensorProto.FLOAT, shape)]
        self.at = input_name
        self.value = None if samples is None else samples.astype(np.float64)
        self.random = np.random.Generator(np.random.PCG64(seed))
        self.count = 0

    def constant(self, label, array):
        self.weights.append(numpy_helper.from_array(np.asarray(array, order="C"), label))
        return label

    def add(self, op, inputs, label=None, **attributes):
        self.count += 1
        label = label or f"{op.lower()}_{self.count}"
        self.nodes.append(helper.make_node(op, inputs, [label + "_out"], name=label, **attributes))
        self.at = label + "_out"
        return label

    def tensor(self, op, *inputs, **attributes):
        """The name of what `op` makes of `inputs`, for networks that are no chain."""
        self.add(op, inputs, **attributes)
        return self.at

    def compute(self, function):
        if self.value is not None:
            self.value = function(self.value)

    def seeded(self, shape, fan_in):
        return self.random.normal(0, np.sqrt(2.0 / fan_in), shape).astype(np.float32)

    def conv(self, out, kernel, stride=(1, 1), pads=(0, 0, 0, 0), group=1, weight=None, bias=None, channels=None):
        channels = channels or self.value.shape[1]
        if weight is None:
            weight = self.seeded((out, channels // group, *kernel), channels // group * kernel[0] * kernel[1])
        label = f"conv_{self.count + 1}"
        inputs = [self.at, self.constant(label + ".weight", weight)]
        if bias is not None:
            inputs.append(self.constant(label + ".bias", bias))
        self.add("Conv", inputs, label, kernel_shape=list(kernel), strides=list(stride), pads=list(pads), group=group)
        self.compute(lambda x: convolve(x, weight, stride, pads, group))

    def dense(self, out, weight=None, bias=None):
        if weight is None:
            weight = self.seeded((out, self.value.shape[1]), self.value.shape[1])
            bias = self.random.normal(0, 0.05, out).astype(np.float32)
        label = f"dense_{self.count + 1}"
        self.add("Gemm", [self.at, self.constant(label + ".weight", weight), self.constant(label + ".bias", bias)],
                 label, transB=1)
        self.compute(lambda x: x @ weight.T.astype(np.float64) + bias)

    def batch_norm(self, statistics=None, epsilon=1e-3):
        """`statistics` are (gamma, beta, mean, variance); without them, those of the samples."""
        if statistics is None:
            axes = tuple(a for a in range(self.value.ndim) if a != 1)
            channels = self.value.shape[1]
            statistics = (self.random.uniform(0.7, 1.3, channels).astype(np.float32),
                          self.random.normal(0, 0.2, channels).astype(np.float32),
                          three_digits(self.value.mean(axes)), three_digits(self.value.var(axes)))
        label = f"bn_{self.count + 1}"
        names = [self.constant(f"{label}.{part}", array)
                 for part, array in zip(("gamma", "beta", "mean", "var"), statistics)]
        self.add("BatchNormalization", [self.at, *names], label, epsilon=epsilon)
        if self.value is not None:
            shape = (1, -1) + (1,) * (self.value.ndim - 2)
            gamma, beta, mean, var = (np.asarray(a, np.float64).reshape(shape) for a in statistics)
            self.value = (self.value - mean) / np.sqrt(var + epsilon) * gamma + beta

    def relu(self):
        self.add("Relu", [self.at])
        self.compute(lambda x: np.maximum(x, 0))

    def clip(self, low, high):
        label = f"clip_{self.count + 1}"
        self.add("Clip", [self.at, self.constant(label + ".min", np.float32(low)),
                          self.constant(label + ".max", np.float32(high))], label)
        self.compute(lambda x: np.clip(x, low, high))

    def add_tensor(self, other, other_value):
        self.add("Add", [self.at, other])
        self.compute(lambda x: x + other_value)

    def average(self, kernel=None):
        """Average over `kernel`, or over everything."""
        if kernel:
            self.add("AveragePool", [self.at], kernel_shape=list(kernel), strides=list(kernel))
            self.compute(lambda x: np.lib.stride_tricks.sliding_window_view(x, kernel, (2, 3))
                         [:, :, ::kernel[0], ::kernel[1]].mean((4, 5)))
        else:
            self.add("GlobalAveragePool", [self.at])
            self.compute(lambda x: x.mean((2, 3), keepdims=True))

    def flatten(self):
        self.add("Flatten", [self.at], axis=1)
        self.compute(lambda x: x.reshape(len(x), -1))

    def softmax(self):
        self.add("Softmax", [self.at], axis=-1)

    def model(self, output, shape):
        """The finished model; its last tensor is called `output`."""
        self.nodes[-1].output[0] = output
        graph = helper.make_graph(self.nodes, self.name, self.inputs,
                                  [helper.make_tensor_value_info(output, TensorProto.FLOAT, shape)], self.weights)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8)
        onnx.checker.check_model(model, full_check=True)
        return model
