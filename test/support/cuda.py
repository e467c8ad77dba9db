# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""CUDA in tests: a device where there is one, else the stand-in for its library that executes PTX on the host."""
import ctypes
import os

import sinter

STAND_IN = os.path.join(os.path.dirname(sinter.BIN), "test", "cuda", "library")


def device():
    """The name of the first CUDA device, or None."""
    try:
        cuda = ctypes.CDLL("libcuda.so.1")
    except OSError:
        return None
    number, name = ctypes.c_int(), ctypes.create_string_buffer(64)
    if cuda.cuInit(0) or cuda.cuDeviceGet(ctypes.byref(number), 0) or cuda.cuDeviceGetName(name, 64, number):
        return None
    return name.value.decode()


def environment():
    """What a program needs to find CUDA, and a sentence that says which."""
    name = device()
    if name:
        return {}, f"CUDA device: {name}"
    path = ":".join(filter(None, [STAND_IN, os.environ.get("LD_LIBRARY_PATH")]))
    return {"LD_LIBRARY_PATH": path}, "no CUDA device: PTX is executed on the host, machine code assembled only"


if __name__ == "__main__":
    print(device() or "")
