# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""ONNX files that are wrong, each in one way: (what, bytes, words that the diagnostic must hold)."""
import os

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


def value(name, shape, dtype=TensorProto.FLOAT):
    return helper.make_tensor_value_info(name, dtype, shape)


def model(nodes, inputs=None, outputs=None, weights=(), opset=17, domains=()):
    inputs = [value("x", [2, 3])] if inputs is None else inputs
    outputs = [value("y", [2, 3])] if outputs is None else outputs
    imports = [helper.make_opsetid("", opset), *[helper.make_opsetid(d, 1) for d in domains]]
    return helper.make_model(helper.make_graph(nodes, "g", inputs, outputs, weights), opset_imports=imports, ir_version=8)


def good():
    """x·w + b, the model that the others are spoilt forms of."""
    w = np.linspace(-1, 1, 12, dtype=np.float32).reshape(3, 4)
    return model([helper.make_node("MatMul", ["x", "w"], ["t"], name="product"),
                  helper.make_node("Add", ["t", "b"], ["y"], name="sum")], outputs=[value("y", [2, 4])],
                 weights=[numpy_helper.from_array(w, "w"), numpy_helper.from_array(w[0], "b")])


def stateful(dim):
    """y = x + h and hn = h + h, with a named dimension."""
    return model([helper.make_node("Add", ["x", "h"], ["y"]), helper.make_node("Add", ["h", "h"], ["hn"])],
                 [value("x", [dim, 3]), value("h", [1, 3])], [value("y", [dim, 3]), value("hn", [1, 3])])


def large():
    """A result of 32 GiB from one number."""
    return model([helper.make_node("Expand", ["x", "shape"], ["y"])], [value("x", [1])], [value("y", [8, 1 << 30])],
                 [numpy_helper.from_array(np.array([8, 1 << 30]), "shape")])


def slow():
    """Convolutions of many shapes, which take seconds to compile."""
    nodes, weights, channels = [], [], 3
    for i in range(24):
        width = 5 + i
        weights.append(numpy_helper.from_array(np.full((width, channels, 3, 3), 0.01, np.float32), f"w{i}"))
        nodes.append(helper.make_node("Conv", ["x" if i == 0 else f"t{i - 1}", f"w{i}"], [f"t{i}"], pads=[1, 1, 1, 1]))
        channels = width
    return model(nodes, [value("x", [1, 3, 32, 32])], [value("t23", [1, channels, 32, 32])], weights)


def node(op, inputs=("x",), outputs=("y",), name="the_node", **attributes):
    return helper.make_node(op, list(inputs), list(outputs), name=name, **attributes)


def varint(number):
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes(out + bytes([number]))


def field(number, payload):
    """A length-delimited protobuf field."""
    return varint(number << 3 | 2) + varint(len(payload)) + payload


def nested(depth):
    """A graph in an attribute of a node of a graph in an attribute …, `depth` times."""
    graph = b""
    for _ in range(depth):
        graph = field(1, field(5, field(6, graph)))
    return b"\x08\x08" + field(7, graph) + field(8, b"\x10\x11")


def wrong_weight(change):
    proto = good()
    change(proto.graph.initializer[0])
    return proto.SerializeToString()


def external(location, offset="0", length="48"):
    def change(tensor):
        tensor.ClearField("raw_data")
        tensor.data_location = TensorProto.EXTERNAL
        for key, text in (("location", location), ("offset", offset), ("length", length)):
            entry = tensor.external_data.add()
            entry.key, entry.value = key, text
    return wrong_weight(change)


def set_dims(*dims):
    def change(tensor):
        del tensor.dims[:]
        tensor.dims.extend(dims)
    return change


def table(folder):
    """Every case; `folder` is the models' folder, beside which there is a file that must not be read."""
    data = good().SerializeToString()
    outside = os.path.join(os.path.dirname(folder), "outside.bin")
    with open(outside, "wb") as file:
        file.write(bytes(4096))
    with open(os.path.join(folder, "short.bin"), "wb") as file:
        file.write(bytes(8))
    link = os.path.join(folder, "link.bin")
    if not os.path.lexists(link):
        os.symlink(outside, link)
    cycle = model([node("Add", ["x", "b"], ["a"], "first"), node("Relu", ["a"], ["b"], "second"), node("Relu", ["b"], ["y"], "third")])
    yield from ((f"cut at byte {cut} of {len(data)}", data[:cut], []) for cut in range(0, len(data), max(1, len(data) // 24)))
    yield "random bytes", np.random.Generator(np.random.PCG64(1)).bytes(5000), []
    yield "a cycle", cycle.SerializeToString(), ["first"]
    yield "an input that nothing makes", model([node("Add", ["x", "nowhere"])]).SerializeToString(), ["the_node", "nowhere"]
    yield "two makers of one value", model([node("Relu"), node("Neg", name="again")]).SerializeToString(), ["y"]
    yield "an output that nothing makes", model([node("Relu", outputs=["z"])]).SerializeToString(), ["y"]
    yield "an unknown operator", model([node("Frobnicate")]).SerializeToString(), ["the_node", "Frobnicate"]
    yield "an unknown domain", model([node("Relu", domain="com.example")], domains=["com.example"]).SerializeToString(), ["the_node", "com.example"]
    yield "an opset of the future", model([node("Relu")], opset=999).SerializeToString(), ["999"]
    yield "no opset", onnx.ModelProto(ir_version=8, graph=good().graph).SerializeToString(), ["product", "operator set"]
    yield "a missing attribute", model([node("Cast")]).SerializeToString(), ["the_node", "to"]
    yield "an attribute of another type", model([node("Transpose", perm="abc")], outputs=[value("y", [3, 2])]).SerializeToString(), ["the_node", "perm"]
    yield "an attribute out of range", model([node("Softmax", axis=7)]).SerializeToString(), ["the_node", "axis"]
    yield "a permutation that is none", model([node("Transpose", perm=[0, 0])], outputs=[value("y", [2, 2])]).SerializeToString(), ["the_node"]
    yield "shapes that do not fit", model([node("MatMul", ["x", "x"])]).SerializeToString(), ["the_node"]
    yield "an operand of another type", model([node("Add", ["x", "i"])], [value("x", [2, 3]), value("i", [2, 3], TensorProto.INT64)]).SerializeToString(), ["the_node"]
    yield "too few inputs", model([node("Add", ["x"])]).SerializeToString(), ["the_node"]
    yield "too many inputs", model([node("Relu", ["x", "x"])]).SerializeToString(), ["the_node"]
    yield "a weight shorter than its shape", wrong_weight(lambda t: setattr(t, "raw_data", t.raw_data[:-4])), ["w"]
    yield "a weight longer than its shape", wrong_weight(lambda t: setattr(t, "raw_data", t.raw_data + bytes(4))), ["w"]
    yield "a negative dimension of a weight", wrong_weight(set_dims(-3, 4)), ["w"]
    yield "a product of dimensions that overflows", wrong_weight(set_dims(1 << 40, 1 << 40)), ["w"]
    yield "a weight of an unknown type", wrong_weight(lambda t: setattr(t, "data_type", 99)), ["w"]
    yield "graphs nested 5,000 deep", nested(5000), ["limit"]
    yield "two million empty nodes", b"\x08\x08" + field(7, field(1, b"") * 2_000_000) + field(8, b"\x10\x11"), ["limit"]
    yield "external data in the folder above", external("../outside.bin"), ["w"]
    yield "external data by absolute path", external(outside), ["w"]
    yield "external data by a link that leads out", external("link.bin"), ["w"]
    yield "external data that is not there", external("absent.bin"), ["absent.bin"]
    yield "external data beyond the file's end", external("short.bin"), ["short.bin"]
    yield "external data at a negative offset", external("short.bin", "-4", "8"), ["w"]
    yield "external data at an offset that is no number", external("short.bin", "abc", "8"), ["w"]
