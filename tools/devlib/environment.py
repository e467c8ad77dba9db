# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What the project needs on a Debian 12 machine: packages from apt and a pinned virtual environment."""
import hashlib
import os
import shutil
import subprocess

from console import Failure, run
from paths import PYTHON, REQUIREMENTS, ROOT, VENV

PACKAGES = """
    clang-22 clang-format-22 clang-tidy-22 lld-22 llvm-22-dev llvm-22-tools libclang-rt-22-dev
    libmlir-22-dev mlir-22-tools liblld-22-dev
    libonnx-dev libprotobuf-dev protobuf-compiler libabsl-dev flatbuffers-compiler libflatbuffers-dev
    libgtest-dev libbenchmark-dev zlib1g-dev
    cmake ninja-build ccache git ca-certificates python3 python3-venv fonts-dejavu-core
    qemu-user libc6-dev-armhf-cross libstdc++-12-dev-armhf-cross
    libc6-dev-arm64-cross libstdc++-12-dev-arm64-cross libgcc-12-dev-arm64-cross
    libc6-dev-riscv64-cross libstdc++-12-dev-riscv64-cross libgcc-12-dev-riscv64-cross
    mesa-vulkan-drivers libvulkan-dev spirv-tools
""".split()


def missing_packages():
    query = subprocess.run(["dpkg-query", "-W", "-f=${Package} ${db:Status-Status}\n"], capture_output=True, text=True)
    installed = {line.split()[0] for line in query.stdout.splitlines() if line.endswith(" installed")}
    return [package for package in PACKAGES if package not in installed]


def install_packages(console):
    """Installs what is missing; says what is missing where it may not."""
    if shutil.which("dpkg-query") is None:
        console.say("note: this is not Debian; assuming that LLVM/MLIR 22 and the libraries are installed")
        return
    missing = missing_packages()
    if not missing:
        return
    if os.geteuid() != 0:
        raise Failure("missing packages; as root: apt-get install --no-install-recommends " + " ".join(missing))
    env = {"DEBIAN_FRONTEND": "noninteractive"}
    run(console, ["apt-get", "update"], "apt-update", env=env)
    run(console, ["apt-get", "install", "-y", "--no-install-recommends", *missing], "apt-install", env=env)


def make_venv(console):
    """A virtual environment with exactly the versions in requirements.txt; made anew when that file changed."""
    with open(REQUIREMENTS, "rb") as file:
        wanted = hashlib.sha256(file.read()).hexdigest()
    stamp = os.path.join(VENV, "requirements.sha256")
    if os.path.exists(stamp) and os.path.exists(PYTHON):
        with open(stamp) as file:
            if file.read() == wanted:
                return
    shutil.rmtree(VENV, ignore_errors=True)
    run(console, ["/usr/bin/python3", "-m", "venv", VENV], "venv")
    run(console, [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps",
                  "-r", REQUIREMENTS], "pip")
    with open(stamp, "w") as file:
        file.write(wanted)


def configure_and_build(console, preset, targets=()):
    """Configures the preset and builds it; ninja's progress is on the status line."""
    run(console, ["cmake", "--preset", preset], f"configure-{preset}")
    run(console, ["cmake", "--build", "--preset", preset, *(["--target", *targets] if targets else [])],
        f"build-{preset}")


def jobs():
    return max(1, len(os.sched_getaffinity(0)))


__all__ = ["install_packages", "make_venv", "configure_and_build", "jobs", "ROOT"]
