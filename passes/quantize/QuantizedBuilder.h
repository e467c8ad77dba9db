// Float values seen as the quantised values that they are made of. Private to this folder.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_PASSES_QUANTIZE_QUANTIZEDBUILDER_H
#define SINTER_PASSES_QUANTIZE_QUANTIZEDBUILDER_H

#include "dialects/nn/QuantizedParameters.h"
#include "dialects/nn/Tensor.h"
#include "mlir/IR/Builders.h"

namespace sinter {

class QuantizedBuilder {
public:
  explicit QuantizedBuilder(mlir::OpBuilder &builder) : builder(builder) {}

  /// The quantised tensor that `value` is the dequantised form of: behind nn.dequantize, and behind operators that only
  /// copy elements (layout, maximum), which are then built on the quantised tensor. Null where there is none.
  mlir::Value quantizedForm(mlir::Value value);

  /// A constant seen as a tensor: constants, and operators on constants alone.
  std::optional<nn::Tensor> constantOf(mlir::Value value);

  /// The bias of a contraction with these operands, of `channels` values, as an i32 constant. `why` says what is wrong
  /// when it is null.
  mlir::Value quantizedBias(mlir::Location loc, mlir::Value bias, const nn::QuantizedElement &input,
                            const nn::QuantizedElement &filter, int64_t channels, std::string &why);

  mlir::Value constant(mlir::Location loc, const nn::Tensor &tensor);

private:
  mlir::Value copyOnQuantized(mlir::Operation *copy, mlir::Value input);
  mlir::Value foldCopy(mlir::Operation *copy, mlir::RankedTensorType type);
  mlir::Value quantizedPadding(mlir::Location loc, mlir::Value value, mlir::RankedTensorType type);

  mlir::OpBuilder &builder;
};

} // namespace sinter

#endif
