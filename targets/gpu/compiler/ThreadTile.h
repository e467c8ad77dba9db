// How much of an operation a thread computes at once.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TARGETS_GPU_COMPILER_THREADTILE_H
#define SINTER_TARGETS_GPU_COMPILER_THREADTILE_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace sinter::gpu {

/// What a device rewards.
struct TileGoal {
  int64_t accumulators; ///< Most sums that a thread carries.
  int64_t threads;      ///< Tiles are made smaller so that so many threads have one.
  int64_t loadCost;     ///< Of loading an element, in multiply-adds.
  int64_t unrolled;     ///< Most multiply-adds written out in a loop's body.
  int64_t rows = 16;    ///< Longest side of a tile, but for the innermost.
};

/// A sum of products, whose elements share what they read.
bool isContraction(mlir::linalg::GenericOp op);

/// Iterations of each loop that are one tile: of parallel loops neighbouring elements of a thread, of reductions what
/// is written out. 1 along loops of dynamic size. Depends on the operation and the goal alone.
llvm::SmallVector<int64_t> chooseThreadTile(mlir::linalg::GenericOp op, llvm::ArrayRef<int64_t> sizes,
                                            const TileGoal &goal);

/// Tiles that cover the parallel loops; the last one along a loop may overlap the one before.
int64_t countTiles(mlir::linalg::GenericOp op, llvm::ArrayRef<int64_t> sizes, llvm::ArrayRef<int64_t> tile);

} // namespace sinter::gpu

#endif
