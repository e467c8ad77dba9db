// The pass that turns a kernel's results into buffers that the caller gives.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TARGETS_CPU_COMPILER_KERNEL_CPUOUTPARAMS_H
#define SINTER_TARGETS_CPU_COMPILER_KERNEL_CPUOUTPARAMS_H

#include "mlir/Pass/Pass.h"

namespace sinter {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "targets/cpu/compiler/kernel/CpuOutParams.h.inc"
} // namespace sinter

#endif
