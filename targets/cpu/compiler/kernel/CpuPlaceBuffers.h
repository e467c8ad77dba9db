// The pass that puts a kernel's temporary buffers on the stack or into the worker's scratch block.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TARGETS_CPU_COMPILER_KERNEL_CPUPLACEBUFFERS_H
#define SINTER_TARGETS_CPU_COMPILER_KERNEL_CPUPLACEBUFFERS_H

#include "mlir/Pass/Pass.h"

namespace sinter {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "targets/cpu/compiler/kernel/CpuPlaceBuffers.h.inc"
} // namespace sinter

#endif
