// Operators that others express.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_DECOMPOSE_TD
#define SINTER_DECOMPOSE_TD

include "mlir/Pass/PassBase.td"

def Decompose : Pass<"nn-decompose", "::mlir::func::FuncOp"> {
  let summary = "write transposed convolutions and dynamic quantisation with other operators";
  let description = [{
    A transposed convolution of stride s is a convolution that computes the s outputs behind each input position as channels of their
    own, and a transpose that puts them side by side; where the kernel is as large as the stride that is all. Targets need no kernel
    of their own for it, and it gets the convolution's. The weights are rearranged here, and fold where they are constant.
    Dynamic quantisation is its definition in ONNX: a minimum, a maximum and float32 arithmetic.

    ```mlir
    %y = nn.conv_transpose %x, %w strides [1] pads [0, 0] dilations [1] group 1 output_padding [0] : (tensor<1x2x8xf32>, tensor<2x4x1xf32>) -> tensor<1x4x8xf32>
    // becomes
    %v = nn.transpose %w permutation [1, 0, 2] : tensor<2x4x1xf32> -> tensor<4x2x1xf32>
    %y = nn.conv %x, %v strides [1] pads [0, 0] dilations [1] group 1 : (tensor<1x2x8xf32>, tensor<4x2x1xf32>) -> tensor<1x4x8xf32>
    ```
  }];
}

#endif
