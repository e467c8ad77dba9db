# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The table of models that tests, demo and benchmarks use, and how to get each of them.

    models.py                lists them
    models.py NAME…          makes the files of those named in .cache/models (`all` for every one)
"""
import dataclasses
import hashlib
import importlib
import os
import sys

import numpy as np

import fetch

FETCHED, BUILT = "fetched", "built"


@dataclasses.dataclass(frozen=True)
class Model:
    name: str
    flags: tuple = ()          # what `sinter compile` needs beside the file
    inputs: object = None      # random generator → {input: array}
    state: tuple = ()          # (input, output) pairs that the loader keeps: the flags say so too
    steps: int = 0             # run this many steps in a row, state kept
    int8: bool = False
    build: object = None       # () → onnx.ModelProto, for models that are not fetched
    tolerance: float = 1e-4    # largest |a − b| allowed, as a part of the largest |b|, for each output


def picture(random, height, width, channels=3, low=0.0, high=1.0):
    """Smooth blobs of colour with some texture, as pictures have: NCHW between low and high."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    planes = []
    for _ in range(channels):
        plane = np.zeros((height, width))
        for _ in range(6):
            cy, cx = random.uniform(0, height), random.uniform(0, width)
            size = random.uniform(0.1, 0.5) * max(height, width)
            plane += random.uniform(-1, 1) * np.exp(-((y - cy) ** 2 + (x - cx) ** 2) / (2 * size * size))
        planes.append(plane + 0.1 * random.normal(size=plane.shape))
    image = np.stack(planes)
    image = (image - image.min()) / (image.max() - image.min())
    return (low + (high - low) * image)[None].astype(np.float32)


def imagenet(random):
    mean, std = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])
    return ((picture(random, 224, 224) - mean[:, None, None]) / std[:, None, None]).astype(np.float32)


WORDS = "Compile once, run thin. Every node keeps its name 0123456789 tensor arena kernel package loader".split()


def phrase(random, words):
    return " ".join(random.choice(WORDS) for _ in range(words))


def written_line(random, width):
    import drawing
    return drawing.recogniser_input(drawing.text_line(phrase(random, 3), 48, width))


def written_page(random):
    import drawing
    page = drawing.text_page([phrase(random, 3) for _ in range(4)], 160, 320)
    return drawing.normalised(page, (0.485, 0.456, 0.406), (0.229, 0.224, 0.225))


def sound(random, samples):
    """A few gliding tones and noise at 16 kHz."""
    t = np.arange(samples) / 16000
    wave = sum(random.uniform(0.05, 0.3) * np.sin(2 * np.pi * (random.uniform(80, 2000) * t + random.uniform(-200, 200) * t * t))
               for _ in range(5))
    return (wave + 0.02 * random.normal(size=samples)).astype(np.float32)


def speech_chunk(random):
    return {"input": sound(random, 576)[None]}


def normal(name, *shape):
    return lambda random: {name: random.normal(0, 1, shape).astype(np.float32)}


def calibrated(name, build, inputs, count=16):
    """The int8 form of a built model."""
    def make():
        import quantize
        random = np.random.Generator(np.random.PCG64(7))
        return quantize.quantize(build(), [inputs(random) for _ in range(count)])
    return Model(name + "_int8", inputs=inputs, build=make, int8=True)


def tokens(random, length, padding):
    """A sentence of BERT's form: [CLS], words, [SEP], then padding that the mask leaves out."""
    words = random.integers(1000, 30522, length - padding - 2)
    ids = np.concatenate([[101], words, [102], np.zeros(padding, np.int64)])[None]
    return {"input_ids": ids, "attention_mask": (ids != 0).astype(np.int64), "token_type_ids": np.zeros_like(ids)}


def published(module, weights):
    """A model of its own module, with weights that are fetched."""
    def make():
        return importlib.import_module(module).build(os.path.join(fetch.fetch([weights]), weights))
    return make


def tiny(name):
    def make():
        import mlperf_tiny
        return getattr(mlperf_tiny, name)()
    return make


BUILDERS = {
    "mobilenet_v2": (published("mobilenet_v2", "mobilenet_v2-b0353104.pth"), lambda random: {"input": imagenet(random)}),
    "resnet8": (tiny("resnet8"), normal("image", 1, 3, 32, 32)),
    "ds_cnn": (tiny("ds_cnn"), normal("features", 1, 1, 49, 10)),
    "mobilenet_v1_025": (tiny("mobilenet_v1_025"), normal("image", 1, 3, 96, 96)),
    "autoencoder": (tiny("autoencoder"), normal("features", 1, 640)),
}

MODELS = [
    Model("ppocrv4_det", ("--shape=x=1x3x160x320",),
          lambda random: {"x": written_page(random)}),
    Model("ppocrv4_rec", ("--shape=x=1x3x48x320",),
          lambda random: {"x": written_line(random, 320)}),
    Model("ppocrv2_cls", ("--shape=x=1x3x48x192",),
          lambda random: {"x": written_line(random, 192)}),
    Model("silero_vad_16k_op15", ("--dim=batch=1", "--dim=sequence=576", "--state=state=stateN"),
          lambda random: speech_chunk(random) | {"sr": np.array(16000, np.int64)}, (("state", "stateN"),), 12),
    Model("silero_vad_openvino_16k", ("--state=state=stateN",), speech_chunk, (("state", "stateN"),), 12),
    Model("magika", ("--dim=unk__214=1",),
          lambda random: {"bytes": random.integers(0, 257, (1, 2048)).astype(np.int32)}),
    Model("ddddocr_det", (), lambda random: {"images": picture(random, 416, 416, low=0.0, high=255.0)}),
    Model("basic_pitch", ("--dim=unk__749=1",),
          lambda random: {"serving_default_input_2:0": sound(random, 43844)[None, :, None]}),
    Model("efficientnet_lite0", inputs=lambda random: {"input": imagenet(random)},
          build=published("efficientnet_lite0", "efficientnet_lite0-57934424.pth")),
    Model("minilm", ("--dim=batch=1", "--dim=sequence=16"), lambda random: tokens(random, 16, int(random.integers(0, 6))),
          build=published("minilm", "minilm.safetensors")),
    *[Model(name, inputs=inputs, build=build) for name, (build, inputs) in BUILDERS.items()],
    *[calibrated(name, build, inputs) for name, (build, inputs) in BUILDERS.items()],
]


def find(name):
    found = next((m for m in MODELS if m.name == name), None)
    if found is None:
        sys.exit(f"models.py: no model '{name}'; there are: {', '.join(m.name for m in MODELS)}")
    return found


def _recipe():
    """Changes when a file that builds models does: built models of before are then made anew."""
    digest = hashlib.sha256()
    folder = os.path.dirname(os.path.abspath(__file__))
    for name in ("models.py", "net.py", "mobilenet_v2.py", "efficientnet_lite0.py", "minilm.py", "mlperf_tiny.py", "quantize.py",
                 "torch_file.py", "safetensors_file.py"):
        with open(os.path.join(folder, name), "rb") as file:
            digest.update(file.read())
    return digest.hexdigest()[:12]


def prepare(model):
    """The path of the model's file, fetched or built when it is not there yet."""
    if model.build is None:
        return os.path.join(fetch.fetch([model.name]), model.name + ".onnx")
    import onnx
    os.makedirs(fetch.MODELS, exist_ok=True)
    path = os.path.join(fetch.MODELS, f"{model.name}.{_recipe()}.onnx")
    if not os.path.exists(path):
        onnx.save(model.build(), path + ".part")
        os.replace(path + ".part", path)
    return path


def input_sets(model, count):
    """`count` seeded sets of inputs; a model with steps has them stacked on a new leading axis."""
    sets = []
    for seed in range(count):
        random = np.random.Generator(np.random.PCG64([seed, len(model.name)]))
        if model.steps:
            rows = [model.inputs(random) for _ in range(model.steps)]
            sets.append({name: np.stack([row[name] for row in rows]) for name in rows[0]})
        else:
            sets.append(model.inputs(random))
    return sets


def main(names):
    if not names:
        for model in MODELS:
            print(f"{model.name:24} {'int8' if model.int8 else 'float':6} {' '.join(model.flags)}")
    for model in MODELS if names == ["all"] else [find(name) for name in names]:
        print(prepare(model), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
