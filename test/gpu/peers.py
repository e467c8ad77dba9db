# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""ncnn's Vulkan back end on our models: an environment of its own, the conversion by pnnx, one run."""
import json
import os
import shutil
import subprocess
import sys

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "support"), os.path.join(HERE, "..", "models")]
import models  # noqa: E402
import sinter  # noqa: E402

REQUIREMENTS = ["ncnn==1.0.20261020", "pnnx==20261020", "numpy==2.4.6"]
VERSION = REQUIREMENTS[0]
VENV = os.path.join(sinter.ROOT, ".cache", "ncnn-" + VERSION.split("==")[1])
PYTHON = os.path.join(VENV, "bin", "python")


def prepare():
    """Makes ncnn's environment, once. It is no part of the project's own: only this comparison needs it."""
    stamp = os.path.join(VENV, "ready")
    if not os.path.exists(stamp):
        shutil.rmtree(VENV, ignore_errors=True)
        subprocess.run(["/usr/bin/python3", "-m", "venv", VENV], check=True)
        subprocess.run([PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", *REQUIREMENTS],
                       check=True)
        with open(stamp, "w"):
            pass


def converter():
    """pnnx's program. Its Python wrapper asks for torch; what it wraps does not."""
    library = os.path.join(VENV, "lib")
    return next(os.path.join(folder, "pnnx") for folder, _, files in os.walk(library)
                if "pnnx" in files and os.access(os.path.join(folder, "pnnx"), os.X_OK))


class Ncnn:
    """A model of one input, converted for ncnn."""

    def __init__(self, name, work):
        model = models.find(name)
        (_, array), = model.inputs(np.random.Generator(np.random.PCG64(4))).items()
        folder = os.path.join(work, "ncnn-" + name)
        os.makedirs(folder, exist_ok=True)
        source = shutil.copy(models.prepare(model), os.path.join(folder, "model.onnx"))
        shape = "[" + ",".join(map(str, array.shape)) + "]"
        subprocess.run([converter(), source, "inputshape=" + shape], check=True, capture_output=True, cwd=folder)
        self.param, self.input = os.path.join(folder, "model.ncnn.param"), os.path.join(folder, "input.npy")
        np.save(self.input, array)

    def run(self, repeat, env=None):
        """Milliseconds of each repetition."""
        done = subprocess.run([PYTHON, os.path.join(HERE, "ncnn_run.py"), self.param, self.input, str(repeat)], check=True,
                              capture_output=True, text=True, env=dict(os.environ, **(env or {})))
        return json.loads(done.stdout.splitlines()[-1])["latency_ms"]
