# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Builds the Vulkan layers of this folder, and says in which environment the Vulkan loader finds them."""
import json
import os
import subprocess

HERE = os.path.dirname(os.path.abspath(__file__))


def build(source, work):
    """Environment variables that put the layer of that file in front of every Vulkan device."""
    name = os.path.splitext(source)[0]
    library, layer = os.path.join(work, f"lib{name}.so"), f"VK_LAYER_SINTER_{name}"
    subprocess.run(["clang++-22", "-std=c++17", "-O1", "-Wall", "-Werror", "-fPIC", "-shared",
                    os.path.join(HERE, source), "-o", library], check=True)
    with open(os.path.join(work, name + ".json"), "w") as manifest:
        json.dump({"file_format_version": "1.2.0", "layer": {
            "name": layer, "type": "GLOBAL", "library_path": library, "api_version": "1.3.0",
            "implementation_version": "1", "description": f"{source} of Sinter's tests"}}, manifest)
    return {"VK_LAYER_PATH": work, "VK_INSTANCE_LAYERS": layer}
