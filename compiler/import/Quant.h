// Quantised types from ONNX's scales and zero points.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_COMPILER_IMPORT_QUANT_H
#define SINTER_COMPILER_IMPORT_QUANT_H

#include "compiler/import/Node.h"

namespace sinter::onnx_import {

/// The `!quant.uniform` type that stores `storage` with the scale and zero point of these values
/// (the zero point may be null), per axis where there is more than one scale. Null if they are not
/// known, or if MLIR's quant types cannot express them; the node is not failed then.
mlir::Type quantizedElement(Node &n, mlir::Type storage, mlir::Type expressed, mlir::Value scale, mlir::Value zeroPoint,
                            int64_t axis);

/// The integer tensor seen with a quantised element type of equal storage, and back.
mlir::Value bitcast(Node &n, mlir::Value value, mlir::Type element);

/// An integer input seen as quantised with the scale and zero point of these inputs of the node.
/// Fails if they are not known.
mlir::Value asQuantized(Node &n, mlir::Value value, unsigned scale, unsigned zeroPoint, int64_t axis);

/// Gives the result of `op`, just created with createOp, the quantised type of these inputs of the
/// node, and sets output 0 to its integers. Null is ignored.
void requantizeTo(Node &n, mlir::Operation *op, unsigned scale, unsigned zeroPoint, mlir::Type storage);

/// Integers widened to i32, minus the zero point (which may be null).
mlir::Value withoutZeroPoint(Node &n, mlir::Value value, mlir::Value zeroPoint);

} // namespace sinter::onnx_import

#endif
