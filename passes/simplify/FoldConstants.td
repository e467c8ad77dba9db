// Operators on constants become constants.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_FOLD_CONSTANTS_TD
#define SINTER_FOLD_CONSTANTS_TD

include "mlir/Pass/PassBase.td"

def FoldConstants : Pass<"nn-fold-constants", "::mlir::func::FuncOp"> {
  let summary = "evaluate operators whose operands are all constants";
  let description = [{
    Evaluates with the reference evaluator, so the values are the same on every host. A result larger than `max-bytes` is kept
    as an operator, unless it is no larger than the constants that disappear with it. `nn.quantize` and `nn.dequantize` stay unless
    `quantization` is set: the quantize stage reads them. Shape arithmetic of the model ends here. A result without elements is a
    constant whatever its operands are, so no kernel ever writes an empty tensor. Integers of four bits are not unpacked, unless
    they are few: weights stay that small in the package.

    ```mlir
    %a = nn.constant dense<[1.0, 2.0]> : tensor<2xf32>
    %b = nn.binary add %a, %a : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
    // becomes
    %b = nn.constant dense<[2.0, 4.0]> : tensor<2xf32>
    ```
  }];
  let options = [
    Option<"maxBytes", "max-bytes", "int64_t", "1048576", "largest result that may be larger than its operands">,
    Option<"quantization", "quantization", "bool", "false", "fold nn.quantize and nn.dequantize too">,
  ];
}

#endif
