// Packs constants of contractions. See CpuPackConstants.td.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TARGETS_CPU_COMPILER_CONTRACTION_CPUPACKCONSTANTS_H
#define SINTER_TARGETS_CPU_COMPILER_CONTRACTION_CPUPACKCONSTANTS_H

#include "dialects/nn/Nn.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/Pass.h"

namespace sinter {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "targets/cpu/compiler/contraction/CpuPackConstants.h.inc"
} // namespace sinter

#endif
