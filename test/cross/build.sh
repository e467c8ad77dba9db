#!/bin/sh
# Builds the loader and sinter-run for another processor: build.sh aarch64|riscv64 BUILD_FOLDER
# The result is BUILD_FOLDER/bin/sinter-run, static, to be run by qemu-user.
set -eu
cpu=$1
out=$2
root=$(cd "$(dirname "$0")/../.." && pwd)
cmake -S "$root" -B "$out" -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_TOOLCHAIN_FILE="$root/test/cross/toolchain.cmake" \
  -DSINTER_CROSS="$cpu" -DSINTER_BUILD_COMPILER=OFF -DSINTER_BUILD_TESTS=OFF >/dev/null
cmake --build "$out" --target sinter-run
