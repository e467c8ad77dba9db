// The pass that turns nn kernels into linalg and window operations.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TARGETS_CPU_COMPILER_CONTRACTION_CPULOWERNN_H
#define SINTER_TARGETS_CPU_COMPILER_CONTRACTION_CPULOWERNN_H

#include "mlir/Pass/Pass.h"
#include "targets/cpu/compiler/dialect/Cpu.h"

namespace sinter {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "targets/cpu/compiler/contraction/CpuLowerNn.h.inc"
} // namespace sinter

#endif
