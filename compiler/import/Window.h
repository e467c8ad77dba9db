// Windows of convolutions and pools: kernel_shape, strides, dilations, pads, auto_pad, ceil_mode,
// resolved to plain numbers.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_COMPILER_IMPORT_WINDOW_H
#define SINTER_COMPILER_IMPORT_WINDOW_H

#include "compiler/import/Node.h"

namespace sinter::onnx_import {

struct Window {
  Ints kernel, strides, dilations;
  Ints pads;    ///< Begin of each axis, then end of each axis. With ceil_mode the end pads cover the
                ///< last window.
  Ints endPads; ///< End pads without what ceil_mode added.
  std::string autoPad;

  size_t rank() const { return kernel.size(); }
  /// Elements from the window's first to its last on an axis.
  int64_t extent(size_t i) const { return dilations[i] * (kernel[i] - 1) + 1; }
};

/// Reads the attributes of a node with `input` N x C x spatial…. `kernel` is the filter's shape, or
/// empty where kernel_shape is the only source. False after failing the node.
bool readWindow(Node &n, mlir::Value input, llvm::ArrayRef<int64_t> kernel, Window &window);

/// Replaces auto_pad by pads as a convolution or pool over `spatial` sizes needs them.
void resolveAutoPad(llvm::ArrayRef<int64_t> spatial, Window &window);

/// Grows the end pads so that the floor formula gives ONNX's number of windows with ceil_mode.
void resolveCeilMode(llvm::ArrayRef<int64_t> spatial, Window &window);

} // namespace sinter::onnx_import

#endif
