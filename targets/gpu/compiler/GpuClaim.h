// Which operations a GPU takes, and at what cost.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TARGETS_GPU_COMPILER_GPUCLAIM_H
#define SINTER_TARGETS_GPU_COMPILER_GPUCLAIM_H

#include "targets/gpu/compiler/GpuFacts.h"

namespace sinter::gpu {

/// One claim for each operation that the shared pipeline lowers within the limits of `facts`, a refusal for the others.
ClaimResult claim(llvm::ArrayRef<mlir::Operation *> ops, const GpuFacts &facts);

} // namespace sinter::gpu

#endif
