// The pass that leaves only what the processor can do without a library.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TARGETS_CPU_COMPILER_KERNEL_CPULEGALIZEMATH_H
#define SINTER_TARGETS_CPU_COMPILER_KERNEL_CPULEGALIZEMATH_H

#include "mlir/Pass/Pass.h"

namespace sinter {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "targets/cpu/compiler/kernel/CpuLegalizeMath.h.inc"
} // namespace sinter

#endif
