# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""EfficientNet-Lite0 for ImageNet as ONNX (opset 17), from its published weights."""
import torch_file
from net import Net

# (repetitions, kernel, stride of the first), the table of the paper; the widths are those of the weights.
STAGES = [(1, 3, 1), (2, 3, 2), (2, 5, 2), (3, 3, 2), (3, 5, 1), (4, 5, 2), (1, 3, 1)]
SIZE = 224


def build(weights_path):
    weights = torch_file.load(weights_path)
    net = Net("efficientnet_lite0", "input", [1, 3, SIZE, SIZE])

    def conv_norm(conv, norm, stride=1, group=1, clip=True):
        w = weights[conv + ".weight"]
        # TensorFlow's padding: an even size read with stride two has its odd column at the end.
        total = w.shape[2] - stride
        before, after = total // 2, total - total // 2
        net.conv(w.shape[0], w.shape[2:], (stride, stride), (before, before, after, after), group, w,
                 channels=w.shape[1] * group)
        net.batch_norm([weights[f"{norm}.{part}"] for part in ("weight", "bias", "running_mean", "running_var")], 1e-3)
        if clip:
            net.clip(0, 6)

    conv_norm("_conv_stem", "_bn0", 2)
    index, channels = 0, 32
    for repeat, kernel, first_stride in STAGES:
        for i in range(repeat):
            name, start, stride = f"_blocks.{index}.", net.at, first_stride if i == 0 else 1
            if name + "_expand_conv.weight" in weights:
                conv_norm(name + "_expand_conv", name + "_bn0")
            deep = weights[name + "_depthwise_conv.weight"]
            assert deep.shape[2] == kernel, name
            conv_norm(name + "_depthwise_conv", name + "_bn1", stride, deep.shape[0])
            conv_norm(name + "_project_conv", name + "_bn2", clip=False)
            out = weights[name + "_project_conv.weight"].shape[0]
            if stride == 1 and out == channels:
                net.add_tensor(start, None)
            index, channels = index + 1, out
    conv_norm("_conv_head", "_bn1")
    net.average()
    net.flatten()
    net.dense(1000, weights["_fc.weight"], weights["_fc.bias"])
    return net.model("logits", [1, 1000])
