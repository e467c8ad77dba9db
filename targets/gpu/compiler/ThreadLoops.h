// One linalg operation on buffers, as loops over a thread's share of it.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TARGETS_GPU_COMPILER_THREADLOOPS_H
#define SINTER_TARGETS_GPU_COMPILER_THREADLOOPS_H

#include "targets/gpu/compiler/ThreadTile.h"

namespace sinter::gpu {

/// Marks a function whose work is spread over threads already.
constexpr llvm::StringLiteral kSharedOut = "gpu.shared_out";

/// On kernels that are one contraction: the tile of each of the grid's threads. Their workgroups share nothing.
constexpr llvm::StringLiteral threadTileName = "gpu.thread_tile";

struct ThreadShare {
  mlir::Value thread;           ///< The thread's number among those that share an operation, an index.
  int64_t threads;              ///< So many share it: those of a workgroup, or of the grid.
  TileGoal goal;                ///< For contractions inside a workgroup.
  llvm::ArrayRef<int64_t> tile; ///< The tile, where it is chosen already; else empty.
};

/// What stands around an operation and is done with it, so that nothing in between passes through memory.
struct Surroundings {
  mlir::Value initial;              ///< What the result's buffer holds before, where it need not be read; or null.
  mlir::linalg::GenericOp epilogue; ///< The only reader of the result, element by element; or null. It goes too.
};

/// Whether `epilogue` can take the elements of `op`'s result as they are computed. Both have one result.
bool canFollow(mlir::linalg::GenericOp op, mlir::linalg::GenericOp epilogue);

/// Whether `epilogue` writes each element of `buffer` where it reads it, and reads no other.
bool overwrites(mlir::linalg::GenericOp epilogue, mlir::Value buffer);

/// Replaces `op` by loops in which this thread computes every `threads`-th of its elements, or tiles of elements.
void emitThreadLoops(mlir::RewriterBase &b, mlir::linalg::GenericOp op, const ThreadShare &share,
                     const Surroundings &around);

} // namespace sinter::gpu

#endif
