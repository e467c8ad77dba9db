// The pass that splits kernels around their contraction.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TARGETS_CPU_COMPILER_CONTRACTION_CPUDISTRIBUTECONTRACTIONS_H
#define SINTER_TARGETS_CPU_COMPILER_CONTRACTION_CPUDISTRIBUTECONTRACTIONS_H

#include "mlir/Pass/Pass.h"
#include "targets/cpu/compiler/dialect/Cpu.h"

namespace sinter {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "targets/cpu/compiler/contraction/CpuDistributeContractions.h.inc"
} // namespace sinter

#endif
