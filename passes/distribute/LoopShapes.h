// Fewer operations and fewer, longer loops: what comes before a kernel is split.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_PASSES_DISTRIBUTE_LOOPSHAPES_H
#define SINTER_PASSES_DISTRIBUTE_LOOPSHAPES_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Tensor/Transforms/Transforms.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace sinter::distribute {

/// Merges element-wise chains where nothing is computed twice.
mlir::LogicalResult fuseElementwise(mlir::func::FuncOp func);

/// Unit dimensions carry no information and keep maps from being permutations.
mlir::LogicalResult dropUnitDims(mlir::func::FuncOp func);

/// Both of the above, as far as they go: what every kernel begins with.
mlir::LogicalResult simplifyLoops(mlir::func::FuncOp func);

/// An operation and the one that alone reads its result, element by element.
struct Chain {
  mlir::linalg::GenericOp producer, consumer; ///< The consumer may be null.
};

/// Fewer, longer loops: (n, c, h, w) becomes (n, c, hw) where nothing tells h from w. A chain still goes through what
/// passes inside it alike.
mlir::LogicalResult collapseDims(mlir::RewriterBase &rewriter, Chain &chain);

/// A destination must begin as a plain tensor.empty for the caller's buffer to take its place.
mlir::LogicalResult foldEmptyReshapes(mlir::func::FuncOp func);

/// Whether a reshape stands between `op` and an operation that would be tiled with it.
bool hidesProducer(mlir::linalg::GenericOp op);

/// What `value` is another shape of.
mlir::Value throughReshapes(mlir::Value value);

} // namespace sinter::distribute

#endif
