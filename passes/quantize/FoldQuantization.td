// Operators between dequantise and quantise become operators on quantised tensors.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_FOLD_QUANTIZATION_TD
#define SINTER_FOLD_QUANTIZATION_TD

include "mlir/Pass/PassBase.td"

def FoldQuantization : Pass<"nn-fold-quantization", "::mlir::func::FuncOp"> {
  let summary = "fold quantise and dequantise into the operators between them";
  let description = [{
    An operator whose operands are dequantised and whose result is quantised works on the quantised tensors itself. A relu
    or clip in between becomes limits of its result. Operators without an integer form stay float, with a remark.

    ```mlir
    %0 = nn.dequantize %q : tensor<4x!quant.uniform<i8:f32, 0.5>> -> tensor<4xf32>
    %1 = nn.unary sigmoid %0 : tensor<4xf32> -> tensor<4xf32>
    %2 = nn.quantize %1 : tensor<4xf32> -> tensor<4x!quant.uniform<u8:f32, 0.00390625>>
    // becomes
    %2 = nn.unary sigmoid %q : tensor<4x!quant.uniform<i8:f32, 0.5>> -> tensor<4x!quant.uniform<u8:f32, 0.00390625>>
    ```
  }];
}

#endif
