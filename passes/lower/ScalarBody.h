// What one element of an element-wise nn operator computes, as arith and math operations on scalars.
//
// Used inside linalg bodies, by operators that apply a function to one element (unary, binary, cast …) and by operators
// that have one inside (LSTM gates). Half floats have been widened to f32 by the caller; `element` is the nn element
// type and gives the signedness of integers.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_PASSES_LOWER_SCALARBODY_H
#define SINTER_PASSES_LOWER_SCALARBODY_H

#include "dialects/nn/Nn.h"
#include "mlir/IR/Builders.h"

namespace sinter::lower {

struct UnaryParameters {
  double alpha = 0, beta = 0, gamma = 0;
};

mlir::Value buildUnary(mlir::OpBuilder &b, mlir::Location loc, nn::UnaryKind kind, mlir::Value x, mlir::Type element,
                       UnaryParameters parameters = {});
mlir::Value buildBinary(mlir::OpBuilder &b, mlir::Location loc, nn::BinaryKind kind, mlir::Value x, mlir::Value y,
                        mlir::Type element);
mlir::Value buildCompare(mlir::OpBuilder &b, mlir::Location loc, nn::CompareKind kind, mlir::Value x, mlir::Value y,
                         mlir::Type element);
/// ONNX Cast between nn element types; `x` is decoded.
mlir::Value buildCast(mlir::OpBuilder &b, mlir::Location loc, mlir::Value x, mlir::Type from, mlir::Type to);
/// Maximum and minimum that propagate NaN, as numpy's.
mlir::Value buildMax(mlir::OpBuilder &b, mlir::Location loc, mlir::Value x, mlir::Value y, mlir::Type element);
mlir::Value buildMin(mlir::OpBuilder &b, mlir::Location loc, mlir::Value x, mlir::Value y, mlir::Type element);

} // namespace sinter::lower

#endif
