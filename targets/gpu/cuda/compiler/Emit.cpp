// All kernels of a module, for one variant, become one PTX module.
//
// Each kernel is compiled from linalg to PTX as a job of its own; jobs run side by side and meet again in the order of
// the module.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "mlir/IR/Diagnostics.h"
#include "targets/gpu/compiler/GpuImage.h"
#include "targets/gpu/cuda/CudaCode.h"
#include "targets/gpu/cuda/compiler/Assemble.h"
#include "targets/gpu/cuda/compiler/CudaTarget.h"
#include "targets/gpu/cuda/compiler/PtxCode.h"
#include "llvm/Support/ThreadPool.h"

using namespace mlir;
using namespace sinter;
using namespace sinter::cuda;

namespace {

struct KernelJob {
  KernelJob(func::FuncOp func, unsigned number) : loc(func.getLoc()), module(sinter::gpu::isolate(func)) {
    facts.name = kEntryPrefix + std::to_string(number);
    bindings = func.getNumArguments() + func.getNumResults();
    if (auto pairs = func->getAttrOfType<DenseI64ArrayAttr>("program.inplace"))
      for (int64_t i = 0; i + 1 < pairs.size(); i += 2)
        facts.shared.append(
            {static_cast<unsigned>(func.getNumArguments() + pairs[i]), static_cast<unsigned>(pairs[i + 1])});
  }

  Location loc;
  OwningOpRef<ModuleOp> module;
  KernelFacts facts;
  uint32_t bindings = 0;
  Ptx ptx;
  std::string error; ///< What LLVM complained of; MLIR's errors are emitted.
  bool failed = false;
};

void compileKernel(KernelJob &job, const Facts &facts, const Variant &variant, bool wantsText) {
  PassManager pm(job.module->getContext());
  buildVariantPipeline(pm, facts);
  job.failed = failed(pm.run(*job.module));
  if (job.failed)
    return;
  job.error = generatePtx(*job.module, job.facts, variant, wantsText, job.ptx);
  job.failed = !job.error.empty();
}

void compileAll(MutableArrayRef<KernelJob> jobs, const Facts &facts, const Variant &variant, bool wantsText,
                unsigned threads) {
  if (jobs.empty())
    return;
  // Diagnostics come out in the order of the kernels, whichever thread is first.
  ParallelDiagnosticHandler handler(jobs.front().module->getContext());
  llvm::DefaultThreadPool pool(llvm::hardware_concurrency(std::max(1u, threads)));
  for (size_t i = 0; i < jobs.size(); ++i)
    pool.async([&, i] {
      handler.setOrderIDForThread(i);
      compileKernel(jobs[i], facts, variant, wantsText);
      handler.eraseOrderIDForThread();
    });
  pool.wait();
}

LogicalResult reportErrors(ArrayRef<KernelJob> jobs, const Variant &variant) {
  bool bad = false;
  for (const KernelJob &job : jobs) {
    if (!job.error.empty())
      emitError(job.loc) << "internal: no code for variant " << variant.info.name << ": " << job.error;
    bad |= job.failed;
  }
  return failure(bad);
}

std::string joinPtx(ArrayRef<KernelJob> jobs) {
  std::string text = jobs.empty() ? "" : jobs.front().ptx.header;
  for (const KernelJob &job : jobs)
    text += job.ptx.body;
  return text;
}

} // namespace

FailureOr<EmittedVariant> sinter::cuda::emitVariant(ModuleOp kernels, const Facts &facts, const Variant &variant,
                                                    const EmitOptions &options, unsigned threads) {
  std::vector<KernelJob> jobs;
  for (auto func : kernels.getOps<func::FuncOp>())
    jobs.emplace_back(func, jobs.size());
  compileAll(jobs, facts, variant, options.stage == EmitStage::Llvm, threads);
  if (failed(reportErrors(jobs, variant)))
    return failure();
  EmittedVariant result;
  result.info = variant.info;
  ModuleHeader module = {};
  module.magic = kModuleMagic;
  module.kernels = static_cast<uint32_t>(jobs.size());
  module.capability = variant.capability;
  module.isExact = variant.isExact;
  sinter::gpu::appendStruct(result.image, module);
  for (auto [number, job] : llvm::enumerate(jobs)) {
    KernelHeader header = {kKernelMagic,
                           static_cast<uint32_t>(number),
                           job.bindings,
                           static_cast<uint32_t>(facts.threads),
                           static_cast<uint32_t>(job.ptx.workgroupBytes),
                           {}};
    sinter::gpu::addEntry(result, sinter::gpu::appendStruct(result.image, header));
    if (options.text)
      *options.text << job.ptx.text;
  }
  std::string ptx = joinPtx(jobs);
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
