// Building linalg.generic operations from nn operands: broadcasting maps, decoded and encoded scalars.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_PASSES_LOWER_GENERIC_H
#define SINTER_PASSES_LOWER_GENERIC_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/Builders.h"

namespace sinter::lower {

/// The map of a numpy-broadcast operand of shape `from` in a loop nest over `to`: right-aligned, size 1 reads index 0.
mlir::AffineMap broadcastMap(mlir::MLIRContext *context, llvm::ArrayRef<int64_t> from, llvm::ArrayRef<int64_t> to);

/// A scalar loaded from storage as the type that `element` (an nn element type) computes in: i8 to i1, half floats to
/// f32. Other types pass.
mlir::Value decodeScalar(mlir::OpBuilder &b, mlir::Location loc, mlir::Value stored, mlir::Type element);

/// The inverse: what is stored for `value` in a tensor of `element`.
mlir::Value encodeScalar(mlir::OpBuilder &b, mlir::Location loc, mlir::Value value, mlir::Type element);

/// Builds the body of an element-wise operator from decoded scalars.
using ScalarBody = llvm::function_ref<mlir::Value(mlir::OpBuilder &, mlir::Location, mlir::ValueRange)>;

/// An element-wise linalg.generic. `operands` are in storage types, `elements` their nn element types; the result has
/// `resultType` (nn). `body` gets decoded scalars and returns what encodeScalar takes for the result.
mlir::Value buildElementwise(mlir::OpBuilder &b, mlir::Location loc, mlir::ValueRange operands,
                             llvm::ArrayRef<mlir::Type> elements, mlir::RankedTensorType resultType, ScalarBody body);

/// A reduction of `input` (nn element type `element`) over `axes`: starts from `start`, and `combine` gets the decoded
/// element and the accumulator. The result has the kept axes only, with elements of start's type.
mlir::Value
buildReduction(mlir::OpBuilder &b, mlir::Location loc, mlir::Value input, mlir::Type element,
               llvm::ArrayRef<int64_t> axes, mlir::TypedAttr start,
               llvm::function_ref<mlir::Value(mlir::OpBuilder &, mlir::Location, mlir::Value, mlir::Value)> combine);

/// The result of a reduction seen with its reduced axes of size 1: an operand that broadcasts against the input.
mlir::Value withKeptDims(mlir::OpBuilder &b, mlir::Location loc, mlir::Value reduced, llvm::ArrayRef<int64_t> shape,
                         llvm::ArrayRef<int64_t> axes);

/// A tensor of `type` (storage) filled with the scalar attribute `value`.
mlir::Value buildFilled(mlir::OpBuilder &b, mlir::Location loc, mlir::RankedTensorType type, mlir::TypedAttr value);

/// A scalar constant of float or integer `type`.
mlir::Value constantFloat(mlir::OpBuilder &b, mlir::Location loc, mlir::Type type, double value);
mlir::Value constantInt(mlir::OpBuilder &b, mlir::Location loc, mlir::Type type, int64_t value);

/// A contraction's epilogue: adds `bias` (null for none), which varies along `axis` of the result, and rounds to the
/// result's element type.
mlir::Value addBias(mlir::OpBuilder &b, mlir::Location loc, mlir::Value accumulated, mlir::Value bias, int64_t axis,
                    mlir::RankedTensorType resultType);

} // namespace sinter::lower

#endif
