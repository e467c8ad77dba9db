# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""MobileNetV2 for ImageNet as ONNX (opset 17), from torchvision's published weights."""
import torch_file
from net import Net

# (expansion, channels out, repetitions, stride of the first), the table of the paper.
BLOCKS = [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)]


def build(weights_path):
    weights = torch_file.load(weights_path)
    net = Net("mobilenet_v2", "input", [1, 3, 224, 224])

    def conv_norm(conv, norm, stride=1, clip=True):
        w = weights[conv + ".weight"]
        group = w.shape[0] if w.shape[1] == 1 and w.shape[2] == 3 else 1
        pad = w.shape[2] // 2
        net.conv(w.shape[0], w.shape[2:], (stride, stride), (pad,) * 4, group, w, channels=w.shape[1] * group)
        net.batch_norm([weights[f"{norm}.{part}"] for part in ("weight", "bias", "running_mean", "running_var")], 1e-5)
        if clip:
            net.clip(0, 6)

    conv_norm("features.0.0", "features.0.1", 2)
    channels, index = 32, 1
    for expansion, out, repeat, first_stride in BLOCKS:
        for i in range(repeat):
            stride = first_stride if i == 0 else 1
            prefix, start, part = f"features.{index}.conv.", net.at, 0
            if expansion != 1:
                conv_norm(f"{prefix}0.0", f"{prefix}0.1")
                part = 1
            conv_norm(f"{prefix}{part}.0", f"{prefix}{part}.1", stride)
            conv_norm(f"{prefix}{part + 1}", f"{prefix}{part + 2}", clip=False)
            if stride == 1 and channels == out:
                net.add_tensor(start, None)
            channels, index = out, index + 1
    conv_norm(f"features.{index}.0", f"features.{index}.1")
    net.average()
    net.flatten()
    net.dense(1000, weights["classifier.1.weight"], weights["classifier.1.bias"])
    return net.model("logits", [1, 1000])
