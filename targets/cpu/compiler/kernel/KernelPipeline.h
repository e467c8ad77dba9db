// The pipelines of a CPU kernel, from nn to the LLVM dialect: the table of contents of this folder.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TARGETS_CPU_COMPILER_KERNEL_KERNELPIPELINE_H
#define SINTER_TARGETS_CPU_COMPILER_KERNEL_KERNELPIPELINE_H

#include "mlir/Pass/PassManager.h"
#include "targets/cpu/compiler/CpuVariant.h"
#include "targets/cpu/compiler/contraction/QuantizedPacking.h"

namespace sinter::cpu {

/// What all variants share: nn to linalg, split into workgroups.
void buildLoweringPipeline(mlir::OpPassManager &pm, const IntegerForm &form = {});

/// What differs: vectors, buffers, LLVM. Runs on a module with one kernel.
void buildVariantPipeline(mlir::OpPassManager &pm, const CpuVariant &variant);

} // namespace sinter::cpu

#endif
