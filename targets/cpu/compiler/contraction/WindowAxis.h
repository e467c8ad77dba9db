// One spatial dimension of a convolution.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TARGETS_CPU_COMPILER_CONTRACTION_WINDOWAXIS_H
#define SINTER_TARGETS_CPU_COMPILER_CONTRACTION_WINDOWAXIS_H

#include <cstdint>

namespace sinter::cpu {

/// Sizes along one axis; `output` is the window's.
struct Axis {
  int64_t input = 1, output = 1, kernel = 1, stride = 1, pad = 0, dilation = 1;

  /// Input position of output position `at` and tap `tap`.
  int64_t position(int64_t at, int64_t tap) const { return at * stride - pad + tap * dilation; }
  bool inside(int64_t at, int64_t tap) const { return position(at, tap) >= 0 && position(at, tap) < input; }
  bool needsClipping() const { return !inside(0, 0) || !inside(output - 1, kernel - 1); }
  /// Input positions that `count` neighbouring outputs cover, from the first to the last.
  int64_t span(int64_t count) const { return (count - 1) * stride + (kernel - 1) * dilation + 1; }
};

} // namespace sinter::cpu

#endif
