// The pass that tiles a workgroup's work to vector registers.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TARGETS_CPU_COMPILER_KERNEL_CPUVECTORIZE_H
#define SINTER_TARGETS_CPU_COMPILER_KERNEL_CPUVECTORIZE_H

#include "mlir/Pass/Pass.h"

namespace sinter {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "targets/cpu/compiler/kernel/CpuVectorize.h.inc"
} // namespace sinter

#endif
