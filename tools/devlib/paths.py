# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Where things are, relative to the checkout."""
import os

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.join(ROOT, "build")
LOGS = os.path.join(BUILD, "logs")
VENV = os.path.join(ROOT, ".venv")
PYTHON = os.path.join(VENV, "bin", "python")
REQUIREMENTS = os.path.join(ROOT, "tools", "devlib", "requirements.txt")
LLVM_BIN = "/usr/lib/llvm-22/bin"


def preset_dir(preset):
    return os.path.join(BUILD, preset)


def bin_dir(preset):
    return os.path.join(BUILD, preset, "bin")
