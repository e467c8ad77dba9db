// Element-wise identities and cheaper equivalents.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_SIMPLIFY_ARITHMETIC_TD
#define SINTER_SIMPLIFY_ARITHMETIC_TD

include "mlir/Pass/PassBase.td"

def SimplifyArithmetic : Pass<"nn-simplify-arithmetic", "::mlir::func::FuncOp"> {
  let summary = "element-wise identities and cheaper equivalents";
  let description = [{
    x + 0, x - 0, x * 1, x / 1 and x ^ 1 become x; x ^ 2 becomes x * x and x ^ -1 a reciprocal; division by powers of two becomes
    multiplication; max(x, 0) becomes relu; a cast of a widening cast becomes one cast; a select by a constant chooses; a
    broadcast that the next element-wise operator would do anyway goes. Quantised tensors are left alone. The sign of a zero is
    not kept by x + 0.

    ```mlir
    %two = nn.constant dense<2.0> : tensor<f32>
    %y = nn.binary pow %x, %two : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
    // becomes
    %y = nn.binary mul %x, %x : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
    ```
  }];
}

#endif
