// The CPU as a target.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/cpu/compiler/CpuTarget.h"
#include "targets/cpu/compiler/contraction/CpuPackConstants.h"
#include "targets/cpu/compiler/image/Emit.h"
#include "targets/cpu/compiler/kernel/KernelPipeline.h"

using namespace mlir;
using namespace sinter;
using namespace sinter::cpu;

std::unique_ptr<Target> CpuTarget::refined(TargetInfo device) const {
  auto target = std::make_unique<CpuTarget>(*this);
  target->arch.info = std::move(device);
  return target;
}

void CpuTarget::addLayoutPasses(OpPassManager &pm) const { pm.addPass(createCpuPackConstants()); }

LogicalResult CpuTarget::lower(ModuleOp kernels) const {
  PassManager pm(kernels.getContext());
  buildLoweringPipeline(pm);
  return pm.run(kernels);
}

FailureOr<std::vector<EmittedVariant>> CpuTarget::emit(ModuleOp kernels, const EmitOptions &options,
                                                       unsigned threads) const {
  std::vector<CpuVariant> variants;
  llvm::copy_if(arch.variants, std::back_inserter(variants), [&](const CpuVariant &variant) {
    return options.variant.empty() || options.variant == variant.info.name;
  });
  return emitVariants(kernels, arch, variants, options, threads);
}

std::unique_ptr<Target> sinter::cpu::createX8664Target() { return std::make_unique<CpuTarget>("cpu:x86-64"); }
std::unique_ptr<Target> sinter::cpu::createAarch64Target() { return std::make_unique<CpuTarget>("cpu:aarch64"); }
std::unique_ptr<Target> sinter::cpu::createRiscv64Target() { return std::make_unique<CpuTarget>("cpu:riscv64"); }
