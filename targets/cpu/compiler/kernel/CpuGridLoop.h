// The pass that runs a range of workgroups in a loop.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TARGETS_CPU_COMPILER_KERNEL_CPUGRIDLOOP_H
#define SINTER_TARGETS_CPU_COMPILER_KERNEL_CPUGRIDLOOP_H

#include "mlir/Pass/Pass.h"

namespace sinter {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "targets/cpu/compiler/kernel/CpuGridLoop.h.inc"
} // namespace sinter

#endif
