# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The four networks of MLPerf Tiny, with seeded weights: their shapes and speed are real, their answers are not."""
import numpy as np
from net import Net

SAME_3X3 = (1, 1, 1, 1)
SAME_3X3_STRIDE_2 = (0, 0, 1, 1)  # as TensorFlow pads an even size


def _samples(shape, seed, count=8):
    return np.random.Generator(np.random.PCG64(seed)).normal(0, 1, (count, *shape)).astype(np.float32)


def resnet8():
    """Image classification, 32×32, ten classes."""
    net = Net("resnet8", "image", [1, 3, 32, 32], _samples((3, 32, 32), 11), seed=12)
    net.conv(16, (3, 3), pads=SAME_3X3)
    net.batch_norm()
    net.relu()
    for channels, stride in ((16, 1), (32, 2), (64, 2)):
        start, start_value = net.at, net.value
        net.conv(channels, (3, 3), (stride, stride), SAME_3X3 if stride == 1 else SAME_3X3_STRIDE_2)
        net.batch_norm()
        net.relu()
        net.conv(channels, (3, 3), pads=SAME_3X3)
        net.batch_norm()
        if stride != 1:
            end, end_value = net.at, net.value
            net.at, net.value = start, start_value
            net.conv(channels, (1, 1), (stride, stride))
            start, start_value = net.at, net.value
            net.at, net.value = end, end_value
        net.add_tensor(start, start_value)
        net.relu()
    net.average((8, 8))
    net.flatten()
    net.dense(10)
    net.softmax()
    return net.model("probabilities", [1, 10])


def ds_cnn():
    """Keyword spotting, 49×10 features, twelve words."""
    net = Net("ds_cnn", "features", [1, 1, 49, 10], _samples((1, 49, 10), 21), seed=22)
    net.conv(64, (10, 4), (2, 2), (4, 1, 5, 1))
    net.batch_norm()
    net.relu()
    for _ in range(4):
        net.conv(64, (3, 3), pads=SAME_3X3, group=64)
        net.batch_norm()
        net.relu()
        net.conv(64, (1, 1))
        net.batch_norm()
        net.relu()
    net.average((25, 5))
    net.flatten()
    net.dense(12)
    net.softmax()
    return net.model("probabilities", [1, 12])


def mobilenet_v1_025():
    """Visual wake words: a person or none, 96×96."""
    net = Net("mobilenet_v1_025", "image", [1, 3, 96, 96], _samples((3, 96, 96), 31), seed=32)
    net.conv(8, (3, 3), (2, 2), SAME_3X3_STRIDE_2)
    net.batch_norm()
    net.relu()
    for channels, stride in ((16, 1), (32, 2), (32, 1), (64, 2), (64, 1), (128, 2), *[(128, 1)] * 5, (256, 2), (256, 1)):
        group = net.value.shape[1]
        net.conv(group, (3, 3), (stride, stride), SAME_3X3 if stride == 1 else SAME_3X3_STRIDE_2, group)
        net.batch_norm()
        net.relu()
        net.conv(channels, (1, 1))
        net.batch_norm()
        net.relu()
    net.average()
    net.flatten()
    net.dense(2)
    net.softmax()
    return net.model("probabilities", [1, 2])


def autoencoder():
    """Anomaly detection in machine sounds: 640 features in and out."""
    net = Net("autoencoder", "features", [1, 640], _samples((640,), 41, 256), seed=42)
    for width in (128, 128, 128, 128, 8, 128, 128, 128, 128):
        net.dense(width)
        net.batch_norm()
        net.relu()
    net.dense(640)
    return net.model("reconstruction", [1, 640])
