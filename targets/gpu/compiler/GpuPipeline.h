// The part of a kernel's way that all GPUs share.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TARGETS_GPU_COMPILER_GPUPIPELINE_H
#define SINTER_TARGETS_GPU_COMPILER_GPUPIPELINE_H

#include "mlir/Pass/PassManager.h"
#include "targets/gpu/compiler/GpuFacts.h"

namespace sinter::gpu {

/// nn to linalg, split into workgroups: what all variants share.
void buildLoweringPipeline(mlir::OpPassManager &pm, const GpuFacts &facts);

/// Buffers, threads, a gpu.module: on a module with one kernel. `convertsHalf`: the device has f16, else conversions
/// from and to it are integer arithmetic.
/// `addOwn` adds what a target does itself with operations on buffers, before the others are spread over threads.
void buildKernelPipeline(
    mlir::OpPassManager &pm, const GpuFacts &facts,
    llvm::function_ref<void(mlir::OpPassManager &)> addOwn = [](mlir::OpPassManager &) {}, bool convertsHalf = true);

} // namespace sinter::gpu

#endif
