# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The SPIR-V modules of a Vulkan code image (targets/gpu/vulkan/VulkanCode.h), and what spirv-val says of them."""
import os
import struct
import subprocess

MAGIC = 0x4B4C5653
HEADER = struct.Struct("<8I")  # magic, words, bindings, threads, workgroup bytes, zeros
ALIGNMENT = 16


def kernels(image):
    """[(header, SPIR-V bytes)], in order."""
    found, at = [], 0
    while at + HEADER.size <= len(image):
        header = HEADER.unpack_from(image, at)
        if header[0] != MAGIC:
            raise ValueError(f"no kernel at offset {at}")
        end = at + HEADER.size + 4 * header[1]
        found.append((header, image[at + HEADER.size:end]))
        at = (end + ALIGNMENT - 1) // ALIGNMENT * ALIGNMENT
    return found


def problems(image, folder):
    """What spirv-val complains of, a line for each kernel that it refuses, and how many kernels there are."""
    said, modules = [], kernels(image)
    for number, (_, module) in enumerate(modules):
        path = os.path.join(folder, f"kernel{number}.spv")
        with open(path, "wb") as file:
            file.write(module)
        done = subprocess.run(["spirv-val", "--target-env", "vulkan1.2", path], capture_output=True, text=True)
        if done.returncode != 0:
            said.append(f"kernel {number}: {done.stderr.strip().splitlines()[0][:200]}")
        os.remove(path)
    return said, len(modules)
