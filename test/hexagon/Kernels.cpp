// Kernels for tests of the Hexagon driver, compiled for the device. Each begins at a multiple of 256 bytes, in this
// order.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <stdint.h>

#define KERNEL(name)                                                                                                   \
  extern "C" __attribute__((aligned(256))) void name(float *const *bindings, const int64_t *, uint64_t, uint64_t,      \
                                                     void *)

KERNEL(copyKernel) {
  for (int i = 0; i < 64; ++i)
    bindings[1][i] = bindings[0][i];
}

KERNEL(addKernel) {
  for (int i = 0; i < 64; ++i)
    bindings[2][i] = bindings[0][i] + bindings[1][i];
}

/// Never ends.
KERNEL(hangKernel) {
  for (volatile int i = 0;; i = i + 1)
    bindings[1][0] = float(i);
}

/// Reads where nothing is.
KERNEL(crashKernel) { bindings[1][0] = *reinterpret_cast<volatile float *>(16); }
