# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""ROCm in tests: a device where there is one, else the stand-in for HIP that executes kernels' LLVM IR on the host."""
import ctypes
import os

import sinter

STAND_IN = os.path.join(os.path.dirname(sinter.BIN), "test", "rocm", "library")
PROCESSOR = "gfx942"  # What the stand-in is.


def device():
    """The name of the first HIP device, or None."""
    try:
        hip = ctypes.CDLL("libamdhip64.so")
    except OSError:
        return None
    name = ctypes.create_string_buffer(64)
    if hip.hipInit(0) or hip.hipDeviceGetName(name, 64, 0):
        return None
    return name.value.decode()


def environment():
    """What a program needs to find HIP, flags that a compilation for it needs, and a sentence that says which."""
    name = device()
    if name:
        return {}, [], f"HIP device: {name}"
    path = ":".join(filter(None, [STAND_IN, os.environ.get("LD_LIBRARY_PATH")]))
    return ({"LD_LIBRARY_PATH": path}, ["--embed-bitcode"],
            "no HIP device: kernels' LLVM IR is executed on the host, machine code disassembled only")
