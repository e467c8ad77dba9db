// Which input elements of an axis, with which weights, make each element of a resized axis. One definition for the
// evaluator and for lowerings.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_DIALECTS_NN_RESIZETAPS_H
#define SINTER_DIALECTS_NN_RESIZETAPS_H

#include "dialects/nn/Nn.h"
#include <vector>

namespace sinter::nn {

struct ResizeTap {
  int64_t index; ///< Input coordinate, inside the axis.
  double weight;
};

/// Taps of each output coordinate of `axis`: one for nearest, two for linear, four for cubic. An axis that keeps its
/// size under scale 1 has one tap of weight 1 each.
std::vector<llvm::SmallVector<ResizeTap, 4>> resizeTaps(ResizeOp op, int64_t axis);

/// The fractional source coordinate of output coordinate `i`, by ONNX's formula.
double resizeCoordinate(ResizeOp op, int64_t axis, int64_t i);

} // namespace sinter::nn

#endif
