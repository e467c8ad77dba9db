// The pass that breaks vectors down to what LLVM has.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TARGETS_CPU_COMPILER_KERNEL_CPULOWERVECTORS_H
#define SINTER_TARGETS_CPU_COMPILER_KERNEL_CPULOWERVECTORS_H

#include "mlir/Pass/Pass.h"

namespace sinter {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "targets/cpu/compiler/kernel/CpuLowerVectors.h.inc"
} // namespace sinter

#endif
