// Tensor cores, as the shared passes see them.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TARGETS_GPU_CUDA_COMPILER_MMAUNITS_H
#define SINTER_TARGETS_GPU_CUDA_COMPILER_MMAUNITS_H

#include "targets/gpu/compiler/MatrixUnit.h"

namespace sinter::cuda {

/// The warp-wide mma.sync of f16, bf16 and 8-bit integers, which every feature level has.
llvm::ArrayRef<gpu::MatrixUnit> mmaUnits();

/// cp.async, which every feature level has.
const gpu::AsyncCopies &asyncCopies();

} // namespace sinter::cuda

#endif
