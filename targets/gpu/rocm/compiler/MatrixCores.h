// Matrix cores, as the shared passes see them.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TARGETS_GPU_ROCM_COMPILER_MATRIXCORES_H
#define SINTER_TARGETS_GPU_ROCM_COMPILER_MATRIXCORES_H

#include "targets/gpu/compiler/MatrixUnit.h"

namespace sinter::rocm {

/// What the processor has for f16, bf16 and 8-bit integers: MFMA on CDNA, WMMA on RDNA 3; none where it has neither.
llvm::ArrayRef<gpu::MatrixUnit> matrixCores(llvm::StringRef processor);

} // namespace sinter::rocm

#endif
