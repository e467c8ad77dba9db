// Vulkan as a target.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TARGETS_GPU_VULKAN_COMPILER_VULKANTARGET_H
#define SINTER_TARGETS_GPU_VULKAN_COMPILER_VULKANTARGET_H

#include "targets/gpu/compiler/GpuClaim.h"
#include "targets/gpu/vulkan/compiler/Facts.h"

namespace sinter::vulkan {

class VulkanTarget : public Target {
public:
  explicit VulkanTarget(Facts facts) : facts(std::move(facts)) {}

  const TargetInfo &info() const override { return facts.info; }
  std::unique_ptr<Target> refined(TargetInfo device) const override {
    return std::make_unique<VulkanTarget>(readFacts(std::move(device)));
  }
  ClaimResult claim(llvm::ArrayRef<mlir::Operation *> ops) const override { return gpu::claim(ops, facts); }
  mlir::LogicalResult lower(mlir::ModuleOp kernels) const override;
  mlir::FailureOr<std::vector<EmittedVariant>> emit(mlir::ModuleOp kernels, const EmitOptions &options,
                                                    unsigned threads) const override;

private:
  Facts facts;
};

std::unique_ptr<Target> createVulkanTarget();

/// Buffers, threads, SPIR-V: on a module with one kernel.
void buildVariantPipeline(mlir::OpPassManager &pm, const Facts &facts, const Variant &variant);
/// The code of the variants asked for.
mlir::FailureOr<std::vector<EmittedVariant>> emitVariants(mlir::ModuleOp kernels, const Facts &facts,
                                                          const EmitOptions &options, unsigned threads);

} // namespace sinter::vulkan

#endif
