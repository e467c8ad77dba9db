# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs a model on ncnn's Vulkan back end and prints {"latency_ms": […]}. Executed by peers.py in ncnn's own environment.

    ncnn_run.py MODEL.ncnn.param INPUT.npy REPEAT
"""
import json
import sys
import time

import ncnn
import numpy as np


def main(param, input_file, repeat):
    net = ncnn.Net()
    net.opt.use_vulkan_compute = True
    for option in ("use_fp16_packed", "use_fp16_storage", "use_fp16_arithmetic", "use_bf16_storage"):
        setattr(net.opt, option, False)  # float32, as ours
    net.load_param(param)
    net.load_model(param.removesuffix(".param") + ".bin")
    blob = ncnn.Mat(np.load(input_file)[0])
    times = []
    for _ in range(repeat):
        extractor = net.create_extractor()
        start = time.perf_counter()
        extractor.input("in0", blob)
        status, _ = extractor.extract("out0")
        times.append((time.perf_counter() - start) * 1e3)
        if status:
            sys.exit(f"ncnn: extract returned {status}")
    print(json.dumps({"latency_ms": times}))


main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
