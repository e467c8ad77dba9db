# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""all-MiniLM-L6-v2, a sentence embedding, as ONNX (opset 17) of the form that PyTorch's exporter gives it.

BERT of six layers, then the mean of the tokens that the mask keeps, of length one. Batch and sequence are open: positions
come from the length of the input, and attention is written out.
"""
import numpy as np
import safetensors_file
from net import Net
from onnx import TensorProto, helper

WIDTH, HEADS, LAYERS, EPSILON = 384, 12, 6, 1e-12
SMALLEST = float(np.finfo(np.float32).min)


class Bert(Net):
    def __init__(self, weights):
        super().__init__("minilm", "input_ids", ["batch", "sequence"])
        self.inputs = [helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "sequence"])
                       for name in ("input_ids", "attention_mask", "token_type_ids")]
        self.weights_by_name = weights
        self.made = {}

    def ints(self, *values):
        return self.shared(np.array(values, np.int64))

    def shared(self, array):
        """A constant that nodes share."""
        key = array.dtype.name, array.shape, array.tobytes()
        if key not in self.made:
            self.made[key] = self.constant(f"constant_{len(self.made)}", array)
        return self.made[key]

    def scalar(self, value):
        return self.shared(np.array(value, np.float32))

    def weight(self, name):
        return self.constant(name, self.weights_by_name[name])

    def dense(self, x, name):
        weight = self.constant(name + ".weight", self.weights_by_name[name + ".weight"].T)
        return self.tensor("Add", self.weight(name + ".bias"), self.tensor("MatMul", x, weight))

    def norm(self, x, name):
        return self.tensor("LayerNormalization", x, self.weight(name + ".weight"), self.weight(name + ".bias"), axis=-1,
                           epsilon=EPSILON)

    def embeddings(self):
        length = self.tensor("Gather", self.tensor("Shape", "input_ids"), self.shared(np.array(1, np.int64)), axis=0)
        end = self.tensor("Unsqueeze", length, self.ints(0))
        positions = self.tensor("Slice", self.weight("embeddings.position_ids"), self.ints(0), end, self.ints(1))
        words, types, places = (
            self.tensor("Gather", self.weight(f"embeddings.{table}_embeddings.weight"), index)
            for table, index in (("word", "input_ids"), ("token_type", "token_type_ids"), ("position", positions)))
        return self.norm(self.tensor("Add", self.tensor("Add", words, types), places), "embeddings.LayerNorm")

    def mask(self):
        """What is added to the scores: nothing for a token, the smallest number for padding."""
        wide = self.tensor("Unsqueeze", "attention_mask", self.ints(1, 2))
        number = self.tensor("Cast", wide, to=TensorProto.FLOAT)
        return self.tensor("Mul", self.tensor("Sub", self.scalar(1), number), self.scalar(SMALLEST))

    def attention(self, x, mask, name):
        def heads(part, order):
            split = self.tensor("Reshape", self.dense(x, f"{name}.self.{part}"), self.ints(0, 0, HEADS, WIDTH // HEADS))
            return self.tensor("Transpose", split, perm=order)

        query, key, value = heads("query", [0, 2, 1, 3]), heads("key", [0, 2, 3, 1]), heads("value", [0, 2, 1, 3])
        scores = self.tensor("Div", self.tensor("MatMul", query, key), self.scalar((WIDTH // HEADS) ** 0.5))
        shares = self.tensor("Softmax", self.tensor("Add", scores, mask), axis=-1)
        mixed = self.tensor("Transpose", self.tensor("MatMul", shares, value), perm=[0, 2, 1, 3])
        joined = self.tensor("Reshape", mixed, self.ints(0, 0, WIDTH))
        return self.norm(self.tensor("Add", self.dense(joined, f"{name}.output.dense"), x), f"{name}.output.LayerNorm")

    def gelu(self, x):
        erf = self.tensor("Erf", self.tensor("Div", x, self.scalar(2 ** 0.5)))
        return self.tensor("Mul", self.tensor("Mul", x, self.tensor("Add", erf, self.scalar(1))), self.scalar(0.5))

    def layer(self, x, mask, name):
        x = self.attention(x, mask, name + ".attention")
        inner = self.gelu(self.dense(x, name + ".intermediate.dense"))
        return self.norm(self.tensor("Add", self.dense(inner, name + ".output.dense"), x), name + ".output.LayerNorm")

    def pooled(self, x):
        kept = self.tensor("Cast", self.tensor("Unsqueeze", "attention_mask", self.ints(2)), to=TensorProto.FLOAT)
        total = self.tensor("ReduceSum", self.tensor("Mul", x, kept), self.ints(1), keepdims=0)
        count = self.tensor("Clip", self.tensor("ReduceSum", kept, self.ints(1), keepdims=0), self.scalar(1e-9))
        mean = self.tensor("Div", total, count)
        length = self.tensor("ReduceL2", mean, axes=[1], keepdims=1)
        self.tensor("Div", mean, self.tensor("Clip", length, self.scalar(1e-12)))


def build(weights_path):
    net = Bert(safetensors_file.load(weights_path))
    x, mask = net.embeddings(), net.mask()
    for index in range(LAYERS):
        x = net.layer(x, mask, f"encoder.layer.{index}")
    net.pooled(x)
    return net.model("embedding", ["batch", WIDTH])
