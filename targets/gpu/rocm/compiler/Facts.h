// The facts of target.json as the code generator uses them.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TARGETS_GPU_ROCM_COMPILER_FACTS_H
#define SINTER_TARGETS_GPU_ROCM_COMPILER_FACTS_H

#include "targets/gpu/compiler/GpuFacts.h"

namespace sinter::rocm {

/// Variants are processors: a code object runs on one alone, and their names are LLVM's.
struct Facts : gpu::GpuFacts {};

/// Those of the embedded target.json. What is missing there ends the process: a test loads it.
Facts loadFacts();

} // namespace sinter::rocm

#endif
