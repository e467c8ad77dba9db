// All kernels of a module become one image for each variant.
//
// Each kernel is copied into a module of its own and compiled from linalg to an object as one job; jobs of all variants
// run side by side and meet again, in the order of the module, at each variant's link. Where two variants differ in
// integer products alone, a kernel without any is compiled for one and linked into both.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/cpu/compiler/image/Emit.h"
#include "mlir/Dialect/DLTI/DLTI.h"
#include "mlir/IR/Diagnostics.h"
#include "targets/cpu/compiler/dialect/Cpu.h"
#include "targets/cpu/compiler/image/Link.h"
#include "targets/cpu/compiler/image/ObjectCode.h"
#include "targets/cpu/compiler/kernel/KernelPipeline.h"
#include "llvm/Support/ThreadPool.h"

using namespace mlir;
using namespace sinter;
using namespace sinter::cpu;

namespace {

/// One kernel for one variant.
struct KernelJob {
  KernelJob(func::FuncOp func, const CpuVariant &variant);

  const CpuVariant &variant;
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

KernelJob::KernelJob(func::FuncOp func, const CpuVariant &variant)
    : variant(variant), module(ModuleOp::create(func.getLoc())), loc(func.getLoc()), facts(factsOf(func)) {
  OpBuilder::atBlockEnd(module->getBody()).clone(*func);
}

/// Whether variants that differ in integer products have different code for it.
bool multipliesIntegers(func::FuncOp func) {
  WalkResult result = func.walk([](Operation *op) -> WalkResult {
    return isa<QuantizedConvOp, QuantizedMatmulOp, arith::MulIOp>(op) ? WalkResult::interrupt() : WalkResult::advance();
  });
  return result.wasInterrupted();
}

/// Lowerings take the width of indices from here.
void setIndexWidth(ModuleOp module, unsigned bits) {
  MLIRContext *context = module.getContext();
  auto entry = DataLayoutEntryAttr::get(IndexType::get(context), IntegerAttr::get(IntegerType::get(context, 32), bits));
  module->setAttr(DLTIDialect::kDataLayoutAttrName,
                  DataLayoutSpecAttr::get(context, {DataLayoutEntryInterface(entry)}));
}

void compileKernel(KernelJob &job, const CpuArchitecture &arch, bool wantsText) {
  if (job.variant.indexBits != 64)
    setIndexWidth(*job.module, job.variant.indexBits);
  PassManager pm(job.module->getContext());
  buildVariantPipeline(pm, job.variant);
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
    job.error = generateObject(*module, arch, job.variant, job.object, wantsText ? &job.text : nullptr);
  job.failed = !job.error.empty();
  job.module = nullptr;
}

void compileAll(MutableArrayRef<std::unique_ptr<KernelJob>> jobs, const CpuArchitecture &arch, bool wantsText,
                unsigned threads) {
  if (jobs.empty())
    return;
  // Diagnostics come out in the order of the kernels, whichever thread is first.
  ParallelDiagnosticHandler handler(jobs.front()->module->getContext());
  llvm::DefaultThreadPool pool(llvm::hardware_concurrency(std::max(1u, threads)));
  for (size_t i = 0; i < jobs.size(); ++i)
    pool.async([&, i] {
      handler.setOrderIDForThread(i);
      compileKernel(*jobs[i], arch, wantsText);
      handler.eraseOrderIDForThread();
    });
  pool.wait();
}

LogicalResult reportErrors(ArrayRef<std::unique_ptr<KernelJob>> jobs) {
  bool bad = false;
  for (const std::unique_ptr<KernelJob> &job : jobs) {
    if (!job->error.empty())
      emitError(job->loc) << "internal: no code for variant " << job->variant.info.name << ": " << job->error;
    bad |= job->failed;
  }
  return failure(bad);
}

/// The jobs of a module's kernels: each once, and by variant in the order of the kernels.
class Jobs {
public:
  Jobs(ModuleOp kernels, ArrayRef<CpuVariant> variants) : variants(variants), byVariant(variants.size()) {
    for (auto func : kernels.getOps<func::FuncOp>()) {
      bool shared = !multipliesIntegers(func);
      for (size_t v = 0; v < variants.size(); ++v)
        if (size_t source = shared ? sourceOf(v) : v; source == v)
          byVariant[v].push_back(add(func, variants[v]));
      for (size_t v = 0; v < variants.size(); ++v)
        if (size_t source = shared ? sourceOf(v) : v; source != v)
          byVariant[v].push_back(byVariant[source].back());
    }
  }

  MutableArrayRef<std::unique_ptr<KernelJob>> all() { return jobs; }
  ArrayRef<const KernelJob *> of(size_t variant) const { return byVariant[variant]; }

private:
  /// The variant whose code `v` can use, which is itself if none that it extends is asked for.
  size_t sourceOf(size_t v) const {
    for (size_t i = 0; i < variants.size(); ++i)
      if (i != v && variants[i].info.name == variants[v].extends)
        return sourceOf(i);
    return v;
  }

  const KernelJob *add(func::FuncOp func, const CpuVariant &variant) {
    jobs.push_back(std::make_unique<KernelJob>(func, variant));
    return jobs.back().get();
  }

  ArrayRef<CpuVariant> variants;
  std::vector<std::unique_ptr<KernelJob>> jobs;
  std::vector<llvm::SmallVector<const KernelJob *>> byVariant;
};

FailureOr<EmittedVariant> linkVariant(ModuleOp kernels, const CpuVariant &variant, ArrayRef<const KernelJob *> jobs,
                                      const EmitOptions &options) {
  EmittedVariant result;
  result.info = variant.info;
  std::vector<llvm::ArrayRef<char>> objects;
  std::vector<std::string> names;
  for (const KernelJob *job : jobs) {
    objects.push_back(job->object);
    names.push_back(job->facts.name);
    result.scratch.push_back(job->scratch);
    if (options.text)
      *options.text << job->text;
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

} // namespace

FailureOr<std::vector<EmittedVariant>> sinter::cpu::emitVariants(ModuleOp kernels, const CpuArchitecture &arch,
                                                                 ArrayRef<CpuVariant> variants,
                                                                 const EmitOptions &options, unsigned threads) {
  Jobs jobs(kernels, variants);
  compileAll(jobs.all(), arch, options.stage == EmitStage::Llvm, threads);
  if (failed(reportErrors(jobs.all())))
    return failure();
  std::vector<EmittedVariant> result;
  for (size_t v = 0; v < variants.size(); ++v) {
    FailureOr<EmittedVariant> linked = linkVariant(kernels, variants[v], jobs.of(v), options);
    if (failed(linked))
      return failure();
    result.push_back(std::move(*linked));
  }
  return result;
}
