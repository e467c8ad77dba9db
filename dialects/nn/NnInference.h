// Helpers of the nn operators' shape inference and verifiers. Private to this folder.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_DIALECTS_NN_NNINFERENCE_H
#define SINTER_DIALECTS_NN_NNINFERENCE_H

#include "mlir/Dialect/Quant/IR/QuantTypes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/TypeRange.h"
#include "mlir/IR/Value.h"

namespace sinter::nn {

inline mlir::RankedTensorType tensorType(mlir::Value value) {
  return llvm::cast<mlir::RankedTensorType>(value.getType());
}

inline bool isQuantized(mlir::RankedTensorType type) {
  return llvm::isa<mlir::quant::QuantizedType>(type.getElementType());
}

/// Equal shapes, and equal element types unless one of them is quantised.
bool compatibleTypes(mlir::TypeRange inferred, mlir::TypeRange actual);

/// An error in the form of emitOpError, for code that has no operation yet.
template <typename... Args>
mlir::LogicalResult fail(std::optional<mlir::Location> loc, llvm::StringRef op, Args &&...args) {
  return mlir::emitOptionalError(loc, "'", op, "' op ", std::forward<Args>(args)...);
}

} // namespace sinter::nn

#endif
