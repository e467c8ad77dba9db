// ROCm as a target.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TARGETS_GPU_ROCM_COMPILER_ROCMTARGET_H
#define SINTER_TARGETS_GPU_ROCM_COMPILER_ROCMTARGET_H

#include "targets/gpu/compiler/GpuClaim.h"
#include "targets/gpu/rocm/compiler/Facts.h"

namespace sinter::rocm {

class RocmTarget : public Target {
public:
  RocmTarget() : facts(loadFacts()) {}

  const TargetInfo &info() const override { return facts.info; }
  ClaimResult claim(llvm::ArrayRef<mlir::Operation *> ops) const override { return gpu::claim(ops, facts); }
  mlir::LogicalResult lower(mlir::ModuleOp kernels) const override;
  mlir::FailureOr<std::vector<EmittedVariant>> emit(mlir::ModuleOp kernels, const EmitOptions &options,
                                                    unsigned threads) const override;

private:
  Facts facts;
};

std::unique_ptr<Target> createRocmTarget();

/// Buffers, threads, the LLVM dialect for a processor: on a module with one kernel.
void buildVariantPipeline(mlir::OpPassManager &pm, const Facts &facts, llvm::StringRef processor);
/// The code of one variant.
mlir::FailureOr<EmittedVariant> emitVariant(mlir::ModuleOp kernels, const Facts &facts, const VariantInfo &variant,
                                            const EmitOptions &options, unsigned threads);

} // namespace sinter::rocm

#endif
