// All kernels of a module, for one variant, become one image.
//
// Each kernel is copied into a module of its own and compiled from linalg to an object as one job; jobs run side by
// side and meet again, in the order of the module, at the link.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/cpu/compiler/image/Emit.h"
#include "mlir/IR/Diagnostics.h"
#include "targets/cpu/compiler/image/Link.h"
#include "targets/cpu/compiler/image/ObjectCode.h"
#include "targets/cpu/compiler/kernel/KernelPipeline.h"
#include "llvm/Support/ThreadPool.h"

using namespace mlir;
using namespace sinter;
using namespace sinter::cpu;

namespace {

struct KernelJob {
  explicit KernelJob(Location loc) : loc(loc) {}

  OwningOpRef<ModuleOp> module;
  Location loc;
  KernelFacts facts;
  llvm::SmallVector<char, 0> object;
  uint64_t scratch = 0;
  std::string text;
  std::string error; ///< What LLVM complained of; MLIR's errors are emitted.
  bool failed = false;
};

KernelFacts factsOf(func::FuncOp func) {
  KernelFacts facts;
  facts.name = func.getName().str();
  facts.bindings = func.getNumArguments() + func.getNumResults();
  if (auto pairs = func->getAttrOfType<DenseI64ArrayAttr>("program.inplace"))
    for (int64_t i = 0; i + 1 < pairs.size(); i += 2)
      facts.shared.append(
          {static_cast<unsigned>(func.getNumArguments() + pairs[i]), static_cast<unsigned>(pairs[i + 1])});
  return facts;
}

KernelJob makeJob(func::FuncOp func) {
  KernelJob job(func.getLoc());
  job.facts = factsOf(func);
  job.module = ModuleOp::create(func.getLoc());
  OpBuilder::atBlockEnd(job.module->getBody()).clone(*func);
  return job;
}

void compileKernel(KernelJob &job, const CpuArchitecture &arch, const CpuVariant &variant, bool wantsText) {
  PassManager pm(job.module->getContext());
  buildVariantPipeline(pm, variant);
  job.failed = failed(pm.run(*job.module));
  if (job.failed)
    return;
  // The kernel need not be the module's first operation: passes put constants and helpers before it.
  job.module->walk([&](Operation *op) {
    if (auto scratch = dyn_cast_or_null<IntegerAttr>(op->removeAttr("program.scratch")))
      job.scratch = scratch.getInt();
  });
  llvm::LLVMContext context;
  std::unique_ptr<llvm::Module> module = translateKernel(*job.module, job.facts, context);
  if (!module)
    job.error = "the LLVM dialect cannot be translated";
  else
    job.error = generateObject(*module, arch, variant, job.object, wantsText ? &job.text : nullptr);
  job.failed = !job.error.empty();
}

void compileAll(MutableArrayRef<KernelJob> jobs, const CpuArchitecture &arch, const CpuVariant &variant, bool wantsText,
                unsigned threads) {
  if (jobs.empty())
    return;
  // Diagnostics come out in the order of the kernels, whichever thread is first.
  ParallelDiagnosticHandler handler(jobs.front().module->getContext());
  llvm::DefaultThreadPool pool(llvm::hardware_concurrency(std::max(1u, threads)));
  for (size_t i = 0; i < jobs.size(); ++i)
    pool.async([&, i] {
      handler.setOrderIDForThread(i);
      compileKernel(jobs[i], arch, variant, wantsText);
      handler.eraseOrderIDForThread();
    });
  pool.wait();
}

LogicalResult reportErrors(ArrayRef<KernelJob> jobs, const CpuVariant &variant) {
  bool bad = false;
  for (const KernelJob &job : jobs) {
    if (!job.error.empty())
      emitError(job.loc) << "internal: no code for variant " << variant.info.name << ": " << job.error;
    bad |= job.failed;
  }
  return failure(bad);
}

} // namespace

FailureOr<EmittedVariant> sinter::cpu::emitVariant(ModuleOp kernels, const CpuArchitecture &arch,
                                                   const CpuVariant &variant, const EmitOptions &options,
                                                   unsigned threads) {
  std::vector<KernelJob> jobs;
  for (auto func : kernels.getOps<func::FuncOp>())
    jobs.push_back(makeJob(func));
  compileAll(jobs, arch, variant, options.stage == EmitStage::Llvm, threads);
  if (failed(reportErrors(jobs, variant)))
    return failure();
  EmittedVariant result;
  result.info = variant.info;
  std::vector<llvm::SmallVector<char, 0>> objects;
  std::vector<std::string> names;
  for (KernelJob &job : jobs) {
    objects.push_back(std::move(job.object));
    names.push_back(job.facts.name);
    result.scratch.push_back(job.scratch);
    if (options.text)
      *options.text << job.text;
  }
  if (jobs.empty())
    return result;
  Image image;
  if (std::string error = linkImage(objects, names, image); !error.empty()) {
    emitError(kernels.getLoc()) << "internal: no image for variant " << variant.info.name << ": " << error;
    return failure();
  }
  if (options.text && options.stage == EmitStage::Object)
    *options.text << image.linked;
  result.image = std::move(image.bytes);
  result.entries = std::move(image.entries);
  return result;
}
