# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Reads PyTorch's first file format (before 1.6) into numpy arrays, without PyTorch.

The file is a row of pickles: a magic number, a version, facts about the writer, the object, and the keys of its
storages; then, for each key, the number of elements and the raw elements. Only the few names that a dictionary of
tensors needs can be unpickled; anything else in the file is refused.
"""
import collections
import pickle
import struct

import numpy as np

MAGIC = 0x1950A86A20F9469CFC6C
STORAGES = {"FloatStorage": np.float32, "LongStorage": np.int64, "DoubleStorage": np.float64, "IntStorage": np.int32}


class _Lazy:
    """A tensor before its storage was read."""

    def __init__(self, storage, offset, size, stride):
        self.storage, self.offset, self.size, self.stride = storage, offset, size, stride

    def array(self, data):
        flat = data[self.storage]
        strides = [s * flat.itemsize for s in self.stride]
        return np.lib.stride_tricks.as_strided(flat[self.offset:], self.size, strides).copy()


def _tensor(storage, offset, size, stride, *_):
    return _Lazy(storage, offset, size, stride)


class _Unpickler(pickle.Unpickler):
    def find_class(self, module, name):
        if module == "torch" and name in STORAGES:
            return name
        if (module, name) in {("torch._utils", "_rebuild_tensor"), ("torch._utils", "_rebuild_tensor_v2")}:
            return _tensor
        if (module, name) == ("torch._utils", "_rebuild_parameter"):
            return lambda data, *_: data
        if (module, name) == ("collections", "OrderedDict"):
            return collections.OrderedDict
        raise pickle.UnpicklingError(f"{module}.{name} is not expected in a file of weights")

    def persistent_load(self, saved):
        _, storage_type, key, _, count = saved[:5]
        self.storages[key] = (STORAGES[storage_type], count)
        return key


def load(path):
    """{name: array} of a file that holds a dictionary of tensors."""
    with open(path, "rb") as file:
        if pickle.load(file) != MAGIC:
            raise ValueError(f"{path}: not a file of PyTorch's first format")
        pickle.load(file)
        pickle.load(file)
        reader = _Unpickler(file)
        reader.storages = {}
        entries = reader.load()
        data = {}
        for key in pickle.load(file):
            dtype, _ = reader.storages[key]
            count = struct.unpack("<q", file.read(8))[0]
            data[key] = np.frombuffer(file.read(count * np.dtype(dtype).itemsize), dtype)
    return {name: value.array(data) for name, value in entries.items()}
