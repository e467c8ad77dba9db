// Decomposed functions become one operator again.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_RECOGNIZE_COMPOSITES_TD
#define SINTER_RECOGNIZE_COMPOSITES_TD

include "mlir/Pass/PassBase.td"

def RecognizeComposites : Pass<"nn-recognize-composites", "::mlir::func::FuncOp"> {
  let summary = "recognise layer norm, gelu, swish, hard swish and hard sigmoid written in elementary operators";
  let description = [{
    Exporters of old opsets write these functions in elementary operators; one operator is one kernel and keeps its
    intermediate values in registers. A match requires the constants of the function to float precision.

    ```mlir
    %s = nn.unary sigmoid %x : tensor<4xf32> -> tensor<4xf32>
    %y = nn.binary mul %x, %s : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
    // becomes
    %y = nn.unary swish %x {alpha = 1.0 : f64} : tensor<4xf32> -> tensor<4xf32>
    ```
  }];
}

#endif
