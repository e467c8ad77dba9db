// One reduction of few elements, by all threads of a workgroup.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TARGETS_GPU_COMPILER_SHAREDREDUCTION_H
#define SINTER_TARGETS_GPU_COMPILER_SHAREDREDUCTION_H

#include "targets/gpu/compiler/ThreadLoops.h"

namespace sinter::gpu {

/// Threads that share one element of `op`'s result, a power of two: 1 where it has elements enough for all threads, or
/// another form than one associative operation over steps whose number is known.
int64_t sharersOf(mlir::linalg::GenericOp op, int64_t threads);

/// Replaces `op` by code in which `sharers` threads reduce each element: every one takes each `sharers`-th step, and
/// what they have is joined in workgroup memory by a tree that depends on `sharers` alone. The threads must have met
/// before, and meet inside: all of them run this code.
void emitSharedReduction(mlir::RewriterBase &b, mlir::linalg::GenericOp op, const ThreadShare &share, int64_t sharers,
                         const Surroundings &around);

} // namespace sinter::gpu

#endif
