// Kernels that are one sum of products.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TARGETS_GPU_COMPILER_CONTRACTIONKERNEL_H
#define SINTER_TARGETS_GPU_COMPILER_CONTRACTIONKERNEL_H

#include "passes/distribute/LoopShapes.h"

namespace sinter::gpu {

/// Merges and lengthens the loops of a kernel on tensors, and finds the contraction that is all of it, with what
/// follows element by element; nothing where the kernel has another form.
mlir::LogicalResult prepareContraction(mlir::RewriterBase &rewriter, mlir::func::FuncOp func,
                                       std::optional<distribute::Chain> &chain);

} // namespace sinter::gpu

#endif
