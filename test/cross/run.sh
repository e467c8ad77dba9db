#!/bin/sh
# Compiles a model for another processor, runs the package under qemu-user, and compares with the host's result.
#
#   run.sh aarch64|riscv64 BIN_FOLDER BUILD_FOLDER MODEL.onnx INPUTS.npz [sinter compile options…]
#
# BIN_FOLDER has the host's sinter and sinter-run; BUILD_FOLDER keeps the cross build. Exit code 77: no emulator here.
set -eu
cpu=$1 bin=$2 build=$3 model=$4 inputs=$5
shift 5
here=$(cd "$(dirname "$0")" && pwd)
command -v "qemu-$cpu" >/dev/null || { echo "no qemu-$cpu on this machine: skipped"; exit 77; }
"$here/build.sh" "$cpu" "$build" >&2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$bin/sinter" compile "$model" -o "$work/cross.sinter" --target="cpu:$cpu" "$@"
"$bin/sinter" compile "$model" -o "$work/host.sinter" --target=cpu:x86-64 "$@"
"qemu-$cpu" "$build/bin/sinter-run" "$work/cross.sinter" --inputs "$inputs" --outputs "$work/cross.npz"
"$bin/sinter-run" "$work/host.sinter" --inputs "$inputs" --outputs "$work/host.npz"
"${PYTHON:-python3}" "$here/compare.py" "$work/host.npz" "$work/cross.npz"
