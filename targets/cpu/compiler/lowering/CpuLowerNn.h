// The pass that turns nn kernels into linalg kernels.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TARGETS_CPU_COMPILER_LOWERING_CPULOWERNN_H
#define SINTER_TARGETS_CPU_COMPILER_LOWERING_CPULOWERNN_H

#include "mlir/Pass/Pass.h"
#include "targets/cpu/compiler/dialect/Cpu.h"

namespace sinter {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "targets/cpu/compiler/lowering/CpuLowerNn.h.inc"
} // namespace sinter

#endif
