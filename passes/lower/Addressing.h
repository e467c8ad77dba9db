// Moving tensor elements: copies by maps, slices of static shape, computed indices, loops over every index.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_PASSES_LOWER_ADDRESSING_H
#define SINTER_PASSES_LOWER_ADDRESSING_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/Builders.h"

namespace sinter::lower {

/// A new tensor of `type` whose element at an index is `input`'s at `map` of it.
mlir::Value buildCopy(mlir::OpBuilder &b, mlir::Location loc, mlir::Value input, mlir::AffineMap map,
                      mlir::RankedTensorType type);

/// A contiguous part; the rank stays.
mlir::Value extractSlice(mlir::OpBuilder &b, mlir::Location loc, mlir::Value input, llvm::ArrayRef<int64_t> offsets,
                         llvm::ArrayRef<int64_t> sizes);

/// `into` with `input` copied to `offsets`.
mlir::Value copyIntoSlice(mlir::OpBuilder &b, mlir::Location loc, mlir::Value input, mlir::Value into,
                          llvm::ArrayRef<int64_t> offsets);

/// Builds an element from loop indices (linalg.index) and the scalars of the inputs.
using IndexedBody = llvm::function_ref<mlir::Value(mlir::OpBuilder &, mlir::Location, mlir::ValueRange)>;

/// A new tensor of `type`, an independent computation for each element. `inputs` are read through `maps`; the body may
/// read other tensors at any index.
mlir::Value buildIndexed(mlir::OpBuilder &b, mlir::Location loc, mlir::ValueRange inputs,
                         llvm::ArrayRef<mlir::AffineMap> maps, mlir::RankedTensorType type, IndexedBody body);

/// Keeps an index (of index type, signed) inside [0, size).
mlir::Value clampIndex(mlir::OpBuilder &b, mlir::Location loc, mlir::Value index, int64_t size);
/// An ONNX index: an integer that counts from the end if negative. The result is inside [0, size).
mlir::Value onnxIndex(mlir::OpBuilder &b, mlir::Location loc, mlir::Value stored, int64_t size);

/// A loop nest over `shape`; `body` gets the indices and the carried values, and returns the new ones.
using LoopBody = llvm::function_ref<llvm::SmallVector<mlir::Value>(mlir::OpBuilder &, mlir::Location,
                                                                   mlir::ValueRange indices, mlir::ValueRange carried)>;
llvm::SmallVector<mlir::Value> buildLoops(mlir::OpBuilder &b, mlir::Location loc, llvm::ArrayRef<int64_t> shape,
                                          mlir::ValueRange init, LoopBody body);

} // namespace sinter::lower

#endif
