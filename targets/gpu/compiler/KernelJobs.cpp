// See KernelJobs.h.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/gpu/compiler/KernelJobs.h"
#include "mlir/IR/Diagnostics.h"
#include "targets/gpu/GpuCode.h"
#include "llvm/Support/ThreadPool.h"

using namespace mlir;
using namespace sinter;
using namespace sinter::gpu;

KernelJob::KernelJob(func::FuncOp func, unsigned number)
    : number(number), name(kEntryPrefix + std::to_string(number)), loc(func.getLoc()), module(isolate(func)),
      bindings(func.getNumArguments() + func.getNumResults()) {
  if (auto pairs = func->getAttrOfType<DenseI64ArrayAttr>("program.inplace"))
    for (int64_t i = 0; i + 1 < pairs.size(); i += 2)
      shared.append({static_cast<unsigned>(func.getNumArguments() + pairs[i]), static_cast<unsigned>(pairs[i + 1])});
}

std::vector<KernelJob> sinter::gpu::makeJobs(ModuleOp kernels) {
  std::vector<KernelJob> jobs;
  for (auto func : kernels.getOps<func::FuncOp>())
    jobs.emplace_back(func, static_cast<unsigned>(jobs.size()));
  return jobs;
}

LogicalResult sinter::gpu::runJobs(MutableArrayRef<KernelJob> jobs, StringRef variant, unsigned threads,
                                   llvm::function_ref<void(OpPassManager &)> build,
                                   llvm::function_ref<std::string(KernelJob &)> generate) {
  if (jobs.empty())
    return success();
  {
    ParallelDiagnosticHandler handler(jobs.front().module->getContext());
    llvm::DefaultThreadPool pool(llvm::hardware_concurrency(std::max(1u, threads)));
    for (KernelJob &job : jobs)
      pool.async([&] {
        handler.setOrderIDForThread(job.number);
        PassManager pm(job.module->getContext());
        build(pm);
        job.failed = failed(pm.run(*job.module));
        if (!job.failed)
          job.error = generate(job);
        job.failed |= !job.error.empty();
        handler.eraseOrderIDForThread();
      });
    pool.wait();
  }
  for (const KernelJob &job : jobs)
    if (!job.error.empty())
      emitError(job.loc) << "internal: no code for variant " << variant << ": " << job.error;
  return failure(llvm::any_of(jobs, [](const KernelJob &job) { return job.failed; }));
}

void sinter::gpu::addKernel(EmittedVariant &variant, const KernelJob &job, uint32_t threads, uint64_t workgroupBytes) {
  KernelHeader header = {kKernelMagic, job.number, job.bindings, threads, static_cast<uint32_t>(workgroupBytes), {}};
  addEntry(variant, appendStruct(variant.image, header));
}
