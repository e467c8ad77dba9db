// All kernels of a module, for one variant, become one code object.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/gpu/compiler/KernelJobs.h"
#include "targets/gpu/rocm/RocmCode.h"
#include "targets/gpu/rocm/compiler/CodeObject.h"
#include "targets/gpu/rocm/compiler/RocmTarget.h"

using namespace mlir;
using namespace sinter;
using namespace sinter::rocm;

FailureOr<EmittedVariant> sinter::rocm::emitVariant(ModuleOp kernels, const Facts &facts, const VariantInfo &variant,
                                                    const EmitOptions &options, unsigned threads) {
  std::vector<sinter::gpu::KernelJob> jobs = sinter::gpu::makeJobs(kernels);
  std::vector<OptimizedKernel> made(jobs.size());
  bool wantsText = options.stage == EmitStage::Llvm;
  if (failed(sinter::gpu::runJobs(
          jobs, variant.name, threads, [&](OpPassManager &pm) { buildVariantPipeline(pm, facts, variant.name); },
          [&](sinter::gpu::KernelJob &job) {
            return optimizeKernel(job, variant.name, facts.threads, wantsText, made[job.number]);
          })))
    return failure();
  EmittedVariant result;
  result.info = variant;
  std::string object;
  if (std::string error = makeCodeObject(made, variant.name, options.embedsBitcode, object); !error.empty())
    return emitError(kernels.getLoc()) << "internal: no code for variant " << variant.name << ": " << error;
  ModuleHeader module = {kModuleMagic, static_cast<uint32_t>(jobs.size()), 0, object.size(), 0};
  sinter::gpu::appendStruct(result.image, module);
  for (auto [job, kernel] : llvm::zip_equal(jobs, made)) {
    sinter::gpu::addKernel(result, job, static_cast<uint32_t>(facts.threads), kernel.workgroupBytes);
    if (options.text)
      *options.text << kernel.text;
  }
  module.object = sinter::gpu::append(result.image, object);
  std::memcpy(result.image.data(), &module, sizeof(module));
  if (options.text && options.stage == EmitStage::Object)
    *options.text << object;
  return result;
}
