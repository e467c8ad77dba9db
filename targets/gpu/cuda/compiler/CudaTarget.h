// CUDA as a target.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TARGETS_GPU_CUDA_COMPILER_CUDATARGET_H
#define SINTER_TARGETS_GPU_CUDA_COMPILER_CUDATARGET_H

#include "targets/gpu/compiler/GpuClaim.h"
#include "targets/gpu/cuda/compiler/Facts.h"

namespace sinter::cuda {

class CudaTarget : public Target {
public:
  CudaTarget() : facts(loadFacts()) {}

  const TargetInfo &info() const override { return facts.info; }
  ClaimResult claim(llvm::ArrayRef<mlir::Operation *> ops) const override { return gpu::claim(ops, facts); }
  mlir::LogicalResult lower(mlir::ModuleOp kernels) const override;
  mlir::FailureOr<std::vector<EmittedVariant>> emit(mlir::ModuleOp kernels, const EmitOptions &options,
                                                    unsigned threads) const override;

private:
  Facts facts;
};

std::unique_ptr<Target> createCudaTarget();

/// Buffers, threads, the LLVM dialect: on a module with one kernel.
void buildVariantPipeline(mlir::OpPassManager &pm, const Facts &facts);
/// The code of one variant.
mlir::FailureOr<EmittedVariant> emitVariant(mlir::ModuleOp kernels, const Facts &facts, const Variant &variant,
                                            const EmitOptions &options, unsigned threads);

} // namespace sinter::cuda

#endif
