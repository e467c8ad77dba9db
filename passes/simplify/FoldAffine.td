// Per-channel multiplications and additions become part of weights and biases.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_FOLD_AFFINE_TD
#define SINTER_FOLD_AFFINE_TD

include "mlir/Pass/PassBase.td"

def FoldAffine : Pass<"nn-fold-affine", "::mlir::func::FuncOp"> {
  let summary = "fold per-channel mul, div, add and sub into convolutions and matrix products";
  let description = [{
    Batch normalisation after a convolution, in other words: the factor scales the constant weights and bias, the summand becomes bias.
    Only floats, and only where the contraction has no other reader. It is allowed because it multiplies each weight once and
    rounds it once, where the model rounds each product of the result: the difference is within the rounding of the sum itself.

    ```mlir
    %0 = nn.conv %x, %w strides [1] pads [0, 0] dilations [1] group 1 : (tensor<1x2x8xf32>, tensor<4x2x1xf32>) -> tensor<1x4x8xf32>
    %1 = nn.binary add %0, %b : (tensor<1x4x8xf32>, tensor<4x1xf32>) -> tensor<1x4x8xf32>
    // becomes
    %bias = nn.reshape %b : tensor<4x1xf32> -> tensor<4xf32>
    %1 = nn.conv %x, %w, %bias strides [1] pads [0, 0] dilations [1] group 1 : (tensor<1x2x8xf32>, tensor<4x2x1xf32>, tensor<4xf32>) -> tensor<1x4x8xf32>
    ```
  }];
}

#endif
