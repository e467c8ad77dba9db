// Padding becomes part of the window operator that reads it.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_FOLD_PADDING_TD
#define SINTER_FOLD_PADDING_TD

include "mlir/Pass/PassBase.td"

def FoldPadding : Pass<"nn-fold-padding", "::mlir::func::FuncOp"> {
  let summary = "fold zero padding into convolutions and average pooling";
  let description = [{
    Zero padding of spatial axes in front of a convolution adds to its pads; in front of an average over unpadded windows it becomes
    pads that are counted. The padded tensor is then never written.

    ```mlir
    %0 = nn.pad constant %x pads [0, 0, 1, 0, 0, 1] : (tensor<1x2x8xf32>) -> tensor<1x2x10xf32>
    %1 = nn.conv %0, %w strides [1] pads [0, 0] dilations [1] group 1 : (tensor<1x2x10xf32>, tensor<4x2x3xf32>) -> tensor<1x4x8xf32>
    // becomes
    %1 = nn.conv %x, %w strides [1] pads [1, 1] dilations [1] group 1 : (tensor<1x2x8xf32>, tensor<4x2x3xf32>) -> tensor<1x4x8xf32>
    ```
  }];
}

#endif
