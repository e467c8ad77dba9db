// Fewer and cheaper movements of data.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_SIMPLIFY_MOVEMENT_TD
#define SINTER_SIMPLIFY_MOVEMENT_TD

include "mlir/Pass/PassBase.td"

def SimplifyMovement : Pass<"nn-simplify-movement", "::mlir::func::FuncOp"> {
  let summary = "fewer and cheaper movements of data";
  let description = [{
    A transpose that only moves axes of size 1 becomes a reshape, as does a reduction over such axes; slices of slices and concats
    of concats become one; padding by nothing goes; gathering a constant, evenly stepped run of indices becomes a slice.

    ```mlir
    %y = nn.transpose %x permutation [0, 2, 1] : tensor<8x1x4xf32> -> tensor<8x4x1xf32>
    // becomes
    %y = nn.reshape %x : tensor<8x1x4xf32> -> tensor<8x4x1xf32>
    ```
  }];
}

#endif
