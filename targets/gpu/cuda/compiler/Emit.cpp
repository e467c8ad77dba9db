// All kernels of a module, for one variant, become one PTX module.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/gpu/compiler/KernelJobs.h"
#include "targets/gpu/cuda/CudaCode.h"
#include "targets/gpu/cuda/compiler/Assemble.h"
#include "targets/gpu/cuda/compiler/CudaTarget.h"
#include "targets/gpu/cuda/compiler/PtxCode.h"

using namespace mlir;
using namespace sinter;
using namespace sinter::cuda;

static std::string joinPtx(ArrayRef<Ptx> kernels) {
  std::string text = kernels.empty() ? "" : kernels.front().header;
  for (const Ptx &kernel : kernels)
    text += kernel.body;
  return text;
}

FailureOr<EmittedVariant> sinter::cuda::emitVariant(ModuleOp kernels, const Facts &facts, const Variant &variant,
                                                    const EmitOptions &options, unsigned threads) {
  std::vector<sinter::gpu::KernelJob> jobs = sinter::gpu::makeJobs(kernels);
  std::vector<Ptx> made(jobs.size());
  bool wantsText = options.stage == EmitStage::Llvm;
  if (failed(sinter::gpu::runJobs(
          jobs, variant.info.name, threads, [&](OpPassManager &pm) { buildVariantPipeline(pm, facts); },
          [&](sinter::gpu::KernelJob &job) { return generatePtx(job, variant, wantsText, made[job.number]); })))
    return failure();
  EmittedVariant result;
  result.info = variant.info;
  ModuleHeader module = {};
  module.magic = kModuleMagic;
  module.kernels = static_cast<uint32_t>(jobs.size());
  module.capability = variant.capability;
  module.isExact = variant.isExact;
  sinter::gpu::appendStruct(result.image, module);
  for (auto [job, ptx] : llvm::zip_equal(jobs, made)) {
    sinter::gpu::addKernel(result, job, static_cast<uint32_t>(facts.threads), ptx.workgroupBytes);
    if (options.text)
      *options.text << ptx.text;
  }
  std::string ptx = joinPtx(made);
  module.ptxBytes = ptx.size() + 1;
  module.ptx = sinter::gpu::append(result.image, {ptx.c_str(), ptx.size() + 1});
  if (!options.assembler.empty()) {
    llvm::SmallVector<char, 0> cubin;
    if (std::string error = assemble(options.assembler, ptx, variant, cubin); !error.empty())
      return emitError(kernels.getLoc()) << "no machine code for variant " << variant.info.name << ": " << error;
    module.cubinBytes = cubin.size();
    module.cubin = sinter::gpu::append(result.image, cubin);
  }
  std::memcpy(result.image.data(), &module, sizeof(module));
  if (options.text && options.stage == EmitStage::Object)
    *options.text << ptx;
  return result;
}
