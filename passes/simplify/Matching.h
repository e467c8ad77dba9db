// What the simplify stage's patterns share: looking at constants and making them. Private to this folder.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_PASSES_SIMPLIFY_MATCHING_H
#define SINTER_PASSES_SIMPLIFY_MATCHING_H

#include "dialects/nn/Nn.h"
#include "dialects/nn/Tensor.h"
#include "mlir/IR/PatternMatch.h"

namespace sinter {

inline mlir::RankedTensorType tensorType(mlir::Value value) {
  return llvm::cast<mlir::RankedTensorType>(value.getType());
}
inline bool isFloat(mlir::Value value) { return llvm::isa<mlir::FloatType>(tensorType(value).getElementType()); }
inline bool isConstant(mlir::Value value) { return value && value.getDefiningOp<nn::ConstantOp>(); }
bool isQuantized(mlir::Value value);

/// The number that all elements of a constant equal, integers too; nothing if they differ or it is no constant.
std::optional<double> splat(mlir::Value value);
/// Whether `value` is a constant whose elements all equal `number` (after rounding it to the element type).
bool isSplat(mlir::Value value, double number);
/// Equal to single precision, as constants of formulas come from different exporters.
bool nearlyEqual(double a, double b);

/// The binary operator of `kind` that defines `value`, or null.
nn::BinaryOp definedBy(mlir::Value value, nn::BinaryKind kind);
nn::UnaryOp definedBy(mlir::Value value, nn::UnaryKind kind);

/// Splits a binary operator into a splat constant and the other operand. `commutative` operators may have it on either
/// side, others on the right only.
struct SplatOperand {
  mlir::Value other;
  double number;
};
std::optional<SplatOperand> splatOperand(nn::BinaryOp op);

/// A shape that broadcasts against a tensor of rank `rank` and has more than one element on `axis` at most; `size` of
/// it.
bool isPerChannel(mlir::Value value, int64_t rank, int64_t axis, int64_t size);

mlir::Value constant(mlir::OpBuilder &builder, mlir::Location loc, const nn::Tensor &tensor);
/// A scalar of a float type.
mlir::Value scalar(mlir::OpBuilder &builder, mlir::Location loc, mlir::Type element, double number);
mlir::Value reshape(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value value, llvm::ArrayRef<int64_t> shape);

/// Location of an operator that takes the place of all of `ops`.
mlir::Location fusedLoc(mlir::OpBuilder &builder, llvm::ArrayRef<mlir::Operation *> ops);

} // namespace sinter

#endif
